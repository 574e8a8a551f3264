"""A hub's log to send up: a journal, a vault and the northbound tables on a database."""

import json
import os
from collections.abc import Callable
from typing import Any

from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.northbound import NEWEST, LogReader, Selection
from linli_hub.privacy import MESSAGE, Sensitivity
from linli_hub.projections import Keeper
from linli_hub.storage import Database
from linli_hub.vault import Vault

WAIT_S = 20
START_US = 1_800_000_000_000_000


class LogSite:
    """Adds rows; their times are a second apart."""

    def __init__(self, database: Database, on_durable: Callable[[], None] = lambda: None) -> None:
        self.database = database
        self.journal = Journal(database)
        self.vault = Vault(self.journal, bytes(16), os.urandom)
        keeper = Keeper([NEWEST], self.vault)
        keeper.prepare(database)
        self.journal.start([keeper], on_durable)
        self._us = START_US

    def unix_us(self) -> int:
        return self._us

    def say(
        self, kind: str, device: int, body: dict[str, Any], sealed_for: str | None = None
    ) -> int:
        """Add a row; return the journal's position of it."""
        self._us += 1_000_000
        text = json.dumps(body).encode()
        if sealed_for is None:
            return self.journal.add(Record(self._us, kind, device, 0, text))
        return self.journal.add(self.vault.sealed(self._us, kind, device, sealed_for, text))

    def message(self, name: str, device: int, sealed_for: str | None = None, **fields: Any) -> int:
        return self.say(MESSAGE, device, {"message": name, **fields}, sealed_for)

    def alarm(self, device: int, incident: int) -> int:
        return self.message(
            "alarm", device, "health 1", incident=incident, time=1_800_000_000, cause=1
        )

    def settle(self) -> int:
        """Wait until all is durable; return the last row's number."""
        assert self.journal.wait(self.journal.position, WAIT_S)
        return self.journal.head.number

    def reader(self, *classes: Sensitivity) -> LogReader:
        return LogReader(self.database, self.vault, Selection(classes))

    def close(self) -> None:
        self.journal.close()
