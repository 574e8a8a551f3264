"""Write docs/VALIDATION.md and its plots: python -m linli_tools.validation_page."""

import os
import sys
from pathlib import Path

from linli_hostsim.validation import groups, run
from linli_hostsim.validation.page import files
from linli_tools.progress import job_bar

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Do all checks and write what they found; return 1 when one fails."""
    experiments = [experiment for group in groups() for experiment in group.experiments]
    with job_bar(shown=sys.stderr.isatty()) as progress:
        results = run(experiments, False, os.cpu_count() or 1, progress)
    for name, text in files(results).items():
        path = DOCS / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{path} written")
    return int(not all(result.passed for result in results))


if __name__ == "__main__":
    sys.exit(main())
