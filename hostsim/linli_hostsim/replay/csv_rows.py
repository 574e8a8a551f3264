"""Reading somebody else's CSV: a file that is not the format is refused, a dirty row is counted."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

EXAMPLES = 5
PLAUSIBLE_YEARS = range(1970, 2100)


class ReplayError(ValueError):
    """A file that cannot be replayed; the message names file, line and what is wrong."""


class Flaw(Enum):
    """What can be wrong with a row; the value is what people read."""

    UNPARSABLE = "not parsable or not plausible"
    NEGATIVE = "negative difference"
    OUT_OF_ORDER = "not later than the row before"
    REPEATED = "repeats an earlier row"
    LATE = "interval of more than 66 minutes"
    GAP = "interval of more than 90 minutes"


@dataclass(slots=True)
class Finding:
    """How many rows have a flaw, and the first line numbers."""

    rows: int = 0
    first_lines: list[int] = field(default_factory=list)


class Findings(dict[Flaw, Finding]):
    """Flaws found in a file."""

    def note(self, flaw: Flaw, line: int) -> None:
        """Count a row with `flaw` at `line`."""
        finding = self.setdefault(flaw, Finding())
        finding.rows += 1
        if len(finding.first_lines) < EXAMPLES:
            finding.first_lines.append(line)


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of a CSV file, gzipped when its name ends in .gz.

    ReplayError when the file cannot be read or its first line does not name exactly `columns`.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    line = 0
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            for line, fields in enumerate(rows, 1):
                if line > 1:
                    yield line, fields
                elif tuple(fields) != columns:
                    expected, found = ",".join(columns), ",".join(fields)[:80]
                    raise ReplayError(f"{path}, line 1: expected columns {expected}, found {found}")
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise ReplayError(f"{path}, after line {line}: {error}") from error
    if not line:
        raise ReplayError(f"{path}, line 1: expected columns {','.join(columns)}, found no line")
