"""The console sessions of README.md: read, run, and with `make readme` written anew.

A session is a ```console block: commands behind "$ ", each with its output.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DATA = ROOT.parent / "shared/data"

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def sessions(text: str) -> list[str]:
    """Return the sessions of a page."""
    return _BLOCK.findall(text)


def commands(session: str) -> list[str]:
    """Return the commands of a session."""
    return re.findall(r"^\$ (.*)$", session, flags=re.MULTILINE)


def missing_data(session: str) -> list[str]:
    """Return the files of real data that a session names and this machine lacks."""
    return [
        name
        for name in re.findall(r"\.\./shared/data/(\S+)", session)
        if not (DATA / name).exists()
    ]


def run(session: str) -> str:
    """Return the session as it goes today, in an empty folder beside the real data."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "linli"
        clone.mkdir()
        (Path(folder) / "shared").symlink_to(DATA.parent)
        scripts = str(Path(sys.executable).parent)
        path = scripts + os.pathsep + os.environ["PATH"]
        lines = []
        for command in commands(session):
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=clone,
                env={**os.environ, "PATH": path, "COLUMNS": "100"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            lines += [f"$ {command}", *(line.rstrip() for line in done.stdout.splitlines())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    renewed = _BLOCK.sub(lambda found: found[0] if missing_data(found[0]) else run(found[0]), text)
    README.write_text(renewed, encoding="utf-8")
