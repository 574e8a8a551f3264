"""Coverage-guided fuzzing, by Atheris, of everything in Python that takes bytes from outside.

`python tests/fuzz_decoders.py SECONDS [NAME...]` runs each target for so long; `make fuzz` does.
With `--runs N` one process gives N inputs to all targets, whose first byte says which: CI does.
What inputs reach new code is kept in .fuzz/decoders/, and so is one that breaks a target.
"""

import subprocess
import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/both"))
FOLDER = ROOT / ".fuzz/decoders"
SCENARIOS = ROOT / "hostsim/linli_hostsim/scenarios"
LONGEST = 1024
PACKAGES = [
    "linli_protocol",
    "linli_firmware",
    "linli_hub",
    "linli_tools",
    "linli_hostsim.scenario",
]

with atheris.instrument_imports(include=PACKAGES):
    from decoder_targets import HUB_TOML, TARGETS, Target


def _one_of_all(data: bytes) -> None:
    if data:
        list(TARGETS.values())[data[0] % len(TARGETS)](data[1:])


def _fuzz(target: Target, *options: str) -> None:
    """Run a target in this process, which ends with it."""
    atheris.Setup([sys.argv[0], f"-max_len={LONGEST}", "-timeout=20", *options], target)
    try:
        atheris.Fuzz()
    finally:
        HUB_TOML.unlink(missing_ok=True)


def _corpus(name: str) -> Path:
    """Return the folder of a target's inputs; TOML begins with scenarios."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    if name == "toml":
        for file in SCENARIOS.glob("t*.toml"):
            (folder / file.name).write_bytes(file.read_bytes()[:LONGEST])
    return folder


def main(seconds: str, *names: str) -> int:
    """Run the targets, all of them unless some are named; return how many found something."""
    if seconds == "--runs":
        _fuzz(_one_of_all, f"-runs={names[0]}", "-seed=1", "-len_control=0", *names[1:])
    if seconds == "--one":
        _fuzz(TARGETS[names[0]], *names[1:])
    found = 0
    for name in names or TARGETS:
        print(f"== {name} ==", flush=True)
        options = f"-max_total_time={seconds}", f"-artifact_prefix={FOLDER}/{name}-"
        command = [sys.executable, __file__, "--one", name, *options, _corpus(name)]
        found += subprocess.run(command).returncode != 0
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
