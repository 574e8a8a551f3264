"""What is released is k-anonymous, as a count from scratch finds, and no coarser than need be."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hub.privacy.anonymity import Attribute, Release, Row, of_passages, of_readings, release

US_PER_H = 3_600_000_000
UTC_8 = 480
# Monday, 2026-11-23 00:00 in UTC+8.
MONDAY_US = 1_795_363_200_000_000


def told(row: Row, attributes: tuple[Attribute, ...], steps: dict[str, str]) -> tuple[str, ...]:
    """Return how a row reads at named steps."""
    values = []
    for attribute, value in zip(attributes, row.values, strict=True):
        (tell,) = [step.tell for step in attribute.steps if step.name == steps[attribute.name]]
        values.append(tell(value))
    return tuple(values)


def check(rows: list[Row], attributes: tuple[Attribute, ...], released: Release) -> None:
    """Count, for each row that is released, the rows and households that read the same."""
    readings = [(told(row, attributes, released.steps), row.household) for row in rows]
    left_out = 0
    for values in sorted({values for values, _ in readings}):
        households = [household for same, household in readings if same == values]
        there = sum(1 for row in released.rows if row == values)
        if there:
            assert there == len(households)
            assert there >= released.k
            assert len(set(households)) >= released.k
        else:
            assert len(set(households)) < released.k, "suppressed without need"
            left_out += len(households)
    assert released.suppressed == left_out == len(rows) - len(released.rows)


places = st.builds(
    lambda *parts: "/".join(map(str, parts)),
    st.sampled_from(["hemu", "xin"]),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 2),
)
times = st.integers(0, 20 * 24).map(lambda hour: MONDAY_US + hour * US_PER_H + 1)
households = st.one_of(st.none(), st.integers(1, 12))
readings = st.lists(
    st.builds(Row, households, st.tuples(times, places, st.integers(0, 1500))), max_size=60
)
passages = st.lists(st.builds(Row, households, st.tuples(times, places)), max_size=60)
ks = st.integers(2, 6)
shares = st.sampled_from([0.0, 0.05, 0.3, 1.0])


@given(readings, ks, shares)
def test_released_readings_are_k_anonymous(rows: list[Row], k: int, share: float) -> None:
    attributes = of_readings(UTC_8)
    check(rows, attributes, release(rows, attributes, k, share))


@given(passages, ks, shares)
def test_released_door_counts_are_k_anonymous(rows: list[Row], k: int, share: float) -> None:
    attributes = of_passages(UTC_8)
    check(rows, attributes, release(rows, attributes, k, share))


@given(passages, ks, shares)
def test_nothing_is_coarser_than_need_be(rows: list[Row], k: int, share: float) -> None:
    attributes = of_passages(UTC_8)
    released = release(rows, attributes, k, share)
    names = [[step.name for step in attribute.steps] for attribute in attributes]
    height = sum(
        own.index(released.steps[attribute.name])
        for own, attribute in zip(names, attributes, strict=True)
    )
    for way in product(*names):
        if sum(map(list.index, names, way)) < height:
            steps = {each.name: name for each, name in zip(attributes, way, strict=True)}
            read = [(told(row, attributes, steps), row.household) for row in rows]
            rare = [
                values
                for values, _ in read
                if len({household for same, household in read if same == values}) < k
            ]
            assert len(rare) > share * len(rows)


@given(readings, ks, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], k: int, chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert release(shuffled, of_readings(UTC_8), k) == release(rows, of_readings(UTC_8), k)


def test_many_rows_of_one_household_do_not_hide_it() -> None:
    alone = [Row(1, (MONDAY_US, "hemu/3/5/501", 10))] * 100
    released = release(alone, of_readings(UTC_8), 2)
    assert released.rows == []
    assert released.suppressed == 100


def test_time_is_told_in_local_time_by_hour_day_and_week() -> None:
    time, place = of_passages(UTC_8)
    at = MONDAY_US + 7 * US_PER_H + 1
    assert [step.tell(at) for step in time.steps] == [
        "2026-11-23T07",
        "2026-11-23",
        "2026-W48",
        "any",
    ]
    assert [step.tell("hemu/3/5/501") for step in place.steps] == [
        "hemu/3/5",
        "hemu/3",
        "hemu",
        "any",
    ]


def test_what_is_common_stays_fine_and_one_that_stands_out_is_suppressed() -> None:
    usual = [
        Row(household, (MONDAY_US, "hemu/3/5/50", 40 + household % 9)) for household in range(39)
    ]
    released = release([*usual, Row(99, (MONDAY_US, "xin/1/1/1", 900))], of_readings(UTC_8), 5)
    assert released.steps == {"time": "hour", "place": "floor", "volume": "10 l"}
    assert released.suppressed == 1
    assert released.rows == [("2026-11-23T00", "hemu/3/5", "40 l")] * 39


def test_k_below_two_is_refused() -> None:
    with pytest.raises(ValueError, match="k is 1"):
        release([], of_readings(UTC_8), 1)
