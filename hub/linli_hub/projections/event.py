"""A row of the log as projections read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from ..log import Row
from ..vault import Vault


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: see `log.Record`; `body` is opened and decoded.

    `key` is the number of the key under which it is sealed, 0 when it is open.
    """

    number: int
    time_us: int
    kind: str
    device: int
    body: dict[str, Any]
    key: int


def events(rows: Iterable[Row], vault: Vault) -> Iterator[Event]:
    """Yield what can still be read of `rows`: what was sealed under an erased key is gone."""
    for row in rows:
        record = row.record
        body = vault.body(record)
        if body is not None:
            told = orjson.loads(body)
            yield Event(row.number, record.time_us, record.kind, record.device, told, record.key)
