"""Followers that keep up are told from memory what the log would tell them."""

import json
import os
from typing import Any

import pytest

from linli_firmware.store import MemoryStore
from linli_hub.log import Head, Record, Row, chain
from linli_hub.privacy import MESSAGE
from linli_hub.projections import ERASURE
from linli_hub.storage import Transaction
from linli_hub.vault import Vault
from linli_hub.web import recent
from linli_hub.web.notices import Kind
from linli_hub.web.recent import Recent

ALL = frozenset(Kind)
NO_TRANSACTION: Transaction = None  # type: ignore[assignment]


class Followed:
    def __init__(self) -> None:
        self.vault = Vault(MemoryStore(), bytes(16), os.urandom)
        self.is_followed = True
        self.recent = Recent(self.vault, lambda: self.is_followed)
        self.head = Head(100, bytes(32))

    def happens(self, *bodies: dict[str, Any], kind: str = MESSAGE) -> list[Row]:
        """Have a batch committed."""
        rows = chain(
            self.head,
            [
                self.vault.sealed(1, kind, 7, "household 1", json.dumps(body).encode())
                if kind == MESSAGE
                else Record(1, kind, 0, 0, json.dumps(body).encode())
                for body in bodies
            ],
        )
        self.recent.apply(NO_TRANSACTION, rows)
        self.head = Head(rows[-1].number, rows[-1].hash)
        return rows

    def told(self, after: int, kinds: frozenset[Kind] = ALL) -> list[int] | None:
        found = self.recent.since(after, self.head.number, kinds)
        return None if found is None else [notice.row for notice in found]


READING = {"message": "reading", "volume_l": 1}
ALARM = {"message": "alarm", "incident": 1}


@pytest.fixture
def at() -> Followed:
    return Followed()


def test_what_happens_is_told_in_its_order_to_who_may_be_told(at: Followed) -> None:
    assert at.told(100) is None
    at.happens(READING, ALARM)
    at.happens(READING)
    assert at.told(100) == [101, 102, 103]
    assert at.told(101, frozenset({Kind.INCIDENT})) == [102]
    assert at.told(103) == []


def test_what_was_before_is_in_the_log_only(at: Followed) -> None:
    at.is_followed = False
    at.happens(READING, READING)
    at.is_followed = True
    at.happens(ALARM)
    assert at.told(101) is None
    assert at.told(102) == [103]


def test_rows_that_are_not_committed_are_not_told_and_come_once(at: Followed) -> None:
    at.happens(READING)
    before = at.head
    rows = at.happens(ALARM, READING)
    at.head = before
    assert at.told(100) == [101]
    at.recent.apply(NO_TRANSACTION, rows)
    at.head = Head(rows[-1].number, rows[-1].hash)
    assert at.told(100) == [101, 102, 103]


def test_nothing_is_told_any_more_of_what_was_before_an_erasure(at: Followed) -> None:
    at.happens(READING, ALARM)
    at.happens({"household": 1, "keys": at.vault.erase("household 1"), "by": "li"}, kind=ERASURE)
    at.happens(READING)
    assert at.told(100) is None
    assert at.told(103) == [104]


def test_who_is_far_behind_has_to_read_the_log(
    at: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "_MOST", 10_000)
    at.happens(*[READING] * 6000)
    at.happens(*[READING] * 6000)
    assert at.told(100) is None
    assert at.told(2100) == list(range(2101, 12_101))
