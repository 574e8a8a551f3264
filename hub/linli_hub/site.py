"""A site: what its hub knows, kept in its database and at hand in memory."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linli_protocol import words

from . import configuration as settings
from .configuration import Configuration
from .journal import Journal
from .log import Record
from .people import PEOPLE, PERSON, Accounts, Role, passwords
from .privacy import CONSENTS, HOMES, Consents, Homes, Keeping
from .projections import Keeper
from .registry import DEVICES, Registry
from .storage import open_database
from .vault import Vault

KEY_LENGTH = 16
PROJECTIONS = (DEVICES, PEOPLE, HOMES, CONSENTS)
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
        self.vault = Vault(self.journal, master_key, os.urandom)
        self.keeper = Keeper(PROJECTIONS, self.vault)
        self.keeper.prepare(self.database)
        with self.database.reading() as transaction:
            self.registry = Registry.load(transaction)
            self.accounts = Accounts.load(transaction)
            self.homes = Homes.load(transaction)
            self.consents = Consents.load(transaction)
        self.keep = Keeping(self.vault, self.homes, self.consents, self._kind_of)

    def tell(self, kind: str, body: Mapping[str, Any], time_us: int) -> int:
        """Add an open record to the log, and learn it; return the position of its durability."""
        for follower in (self.registry, self.accounts, self.homes, self.consents):
            follower.take(kind, body)
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self.journal.add(Record(time_us, kind, body.get("device", 0), 0, text.encode()))

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
    """Return the key in a file of 32 hexadecimal digits; SiteError names the file."""
    try:
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
"""
