"""Chains of hashes from the native core, beside the hashes of which they are made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from c_compiler import CC, NO_CC
from linli_protocol.sm3 import sm3

if CC is None:
    pytest.skip(NO_CC, allow_module_level=True)

from linli_native import sm3_chain

START = bytes(range(32))


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_each_hash_covers_the_one_before_and_a_message(messages: list[bytes]) -> None:
    expected = []
    last = START
    for message in messages:
        last = sm3(last + message)
        expected.append(last)
    assert sm3_chain(START, messages) == expected


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="previous must be 32 bytes, not 31"):
        sm3_chain(START[:31], [b"message"])
