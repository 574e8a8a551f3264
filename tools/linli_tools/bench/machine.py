"""Which machine and which software the numbers are of."""

import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """`clock_hz` was measured while the jobs ran; None where the native core is absent."""

    processor: str
    system: str
    clock_hz: float | None
    engine: str
    engines: tuple[str, ...]
    versions: dict[str, str]
    date: str


def processor() -> str:
    """Return the processor's name as its maker gives it, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
