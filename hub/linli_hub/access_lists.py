"""What the access lists of doors hold, as the log tells of it.

Records, with the body:

* "access list": `device` (a door), `version` (that a step leads to), `base` (where it starts from;
  0: from an empty list), `by`;
* "credential": `version` (of the step that it is in), `change` (as in `linli_protocol.access_list`,
  in hexadecimal); of the door that the record is about, sealed for the holder's household.

A list that starts anew leaves nothing of the one before: so an erased household's cards go.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from linli_protocol.access_list import (
    ADD,
    REMOVE,
    Credential,
    decode_changes,
    decode_credential,
    encode_changes,
)

from .core.access_lists import Change, in_steps
from .journal import Journal
from .log import Record
from .privacy import Homes, subjects
from .projections import Event, Projection
from .storage import Transaction
from .vault import Vault

ACCESS_LIST = "access list"
CREDENTIAL = "credential"


@dataclass(slots=True)
class AccessList:
    """A door's list: its `steps` lead from version `floor` on, the first from an empty list."""

    floor: int = 0
    steps: list[bytes] = field(default_factory=list)
    credentials: dict[bytes, Credential] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The version that all steps lead to."""
        return self.floor + len(self.steps)

    def add(self, step: bytes) -> None:
        """Take a step more."""
        self.steps.append(step)
        for operation, token, credential in decode_changes(step):
            if operation == REMOVE:
                self.credentials.pop(token, None)
            elif credential is not None:
                self.credentials[token] = decode_credential(credential)


class AccessLists:
    """The lists of all doors; what is published is written down, and at hand at once."""

    def __init__(
        self, journal: Journal, vault: Vault, homes: Homes, transaction: Transaction
    ) -> None:
        """Begin with what the projection knows."""
        self._journal = journal
        self._vault = vault
        self._homes = homes
        self._lists = _load(transaction)

    def of(self, device: int) -> AccessList:
        """Return a door's list."""
        return self._lists.setdefault(device, AccessList())

    def all(self) -> dict[int, AccessList]:
        """Return the lists by their doors, in order."""
        return {device: self._lists[device] for device in sorted(self._lists)}

    def give_up(self, holders: Collection[int], by: str, time_us: int) -> list[int]:
        """Have the lists that name any of `holders` begin anew without them; return the doors."""
        found = self.naming(holders)
        for device in found:
            kept = self.of(device).credentials.values()
            staying = [each for each in kept if each.person not in holders]
            self.begin_anew(device, staying, by, time_us)
        return found

    def naming(self, holders: Collection[int]) -> list[int]:
        """Return the doors that let any of `holders` in."""
        return [
            device
            for device, known in self.all().items()
            if any(each.person in holders for each in known.credentials.values())
        ]

    def publish(self, device: int, changes: Iterable[Change], by: str, time_us: int) -> int:
        """Have a door's list changed; return the journal's position at which it is durable."""
        known = self.of(device)
        steps = in_steps(encode_changes([change]) for change in changes)
        with self._journal.together():
            for step in steps:
                self._write(device, known.version, step, by, time_us)
                known.add(b"".join(step))
            return self._journal.position

    def begin_anew(
        self,
        device: int,
        credentials: Iterable[Credential],
        by: str,
        time_us: int,
        above: int = 0,
    ) -> int:
        """Replace a door's list by `credentials`, in versions above the list's and `above`.

        Nothing of the list before is kept; return as `publish`.
        """
        anew = AccessList(max(self.of(device).version, above))
        base = 0
        changes = (encode_changes([(ADD, credential)]) for credential in credentials)
        with self._journal.together():
            # An empty list takes a step, too.
            for step in in_steps(changes) or [[]]:
                self._lists[device] = anew
                self._write(device, base, step, by, time_us)
                anew.add(b"".join(step))
                base = anew.version
            return self._journal.position

    def _write(self, device: int, base: int, step: list[bytes], by: str, time_us: int) -> None:
        known = self._lists[device]
        version = known.version + 1
        body = {"device": device, "version": version, "base": base, "by": by}
        self._journal.add(Record(time_us, ACCESS_LIST, device, 0, json.dumps(body).encode()))
        for change in step:
            told = {"version": version, "change": change.hex()}
            holder = _holder(change, known)
            household = self._homes.of_holder(holder)
            subject = (
                subjects.of_holder(holder)
                if household is None
                else subjects.of_household(household)
            )
            self._journal.add(
                self._vault.sealed(time_us, CREDENTIAL, device, subject, json.dumps(told).encode())
            )


def _holder(change: bytes, known: AccessList) -> int:
    """Return whose credential a change is about."""
    ((_, token, credential),) = decode_changes(change)
    if credential is None:
        return known.credentials[token].person
    return decode_credential(credential).person


def _load(transaction: Transaction) -> dict[int, AccessList]:
    changes: dict[tuple[int, int], list[bytes]] = {}
    for device, version, change in transaction.query(
        "SELECT device, version, change FROM access_changes ORDER BY number"
    ):
        changes.setdefault((device, version), []).append(bytes.fromhex(change))
    lists: dict[int, AccessList] = {}
    for device, version, base in transaction.query(
        "SELECT device, version, base FROM access_steps ORDER BY device, version"
    ):
        if base == 0:
            lists[device] = AccessList(version - 1)
        lists[device].add(b"".join(changes.get((device, version), ())))
    return lists


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    for event in happened:
        body = event.body
        if event.kind == ACCESS_LIST:
            if body["base"] == 0:
                for table in ("access_steps", "access_changes"):
                    transaction.execute(f"DELETE FROM {table} WHERE device = ?", [event.device])
            transaction.execute(
                "INSERT INTO access_steps (device, version, base) VALUES (?, ?, ?)",
                [event.device, body["version"], body["base"]],
            )
        elif event.kind == CREDENTIAL:
            transaction.execute(
                "INSERT INTO access_changes (device, version, number, change, data_key) "
                "VALUES (?, ?, ?, ?, ?)",
                [event.device, body["version"], event.number, body["change"], event.key],
            )


ACCESS_LISTS = Projection(
    "access lists",
    1,
    {
        "access_steps": "device BIGINT NOT NULL, version BIGINT NOT NULL, base BIGINT NOT NULL, "
        "PRIMARY KEY (device, version)",
        "access_changes": "device BIGINT NOT NULL, version BIGINT NOT NULL, "
        "number BIGINT NOT NULL, change TEXT NOT NULL, data_key BIGINT NOT NULL, "
        "PRIMARY KEY (device, version, number)",
    },
    _apply,
    sealed=("access_changes",),
)
"""Tables `access_steps` and `access_changes`: how each door's list came to be, from its start."""
