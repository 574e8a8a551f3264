"""The table of the API's routes in docs/API.md: `python -m linli_hub.web.published docs/API.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .app import routed

BEGIN, END = "<!-- routes -->\n", "<!-- end of routes -->\n"


def table(description: dict[str, Any]) -> str:
    """Return the routes of an OpenAPI description, by their subjects."""
    head = "\n| subject | route | |\n|---|---|---|\n"
    return head + "".join(_lines(description)) + "\n"


def with_table(text: str) -> str:
    """Return a page with its table of routes made anew; ValueError when it has no place for it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN.strip()} with {END.strip()} after it")
    return before + begin + table(routed().openapi()) + end + after


def _lines(description: dict[str, Any]) -> Iterator[str]:
    subject = ""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            tag = operation["tags"][0]
            shown, subject = "" if tag == subject else tag, tag
            yield f"| {shown} | `{method.upper()} {path}` | {operation['summary']} |\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
