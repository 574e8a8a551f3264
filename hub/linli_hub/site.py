"""A site: what its hub knows, kept in its database and at hand in memory."""

import asyncio
import json
import os
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from linli_protocol import words

from . import configuration as settings
from .access_lists import ACCESS_LISTS, AccessLists
from .archive import LogReader
from .campaigns import CAMPAIGNS
from .configuration import Configuration
from .core.hub import incident_facts
from .drawing import Drawing
from .journal import Journal
from .log import Record
from .northbound import NEWEST
from .people import PEOPLE, PERSON, PROPOSALS, Accounts, Role, passwords, restored
from .privacy import (
    CONSENTS,
    HOLDER,
    HOMES,
    Consents,
    Homes,
    Keeping,
    adopt_older_keys,
    erase,
    overdue,
    retire,
    subjects,
    sweep_done,
)
from .projections import KEY_DEVICES, Event, Keeper
from .registry import DEVICES, Registry
from .storage import Transaction, open_database
from .vault import Vault
from .views import VIEWS
from .views.audit import ACCESS, access
from .views.incidents import INCIDENT, alarm

KEY_LENGTH = 16
PROJECTIONS = (DEVICES, PEOPLE, PROPOSALS, HOMES, CONSENTS, ACCESS_LISTS, CAMPAIGNS, NEWEST, *VIEWS)
# What an erasure takes rows out of.
_ERASED_TABLES = (
    "facts",
    KEY_DEVICES,
    *HOMES.tables,
    *CONSENTS.tables,
    *(table for each in PROJECTIONS for table in each.sealed),
)
_KIND_CODES = {word: code for code, word in words.DEVICE_KINDS.items()}
_DURABLE_S = 30.0


class SiteError(Exception):
    """A site cannot be made or opened; the message says why."""


class Site:
    """The site of a configuration, opened by the one process that writes to its database.

    SiteError, StorageError and VaultError when it cannot be.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.community_key = read_key(configuration.community_key)
        master_key = read_key(configuration.master_key)
        self.database = open_database(configuration.database)
        self.journal = Journal(self.database)
        self.vault = Vault(self.journal, master_key, Drawing(os.urandom))
        self.log = LogReader(configuration.archive)
        self.keeper = Keeper(PROJECTIONS, self.vault, self.log.page)
        self.keeper.prepare(self.database)
        with self.database.reading() as transaction:
            self.registry = Registry.load(transaction)
            self.accounts = Accounts.load(transaction)
            self.homes = Homes.load(transaction)
            self.consents = Consents.load(transaction)
            self.proposals = restored(transaction)
            self.lists = AccessLists(self.journal, self.vault, self.homes, transaction)
            self._adopt_older_keys(transaction)
        self.keep = Keeping(self.vault, self.homes, self.consents, self._kind_of)

    def tell(self, kind: str, body: Mapping[str, Any], time_us: int) -> int:
        """Add a record to the log, and learn it; return the position of its durability.

        It is open, but for a card's holder: that is sealed for the household.
        """
        if kind == HOLDER:
            return self._tell_holder(body, time_us)
        self._learn(kind, body)
        return self.journal.add(Record(time_us, kind, body.get("device", 0), 0, _encoded(body)))

    def tell_access(self, by: str, what: str, about: str, time_us: int) -> int:
        """Write down that somebody is shown what is not open; see `tell`."""
        return self.tell(ACCESS, access(by, what, about), time_us)

    def alarm(self, number: int) -> Event | None:
        """Open the alarm in row `number` of the log; see `views.incidents.alarm`. Blocking."""
        with self.database.reading() as transaction:
            return alarm(transaction, self.vault, number, self.log.page)

    def tell_incident(
        self, raised: Event, state: int, by: str, time_us: int, grade: int | None = None
    ) -> int:
        """Write down what `by` has done about an alarm, and its access to it; see `tell`.

        KeyError: the alarm has been erased meanwhile.
        """
        body = {"alarm": raised.number, "state": state, "by": by}
        if grade is not None:
            body["grade"] = grade
        record = self.vault.sealed_under(
            time_us, INCIDENT, raised.device, raised.key, _encoded(body)
        )
        with self.journal.together():
            self.journal.add(record)
            return self.tell_access(by, INCIDENT, "", time_us)

    async def erase(self, household: int, by: str, reason: str, time_us: int) -> None:
        """Erase a household, and return when it is out of the database's files, too.

        SiteError: it is in the journal, but not in the database yet. StorageError: it is out of
        the database, but not out of its files.
        """
        with self.journal.together():
            for device in self.homes.devices(household):
                self.forget_incidents(device)
            self.lists.give_up(self.homes.holders(household), by, time_us)
            position = erase(
                household,
                by,
                reason,
                time_us,
                self.journal,
                self.vault,
                self.homes,
                self.consents,
            )
        await asyncio.to_thread(self._scrub, position)

    def _scrub(self, position: int) -> None:
        self._wait(position)
        self.database.scrub(_ERASED_TABLES)

    def _wait(self, position: int) -> None:
        if not self.journal.wait(position, _DURABLE_S):
            raise SiteError(f"not erased yet: {self.journal.trouble or 'the database is slow'}")

    def retire(self, time_us: int) -> int:
        """Destroy what is past its term at `time_us`, also in the database's files.

        Return how many keys. Blocking, for while nobody is served. SiteError, StorageError: as for
        `erase`.
        """
        batches = overdue(self.journal, time_us)
        for keys in batches:
            self._wait(retire(keys, time_us, self.journal, self.vault))
        sweep_done(self.journal, time_us)
        devices = self.devices_of_health({key.subject for keys in batches for key in keys})
        for device in self.without_alarms(devices):
            self.forget_incidents(device)
        self._scrub(self.journal.position)
        return sum(map(len, batches))

    def tidy(self) -> None:
        """Take what was erased out of the database's files, see `Database.tidy`; blocking."""
        self.database.tidy(_ERASED_TABLES)

    def forget_incidents(self, device: int) -> None:
        """Keep nothing of a device's alarms among the facts."""
        with self.journal.together():
            for name in incident_facts(device):
                self.journal.delete(name)

    def devices_of_health(self, of: Collection[str]) -> list[int]:
        """Return the devices whose alarms are sealed for one of the subjects `of`."""
        return [
            each.device
            for each in self.registry.all()
            if subjects.of_health(self._owner(each.device)) in of
        ]

    def without_alarms(self, devices: Collection[int]) -> list[int]:
        """Return those of `devices` that the tables have no alarm of; blocking."""
        with self.database.reading() as transaction:
            found = transaction.query("SELECT DISTINCT device FROM incidents")
        return sorted(set(devices) - {device for (device,) in found})

    def _owner(self, device: int) -> str:
        home = self.homes.of_device(device)
        return subjects.of_device(device) if home is None else subjects.of_household(home)

    def _tell_holder(self, body: Mapping[str, Any], time_us: int) -> int:
        """Seal a holder for its household; for the one before, too, that it is there no more."""
        holder, household = body["holder"], body["household"]
        before = self.homes.of_holder(holder)
        self._learn(HOLDER, body)
        with self.journal.together():
            if before not in (None, household):
                self._add_holder({**body, "household": None}, before, time_us)
            if household is not None or before is None:
                self._add_holder(body, household, time_us)
            return self.journal.position

    def _add_holder(self, body: Mapping[str, Any], of: int | None, time_us: int) -> None:
        subject = subjects.of_holder(body["holder"]) if of is None else subjects.of_household(of)
        self.journal.add(self.vault.sealed(time_us, HOLDER, 0, subject, _encoded(body)))

    def _adopt_older_keys(self, transaction: Transaction) -> None:
        """Go on from a site made before keys had terms; whose a card is must outlive its keys."""
        last = self.log.page(transaction, self.journal.head.number - 1, 1)
        last_us = last[0].record.time_us if last else 0
        holders = transaction.query("SELECT holder, household FROM holders")
        with self.journal.together():
            if adopt_older_keys(self.journal, last_us):
                for holder, household in holders:
                    body = {"holder": holder, "household": household}
                    self._add_holder(body, household, last_us)

    def _learn(self, kind: str, body: Mapping[str, Any]) -> None:
        for follower in (self.registry, self.accounts, self.homes, self.consents):
            follower.take(kind, body)

    def close(self) -> None:
        """Commit what waits, and let go of the database; SiteError when that cannot be."""
        complete = self.journal.wait(self.journal.position, _DURABLE_S)
        trouble = self.journal.trouble
        self.journal.close()
        self.database.close()
        if not complete:
            raise SiteError(f"not all was written: {trouble}")

    def _kind_of(self, device: int) -> int | None:
        return _KIND_CODES[self.registry[device].kind] if device in self.registry else None


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def make(folder: Path, admin: str, password: str, time_us: int) -> Path:
    """Make a site in `folder`: keys, a configuration, a database with one administrator.

    Return the configuration's path. SiteError when one of its files is there already.
    """
    path = folder / "hub.toml"
    defaults = Configuration().within(folder)
    for each in (path, defaults.community_key, defaults.master_key, Path(defaults.database)):
        if each.exists():
            raise SiteError(f"{each}: exists, and nothing is overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    for key in (defaults.community_key, defaults.master_key):
        _write_private(key, secrets.token_hex(KEY_LENGTH) + "\n")
    path.write_text(_TEMPLATE, encoding="utf-8")
    site = Site(settings.load(path))
    site.journal.start([site.keeper])
    body = {"name": admin, "role": Role.ADMIN, "password": passwords.hashed(password, os.urandom)}
    site.tell(PERSON, {**body, "by": admin}, time_us)
    site.close()
    return path


def read_key(path: Path) -> bytes:
    """Return the key in a file of 32 hexadecimal digits, which is its owner's alone.

    SiteError names the file.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SiteError(f"{path}: others can read this key; run: chmod 600 {path}")
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except OSError as error:
        raise SiteError(f"{path}: {error.strerror}") from error
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH:
        raise SiteError(f"{path}: no key, which has {2 * KEY_LENGTH} hexadecimal digits")
    return key


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


_TEMPLATE = """\
# A hub of one site. Paths begin at this file's folder.
database = "hub.db"                 # or postgresql://user@host/database
community_key = "community.key"     # all devices' keys come from it: keep a copy in a safe
master_key = "master.key"           # opens what the database holds of people: keep a copy, too
time_zone = "Asia/Shanghai"

[[ways]]
kind = "tcp"
host = "127.0.0.1"                  # "0.0.0.0": devices on the network, too
port = 4731

[[ways]]
kind = "udp"
host = "127.0.0.1"
port = 4731

# [[ways]]
# kind = "line"                     # a board at a serial port
# path = "/dev/serial/by-id/..."

# [[ways]]
# kind = "bus"                      # boards on an RS-485 bus, by their addresses
# path = "/dev/serial/by-id/..."
# devices = [0x11, 0x12]

[web]                               # the hub's page and its API: docs/API.md
host = "127.0.0.1"                  # another one needs TLS:
port = 8431
# certificate = "hub.pem"
# key = "hub.key"

# [upkeep]                          # every day: docs/HUB.md
# hour = 3
# archive_after_days = 30

# [mqtt]                            # a broker that is told what happens: docs/NORTHBOUND.md
# site = "hemu"
# host = "broker.example"
# ca = "broker-ca.pem"
"""
