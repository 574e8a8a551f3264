"""Whether the native core's time depends on secrets: tests/native/leaks/timing.c, built and run.

`python tests/timing_leaks.py SAMPLES` shows its table; `make leaks` does.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from c_compiler import AS_INSTALLED, ROOT, build, run

PROGRAM = ROOT / "tests/native/leaks/timing.c"
WORTH_A_LOOK = 4.5  # dudect's; by chance, a table in a thousand has one


@dataclass
class Row:
    """How different the times of a job's two classes of inputs are."""

    engine: str
    constant_time: bool
    job: str
    t: float


def build_timing(folder: Path) -> Path:
    """Return the program, made in `folder`."""
    return build(folder, PROGRAM, *AS_INSTALLED, more=["-lm"])


def measure(program: Path, samples: int) -> list[Row]:
    """Return what it finds with so many samples a job."""
    rows = []
    for line in run(program, samples).splitlines()[1:]:
        engine, constant_time, *job, t = line.split()
        rows.append(Row(engine, constant_time == "yes", " ".join(job), float(t)))
    return rows


def main(samples: str) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([build_timing(Path(folder)), samples], check=True)
    print(f"\nAbove {WORTH_A_LOOK}, measure again with more samples: a leak's |t| grows.")


if __name__ == "__main__":
    main(*sys.argv[1:])
