"""The libFuzzer targets of tests/native/fuzz, built with clang and its sanitizers.

`python tests/fuzz_targets.py SECONDS [NAME...]` runs each for so long; `make fuzz` does. What
inputs reach new code is kept in .fuzz/ and is where the next run begins. An input that breaks a
target is left there too, as NAME-crash-...; run `.fuzz/bin/target_NAME FILE` to see it again.
"""

import random
import shutil
import subprocess
import sys
from pathlib import Path

from c_compiler import INLINE_LESS, ROOT, build

CLANG = shutil.which("clang")
FOLDER = ROOT / "tests/native/fuzz"
TARGETS = sorted(path.stem.removeprefix("target_") for path in FOLDER.glob("target_*.c"))
FLAGS = (
    *("-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"),
    INLINE_LESS,
    # Where a length is zero the pointer may be NULL, and zero may be added to it: C2y allows that,
    # no compiler minds, and this sanitizer does.
    "-fno-sanitize=pointer-overflow",
)


def build_target(name: str, folder: Path) -> Path:
    """Return the target's program, made in `folder`."""
    source, more = FOLDER / f"target_{name}.c", [FOLDER / "board_core.c"]
    return build(folder, source, *FLAGS, more=more, compiler=CLANG)


def write_seeds(folder: Path) -> None:
    """Make the folder with inputs to begin with, always the same.

    From nothing libFuzzer takes long to come to inputs of many different bytes.
    """
    source = random.Random(1)
    folder.mkdir()
    for i in range(300):
        (folder / f"seed-{i}").write_bytes(source.randbytes(source.choice([20, 100, 320])))


def main(seconds: str, *names: str) -> int:
    """Run the targets, all of them unless some are named; return how many found something."""
    if CLANG is None:
        print("no clang; on Debian: apt install clang libclang-rt-14-dev", file=sys.stderr)
        return 1
    corpus = ROOT / ".fuzz"
    found = 0
    (corpus / "bin").mkdir(parents=True, exist_ok=True)
    for name in names or TARGETS:
        if not (corpus / name).exists():
            write_seeds(corpus / name)
        print(f"== {name} ==", flush=True)
        options = f"-max_total_time={seconds}", "-max_len=4096", "-timeout=60"
        artifacts = f"-artifact_prefix={corpus}/{name}-"
        program = build_target(name, corpus / "bin")
        found += subprocess.run([program, *options, artifacts, corpus / name]).returncode != 0
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
