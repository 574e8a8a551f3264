"""Write the lists of files from which mip installs protocol and firmware on a board."""

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# For type checkers and people only.
HOST_ONLY = {"catalogue.py", "types.py", "words.py"}
# Versions that docs/BEARERS.md names; a board needs the driver of one chip only.
LORA = {
    "sx126x": [["lora-sync", "0.1.1"], ["lora-sx126x", "0.1.6"]],
    "sx127x": [["lora-sync", "0.1.1"], ["lora-sx127x", "0.1.2"]],
}


def packages() -> dict[str, dict[str, object]]:
    """Return the content of each package file by its path in the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = {"version": project["version"]}
    found: dict[str, dict[str, object]] = {}
    for folder in ("protocol", "firmware"):
        package = ROOT / folder / f"linli_{folder}"
        files = sorted(
            path.relative_to(ROOT / folder).as_posix()
            for path in package.rglob("*.py")
            if path.name not in HOST_ONLY
        )
        found[f"{folder}/package.json"] = version | {"urls": [[file, file] for file in files]}
    for chip, dependencies in LORA.items():
        found[f"firmware/packages/lora-{chip}.json"] = version | {"deps": dependencies}
    return found


def text(package: dict[str, object]) -> str:
    """Return a package file's text: a line for each file or dependency."""
    lines = []
    for key, value in package.items():
        if isinstance(value, list):
            rows = ",\n".join(f"  {json.dumps(row)}" for row in value)
            lines.append(f' "{key}": [\n{rows}\n ]')
        else:
            lines.append(f' "{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    for path, package in packages().items():
        file = ROOT / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text(package), encoding="utf-8")
