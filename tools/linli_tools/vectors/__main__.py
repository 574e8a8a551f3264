"""Write the vectors and the tables of sizes and codes, or with --check compare.

Run as python -m linli_tools.vectors. It writes protocol/vectors/*.json and the tables in
docs/PROTOCOL.md.
"""

import argparse
import json
import sys
from pathlib import Path

from linli_tools.vectors import LAYERS, page

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/PROTOCOL.md"


def _contents() -> dict[Path, str]:
    contents = {PAGE: page.place(PAGE.read_text(encoding="utf-8"))}
    for layer, generate in LAYERS.items():
        path = ROOT / f"protocol/vectors/{layer}.json"
        contents[path] = json.dumps(generate(), indent=1, ensure_ascii=False) + "\n"
    return contents


def main() -> int:
    """Run the command; return 1 when --check finds a file that differs."""
    parser = argparse.ArgumentParser(prog="python -m linli_tools.vectors", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if a file differs")
    check = parser.parse_args().check
    differing = 0
    for path, text in _contents().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        differing += 1
        if check:
            print(f"{path} is not what the code generates; run without --check", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"{path} written")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
