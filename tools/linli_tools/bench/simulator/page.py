"""Write docs/BENCH_SIM.md: python -m linli_tools.bench.simulator.page COMPILED [LORADIR]."""

import sys
from pathlib import Path

from ...progress import job_bar
from .measure import Results, measure
from .report import COLUMNS, NOTES, footnotes, heading, sections
from .rows import FULL, rows

PAGE = Path(__file__).parents[4] / "docs/BENCH_SIM.md"

_HEAD = """\
# What a simulation costs

Written by `make bench-sim`; `linli bench sim` measures the same on your machine in some minutes,
`linli bench sim --quick` less of it in one.

* **LoRaSim**: a copy of its authors' `loraDir.py` for Python 3, its prints left out. Ours is the
  same experiment on arrays ([cohorts](models/cohorts.md)), by the rules of version 0.2.1.
* **ns-3 lorawan**: the traffic of its `complete-network-example`, one gateway.
* **twins**: devices that report every second and are answered, real protocol and
  cryptography at both ends, Ethernet. *Compiled*: after `make compiled`, from `build/compiled`.
* **scenario hemu**: as `linli sim run` has it, every device a twin.
* **meters alone**: a city of meters on arrays, 11.2 reports a day each, a gateway every 500 m; to
  build it is part of it.
* **scenario city**: the same beside twins of panic buttons, with gateways, the edge's nodes and
  their failures as processes, and the tables of results.
"""


def page(results: Results) -> str:
    """Return the page's text."""
    lines = [_HEAD, heading(results) + ".", "", NOTES, ""]
    lines += [f"| {' | '.join(COLUMNS)} |", "|---|" + "--:|" * (len(COLUMNS) - 1)]
    for job, cells in sections(results):
        lines.append(f"| **{job}** |" + " |" * (len(COLUMNS) - 1))
        lines += [f"| {' | '.join(row)} |" for row in cells]
    lines += ["", *(f"* {note}" for note in footnotes(results)), ""]
    return "\n".join(lines)


def main(compiled: str, lorasim: str | None = None) -> None:
    """Measure everything and write the page."""
    todo = rows(FULL, "hemu", 1, Path(lorasim) if lorasim else None, Path(compiled))
    with job_bar(shown=sys.stderr.isatty()) as progress:
        results = measure(todo, progress)
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"{PAGE} written")


if __name__ == "__main__":
    main(*sys.argv[1:])
