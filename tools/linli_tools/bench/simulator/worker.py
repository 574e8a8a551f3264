"""A fresh process that does one piece of work: python -m …worker WORK '{"argument": value}'.

It prints as JSON what was done and the most memory the process ever had.
"""

import json
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from . import city, community, events, lora, loradir, twins
from .stopwatch import Done

WORK: dict[str, Callable[..., Done]] = {
    "simpy": events.simpy_alone,
    "clockwork": events.clockwork,
    "lorasim": lora.experiment,
    "loradir": loradir.experiment,
    "ns3_example": lora.example,
    "twins": twins.packets,
    "community": community.packets,
    "meters": city.meters,
    "city": city.scenario,
}


def main(work: str, arguments: str) -> None:
    """Do it and print what came of it."""
    done = WORK[work](**json.loads(arguments))
    print(json.dumps(asdict(done) | {"peak_bytes": _peak_bytes()}))


def _peak_bytes() -> int:
    # What getrusage tells may be the memory of the process that started this one.
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
