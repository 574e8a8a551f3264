"""Run a campaign of faults, and tell what became of it.

python -m cluster_faults FOLDER [--rounds N] [--seed N] [--kind KIND]...
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from . import faults, world
from .campaign import CLUSTER, NODES, Campaign, StuckError
from .checker import checked

MODULE = "cluster_faults"


def main() -> int:
    """Return 1 when something acknowledged was lost, or the cluster did not come together again."""
    parser = argparse.ArgumentParser(prog=MODULE, description=__doc__)
    parser.add_argument("folder", type=Path, help="for records and logs; made if need be")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", help="of fault; all if none is named")
    chosen = parser.parse_args()
    lacking = world.missing()
    if not lacking and not world.is_inside():
        return world.enter(MODULE, sys.argv[1:])
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        parser.error(f"{folder} is not empty")
    kinds = dict(faults.PROCESSES)
    around = None
    if lacking:
        left_out = ", ".join([*faults.NETWORKS, *faults.DISKS, *faults.CLOCKS])
        _tell(f"for want of {', '.join(lacking)} not run: {left_out}")
    else:
        (folder / CLUSTER).mkdir()
        around = world.World(folder / CLUSTER, NODES)
        kinds |= faults.NETWORKS | faults.DISKS | faults.CLOCKS
    unknown = set(chosen.kind or ()) - kinds.keys()
    if unknown:
        parser.error(f"no kind of fault here: {', '.join(sorted(unknown))}; {', '.join(kinds)}")
    if chosen.kind:
        kinds = {name: kinds[name] for name in chosen.kind}
    try:
        asyncio.run(Campaign(folder, around, _tell).run(chosen.rounds, chosen.seed, kinds))
    except StuckError as error:
        _tell(str(error))
        return 1
    verdict = checked(folder)
    for what, times in (verdict.checked | verdict.tolerated).items():
        _tell(f"{what}: {times}")
    for each in verdict.violations:
        _tell(f"VIOLATION: {each.promise}: {each.how}")
    _tell(f"{len(verdict.violations)} violations")
    return 1 if verdict.violations else 0


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
