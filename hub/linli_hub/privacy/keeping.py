"""The records of a message: `live.Keep` by the data rules."""

from collections.abc import Callable

import orjson

from linli_protocol.catalogue import KINDS
from linli_protocol.types import Fields

from ..log import Record
from ..vault import Vault
from .classification import Kept, classify
from .consent import Consents
from .homes import Homes

MESSAGE = "message"


class Keeping:
    """Makes "message" records: `message` is the name of its kind, beside it stand its fields.

    Bytes are in hexadecimal. `kind_of(device)` is the kind that a device has said it is, None
    before. The kind of a message is in the body because it tells something of a household.
    """

    def __init__(
        self,
        vault: Vault,
        homes: Homes,
        consents: Consents,
        kind_of: Callable[[int], int | None],
    ) -> None:
        self._vault = vault
        self._homes = homes
        self._consents = consents
        self._kind_of = kind_of

    def __call__(self, device: int, kind: int, fields: Fields, time_us: int) -> list[Record]:
        """Return what to add to the log for a message of `device` that came at `time_us`."""
        kept = classify(device, self._kind_of(device), kind, fields, self._homes, self._consents)
        return [self._record(device, each, time_us) for each in kept]

    def _record(self, device: int, kept: Kept, time_us: int) -> Record:
        told = {"message": KINDS[kept.kind].name, **kept.fields}
        body = orjson.dumps(told, default=bytes.hex)
        if kept.subject is None:
            return Record(time_us, MESSAGE, device, 0, body)
        return self._vault.sealed(time_us, MESSAGE, device, kept.subject, body, kept.days)
