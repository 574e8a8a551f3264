"""The parts of docs/PROTOCOL.md that are made from the code: the tables of sizes and of codes."""

from collections.abc import Callable

from linli_protocol import codes
from linli_tools.vectors import sizes

_CODES = (
    ("device kind", codes.DEVICE_KINDS),
    ("event code", codes.EVENTS),
    ("alarm cause", codes.ALARM_CAUSES),
    ("alarm state", codes.ALARM_STATES),
    ("operation", codes.COMMANDS),
    ("result status", codes.RESULTS),
    ("quantity, and the unit of its value", codes.QUANTITIES),
    ("update state", codes.UPDATE_STATES),
)


def _code_table() -> str:
    rows = ["| field | codes |", "|---|---|"]
    for field, words in _CODES:
        listed = "; ".join(f"{code} {word}" for code, word in sorted(words.items()))
        rows.append(f"| {field} | {listed} |")
    return "\n".join(rows) + "\n"


PARTS: dict[str, Callable[[], str]] = {"sizes": sizes.table, "codes": _code_table}


def place(page: str) -> str:
    """Return `page` with each part between its marks; ValueError when it lacks a mark."""
    for name, make in PARTS.items():
        begin = f"<!-- begin {name}: python -m linli_tools.vectors -->\n"
        start = page.index(begin) + len(begin)
        page = page[:start] + make() + page[page.index(f"<!-- end {name} -->\n") :]
    return page
