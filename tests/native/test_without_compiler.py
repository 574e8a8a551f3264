"""A machine without a C compiler: the installation goes on, says so, and everything still runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_build_says_what_is_missing_and_succeeds(tmp_path: Path) -> None:
    folders = ["--build-lib", str(tmp_path / "lib"), "--build-temp", str(tmp_path / "temp")]
    build = subprocess.run(
        [sys.executable, "setup.py", "build_ext", *folders],
        cwd=ROOT,
        env={**os.environ, "CC": str(tmp_path / "no-such-cc")},
        capture_output=True,
        text=True,
    )
    assert build.returncode == 0, build.stderr
    assert "linli: the native core was not built" in build.stderr
    assert "no-such-cc" in build.stderr
    assert "install a C compiler" in build.stderr


def test_protocol_falls_back_and_importing_the_core_says_why(tmp_path: Path) -> None:
    # Both packages as they are installed then: linli_native without its _core.
    for package in ("protocol/linli_protocol", "native/linli_native"):
        name = Path(package).name
        shutil.copytree(ROOT / package, tmp_path / name, ignore=shutil.ignore_patterns("*.so"))
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from linli_protocol.crypto import BACKEND, sm3\n"
        "print(BACKEND, sm3(b'abc').hex()[:8])\n"
        "import linli_native\n"
    )
    # Isolated from the installed linli, whose compiled core would be found.
    run = subprocess.run(
        [sys.executable, "-S", "-I", "-c", program], capture_output=True, text=True
    )
    assert run.stdout == "reference 66c7f0f4\n"
    assert "ImportError: linli's native core is not compiled" in run.stderr
    assert "install a C compiler" in run.stderr
