"""The parts of docs/PROTOCOL.md that are made from the code: the tables of sizes and of codes."""

from collections.abc import Callable

from linli_protocol import words
from linli_tools.vectors import sizes

_CODES = (
    ("device kind", words.DEVICE_KINDS),
    ("event code", words.EVENTS),
    ("alarm cause", words.ALARM_CAUSES),
    ("alarm state", words.ALARM_STATES),
    ("operation", words.COMMANDS),
    ("result status", words.RESULTS),
    ("quantity, and the unit of its value", words.QUANTITIES),
    ("update state", words.UPDATE_STATES),
)


def _code_table() -> str:
    rows = ["| field | codes |", "|---|---|"]
    for field, table in _CODES:
        listed = "; ".join(f"{code} {word}" for code, word in sorted(table.items()))
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
