"""Whatever is changed in the log shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hub.log import GENESIS, BrokenChainError, Record, Row, chain, hashes, verify

RECORDS = st.builds(
    Record,
    time_us=st.integers(-(2**63), 2**63 - 1),
    kind=st.text(max_size=30),
    device=st.integers(0, 2**32 - 1),
    key=st.integers(0, 2**32 - 1),
    body=st.binary(max_size=60),
)


def rows_of(records: list[Record]) -> list[Row]:
    return list(chain(GENESIS, records))


@given(st.lists(RECORDS, min_size=1, max_size=8))
def test_what_was_written_verifies(records: list[Record]) -> None:
    rows = rows_of(records)
    assert verify(GENESIS, rows) == (len(records), rows[-1].hash)
    assert [row.number for row in rows] == list(range(1, len(records) + 1))


@given(st.lists(RECORDS, min_size=1, max_size=8), st.data())
def test_a_changed_record_is_found(records: list[Record], data: st.DataObject) -> None:
    rows = rows_of(records)
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(RECORDS.filter(lambda record: record != rows[at].record))
    rows[at] = replace(rows[at], record=other)
    with pytest.raises(BrokenChainError, match=f"row {at + 1} "):
        verify(GENESIS, rows)


@given(st.lists(RECORDS, min_size=2, max_size=8), st.data())
def test_a_row_taken_out_is_found(records: list[Record], data: st.DataObject) -> None:
    rows = rows_of(records)
    at = data.draw(st.integers(0, len(rows) - 2))
    del rows[at]
    with pytest.raises(BrokenChainError, match=f"row {at + 1} is missing"):
        verify(GENESIS, rows)


def test_letters_do_not_wander_between_fields() -> None:
    one = Record(1, "ab", 7, 0, b"c")
    other = Record(1, "a", 7, 0, b"bc")
    assert rows_of([one])[0].hash != rows_of([other])[0].hash


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_the_chain_is_the_same_without_the_native_core(messages: list[bytes]) -> None:
    assert hashes.one_by_one(bytes(32), messages) == hashes.sm3_chain(bytes(32), messages)
