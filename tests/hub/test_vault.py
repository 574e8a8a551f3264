"""What is sealed opens with the key, and never without it."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.store import MemoryStore
from linli_hub.log import GENESIS, chain, verify
from linli_hub.vault import Vault, VaultError

MASTER = bytes(range(16))


def vault(store: MemoryStore, master: bytes = MASTER) -> Vault:
    return Vault(store, master, os.urandom)


@given(st.binary(max_size=80), st.integers(-(2**62), 2**62), st.integers(0, 2**32 - 1))
def test_a_sealed_body_opens_later(body: bytes, time_us: int, device: int) -> None:
    store = MemoryStore()
    record = vault(store).sealed(time_us, "alarm", device, "household 1", body)
    assert len(body) < 4 or body not in record.body
    assert vault(store).body(record) == body


def test_subjects_have_keys_of_their_own() -> None:
    keys = vault(MemoryStore())
    assert keys.key_of("household 1") == keys.key_of("household 1")
    assert keys.key_of("household 1") != keys.key_of("household 2")


def test_an_erased_key_takes_its_records_along_and_no_others() -> None:
    store = MemoryStore()
    keys = vault(store)
    one = keys.sealed(1, "alarm", 7, "household 1", b"one")
    two = keys.sealed(2, "alarm", 8, "household 2", b"two")
    rows = list(chain(GENESIS, [one, two]))
    assert keys.erase("household 1")
    assert keys.body(one) is None
    assert vault(store).body(one) is None
    assert keys.body(two) == b"two"
    verify(GENESIS, rows)
    assert not keys.erase("household 1")
    assert keys.body(keys.sealed(3, "alarm", 7, "household 1", b"anew")) == b"anew"
    assert keys.body(one) is None


def test_a_key_that_is_erased_while_it_is_opened_opens_nothing_later() -> None:
    class Slow(MemoryStore):
        """A store that another thread overtakes: it erases between a look and its answer."""

        overtaking = False

        def get(self, key: str) -> bytes | None:
            found: bytes | None = super().get(key)
            if self.overtaking and key.startswith("vault/key/"):
                self.overtaking = False
                keys.erase("household 1")
            return found

    store = Slow()
    record = vault(store).sealed(1, "alarm", 7, "household 1", b"one")
    keys = vault(store)
    store.overtaking = True
    keys.body(record)
    assert keys.body(record) is None


def test_what_was_changed_does_not_open() -> None:
    keys = vault(MemoryStore())
    record = keys.sealed(1, "alarm", 7, "household 1", b"body")
    for other in (
        replace(record, body=bytes([record.body[0] ^ 1]) + record.body[1:]),
        replace(record, body=record.body[:-1]),
        replace(record, body=b""),
        replace(record, time_us=2),
        replace(record, device=8),
        replace(record, kind="event"),
    ):
        with pytest.raises(VaultError, match="a record does not open"):
            keys.body(other)


def test_another_master_key_opens_nothing() -> None:
    store = MemoryStore()
    record = vault(store).sealed(1, "alarm", 7, "household 1", b"body")
    with pytest.raises(VaultError, match="data key 1 does not open: another master key"):
        vault(store, bytes(16)).body(record)


def test_no_data_key_is_stored_in_the_open() -> None:
    given_out: list[bytes] = []

    def random(count: int) -> bytes:
        given_out.append(os.urandom(count))
        return given_out[-1]

    store = MemoryStore()
    Vault(store, MASTER, random).key_of("household 1")
    (key,) = [each for each in given_out if len(each) == 16]
    assert all(key not in (store.get(f"vault/key/{n}") or b"") for n in range(3))
    assert store.get("vault/key/1")
