"""What a hub at work writes to its log: one line for each trouble as it begins, one as it ends.

Nothing in it is about a household: what devices say is in the event log, which is sealed.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

_LOOK_S = 1.0

_log = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """One line of text a record; of an error, where it was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        # Of what goes well, only what.
        level = f"{record.levelname.lower()}: " if record.levelno > logging.INFO else ""
        said = f"{at} {level}{record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            said += f": {error!r}"
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                code = trace.tb_frame.f_code
                said += f" in {code.co_filename}:{trace.tb_lineno}"
        return " ".join(said.split())


class JsonLines(logging.Formatter):
    """One JSON object a record: `time` (UTC), `level`, `logger`, `message`, `part` and `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if hasattr(record, "part"):
            told["part"] = record.part
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


@contextmanager
def written(stream: TextIO, as_json: bool) -> Iterator[None]:
    """Have all that is logged in this process written to `stream` within."""
    root, requests = logging.getLogger(), logging.getLogger("uvicorn")
    levels = root.level, requests.level
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if as_json else Lines())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    # Who asked for which page is in the audit, where it matters.
    requests.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        requests.setLevel(levels[1])


async def watch(troubles: Callable[[], Mapping[str, str]]) -> None:
    """Log each trouble of a part of the hub as it begins and as it ends, until cancelled."""
    before: dict[str, str] = {}
    while True:
        await asyncio.sleep(_LOOK_S)
        now = dict(troubles())
        for part, why in now.items():
            # The same with other numbers is the same.
            if _without_numbers(why) != _without_numbers(before.get(part, "")):
                _log.warning("%s: %s", part, why, extra={"part": part})
        for part in before.keys() - now.keys():
            _log.info("%s: well again", part, extra={"part": part})
        before = now


def _without_numbers(why: str) -> str:
    return re.sub(r"\d+", "", why)
