"""Write docs/STUDY.md: python -m linli_tools.study_page."""

import sys
from pathlib import Path

from linli_hostsim.study import Inputs, promises, run
from linli_hostsim.study.page import page
from linli_tools.progress import job_bar

PAGE = Path(__file__).parents[2] / "docs" / "STUDY.md"


def main() -> None:
    """Examine all promises and write what was found."""
    with job_bar(shown=sys.stderr.isatty()) as progress:
        findings = run(promises(), Inputs(), {}, progress=progress)
    PAGE.write_text(page(findings), encoding="utf-8")
    print(f"{PAGE} written")


if __name__ == "__main__":
    main()
