"""NPRACH against slotted ALOHA's closed form: contention, retries, back-off, and its limit."""

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.nbiot.coverage import CLASSES, CoverageClass
from linli_hostsim.nbiot.nprach import Nprach, attempts_per_s, success
from linli_hostsim.nbiot.traffic import reports_per_s

ONE_CLASS = CoverageClass(0, 0.640, 48, 1, 8, 2.0)


def attempts(
    one: CoverageClass, rate_per_s: float, hours: float, retry_s: float = 0, others_per_s: float = 0
) -> tuple[int, int]:
    """Return how many of all attempts were made and heard, retries after Exp(`retry_s`)."""
    env = Environment()
    source = random.Random(1)
    nprach = Nprach(env, random.Random(2), one, others_per_s)
    counted: Counter[bool] = Counter()

    def ask() -> None:
        nprach.ask(answer)

    def answer(is_heard: bool) -> None:
        counted[is_heard] += 1
        if not is_heard and retry_s:
            at(env, round(source.expovariate(1 / retry_s) * US_PER_S), ask)

    def arrive() -> None:
        ask()
        at(env, round(source.expovariate(rate_per_s) * US_PER_S), arrive)

    at(env, 0, arrive)
    env.run(until=round(hours * 3600 * US_PER_S))
    return counted.total(), counted[True]


def test_a_full_sector_sees_nine_attempts_in_ten_heard() -> None:
    assert success(reports_per_s(), 0.640, 48) == pytest.approx(0.9132, abs=5e-5)


@pytest.mark.parametrize(("one", "rate_per_s"), [(ONE_CLASS, 6.81), (CLASSES[0], 20.0)])
def test_contention_follows_the_closed_form(one: CoverageClass, rate_per_s: float) -> None:
    made, heard = attempts(one, rate_per_s, 2.0)
    expected = success(rate_per_s, one.nprach_period_s, one.preambles)
    # Collisions come in pairs, which makes the ratio's variance up to twice the binomial.
    error = math.sqrt(2 * expected * (1 - expected) / made)
    assert heard / made == pytest.approx(expected, abs=4 * error)


def test_retries_raise_the_load_to_alohas_fixed_point() -> None:
    rate_per_s = 10.0
    made, heard = attempts(CLASSES[0], rate_per_s, 2.0, retry_s=60.0)
    assert heard == pytest.approx(rate_per_s * 7200, rel=0.02)
    expected = attempts_per_s(rate_per_s, CLASSES[0].nprach_period_s, CLASSES[0].preambles)
    assert made / 7200 == pytest.approx(expected, rel=0.02)


def test_others_in_the_cell_spoil_what_the_closed_form_says() -> None:
    made, heard = attempts(CLASSES[0], 0.01, 400.0, others_per_s=6.81)
    expected = success(6.81, 0.320, 12)
    assert heard / made == pytest.approx(expected, abs=4 * math.sqrt(expected / made))


@given(st.floats(0.001, 0.36))
def test_the_fixed_point_is_one_and_the_lesser(load: float) -> None:
    rate = load * 12 / 0.320
    found = attempts_per_s(rate, 0.320, 12)
    assert found * success(found, 0.320, 12) == pytest.approx(rate)
    assert found * 0.320 / 12 <= 1


def test_more_than_alohas_limit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"20 reports/s on 12 preambles each 0\.32 s"):
        attempts_per_s(20, 0.320, 12)


def test_two_on_one_preamble_are_both_refused_at_the_end_of_the_opportunity() -> None:
    env = Environment()
    nprach = Nprach(env, random.Random(1), CoverageClass(0, 0.320, 1, 1, 8, 2.0))
    heard: list[tuple[int, bool]] = []

    def note(is_heard: bool) -> None:
        heard.append((now_us(env), is_heard))

    at(env, 10_000, nprach.ask, note)
    at(env, 300_000, nprach.ask, note)
    at(env, 320_001, nprach.ask, note)
    env.run()
    assert heard == [(320_000, False), (320_000, False), (640_000, True)]


def test_nprach_takes_the_share_of_the_carrier_that_the_standards_numbers_give() -> None:
    assert [one.carrier_share for one in CLASSES] == pytest.approx([0.005, 0.02, 0.02])
    assert [one.contention_s for one in CLASSES] == pytest.approx([0.512, 3.072, 10.24])
