"""Random bytes drawn many at a time are given out once."""

import os
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from linli_hub.drawing import Drawing


@given(st.lists(st.integers(0, 64), max_size=300))
def test_what_is_given_out_is_what_was_drawn_in_its_order(counts: list[int]) -> None:
    drawn = b""

    def random(count: int) -> bytes:
        nonlocal drawn
        block = os.urandom(count)
        drawn += block
        return block

    drawing = Drawing(random)
    at = 0
    for count in counts:
        got = drawing(count)
        assert len(got) == count
        # What is left of a block that has not enough is thrown away.
        found = drawn.find(got, at)
        assert found >= at
        at = found + count


def test_no_two_threads_get_the_same_bytes() -> None:
    drawing = Drawing(os.urandom)
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(drawing, [12] * 20_000))
    assert len(set(got)) == len(got)
