"""A data key goes when the last that it sealed is past its term, and takes nothing else along."""

import os

from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.store import MemoryStore
from linli_hub.key_terms import (
    FOR_EVER,
    Overdue,
    Slot,
    decode,
    encode,
    overdue,
    retired,
    ring_fact,
    slot,
)
from linli_hub.vault import Vault

DAY_US = 86_400_000_000
NOW_US = 1_800_000_000_000_000

terms = st.integers(1, 4000)
times = st.integers(0, 4_000_000_000_000_000)


class Store(MemoryStore):
    """A store that tells all that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.all: dict[str, bytes] = {}

    def put(self, key: str, value: bytes) -> None:
        super().put(key, value)
        self.all[key] = value

    def delete(self, key: str) -> None:
        super().delete(key)
        self.all.pop(key, None)


@given(terms, times)
def test_nothing_goes_early_and_nothing_a_twelfth_too_late(days: int, time_us: int) -> None:
    kept_us = slot(days, time_us).end_us - time_us
    assert days * DAY_US < kept_us <= (days + max(days // 12, 1)) * DAY_US


@given(st.dictionaries(st.tuples(terms, st.integers(0, 100_000)), st.integers(1, 2**32 - 1)))
def test_a_ring_reads_as_it_was_written(entries: dict[tuple[int, int], int]) -> None:
    ring = {Slot(*which): number for which, number in entries.items()}
    assert decode(encode(ring)) == ring


def test_keys_are_shared_within_a_period_and_a_term_only() -> None:
    vault = Vault(MemoryStore(), bytes(16), os.urandom)
    day = 90 // 12 * DAY_US * 1000
    first = vault.key_of("household 1", 90, day)
    assert vault.key_of("household 1", 90, day + 6 * DAY_US) == first
    others = [
        vault.key_of("household 1", 90, day + 7 * DAY_US),
        vault.key_of("household 1", 366, day),
        vault.key_of("household 1"),
        vault.key_of("household 2", 90, day),
    ]
    assert len({first, *others}) == 5


def test_what_is_past_its_term_goes_and_what_has_none_stays() -> None:
    store = Store()
    vault = Vault(store, bytes(16), os.urandom)
    sealed = {
        (days, age): vault.sealed(NOW_US - age * DAY_US, "message", 7, "household 1", b"body", days)
        for days in (90, 366, FOR_EVER)
        for age in (0, 80, 98, 340, 400, 4000)
    }
    keys = overdue(store.all, NOW_US)
    vault.destroy(keys)
    assert {key.subject for key in keys} == {"household 1"}
    readable = {which for which, record in sealed.items() if vault.body(record)}
    assert readable == {
        *((90, age) for age in (0, 80)),
        *((366, age) for age in (0, 80, 98, 340)),
        *((FOR_EVER, age) for age in (0, 80, 98, 340, 400, 4000)),
    }
    assert overdue(store.all, NOW_US) == []


def test_the_last_key_takes_the_ring_along() -> None:
    store = Store()
    vault = Vault(store, bytes(16), os.urandom)
    number = vault.key_of("household 1", 90, 0)
    changes = retired(store.all, [Overdue("household 1", number)])
    assert changes == {ring_fact("household 1"): None, f"vault/key/{number}": None}
    vault.destroy([Overdue("household 1", number)])
    assert set(store.all) == {"vault/last"}, "numbers are not used again"
    assert vault.key_of("household 1", 90, 0) == number + 1
