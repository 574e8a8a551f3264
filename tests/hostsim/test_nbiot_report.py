"""NB-IoT's report: TR 45.820's tables of latency and battery life, and what lies between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hostsim.nbiot import report
from linli_hostsim.nbiot.carrier import npdsch_s
from linli_hostsim.nbiot.coverage import CLASSES, MAX_LOSS_DB, Mode, class_number

LOSSES = np.array(report.LOSSES_DB)
LIFE_YEARS = {
    (50, 7_200): (22.4, 11.0, 2.5),
    (200, 7_200): (18.2, 5.9, 1.5),
    (50, 86_400): (36.0, 31.6, 17.5),
    (200, 86_400): (34.9, 26.2, 12.8),
}
loss_db = st.floats(100, MAX_LOSS_DB)
modes = st.sampled_from(list(Mode))
payloads = st.integers(0, 2_000)


@pytest.mark.parametrize(("payload", "interval_s"), LIFE_YEARS)
def test_batteries_last_as_long_as_in_the_table(payload: int, interval_s: int) -> None:
    years = report.life_years(LOSSES, payload, interval_s)
    # A tenth of a year, rounded; the two rows of 50 bytes at 144 dB do not agree quite as well.
    assert years == pytest.approx(LIFE_YEARS[payload, interval_s], abs=0.054)


def test_a_device_that_only_sleeps_lasts_38_years() -> None:
    assert report.life_years(144.0, 0, 1e12) == pytest.approx(38.03, abs=0.005)


@pytest.mark.parametrize("mode", Mode)
def test_an_exception_report_takes_as_long_as_in_the_table(mode: Mode) -> None:
    expected = report.LATENCY_S[mode]
    assert report.latency_s(LOSSES, 20, mode) == pytest.approx(expected)
    # It is made of the mean wait for NPRACH, of setting up, and of sending.
    for loss, one, total_s in zip(LOSSES, CLASSES, expected, strict=True):
        parts_s = one.nprach_period_s / 2 + report.setup_s(loss, one.nprach_period_s, mode)
        assert parts_s + report.transmit_s(loss, 20) == pytest.approx(total_s)


def test_half_way_between_two_losses_lies_the_geometric_mean() -> None:
    expected = np.sqrt(0.7 * 5.1)
    assert report.latency_s(159.0, 20, Mode.STAND_ALONE) == pytest.approx(expected)


def test_devices_are_classed_by_10_db() -> None:
    assert class_number(np.array([90, 144, 144.1, 154, 154.1, 164])).tolist() == [0, 0, 1, 1, 2, 2]


@given(loss_db, st.floats(0, 30), payloads, modes)
def test_a_weaker_device_is_slower_and_needs_more_energy(
    loss: float, more: float, payload: int, mode: Mode
) -> None:
    weaker = min(loss + more, MAX_LOSS_DB)
    assert report.latency_s(weaker, payload, mode) >= report.latency_s(loss, payload, mode)
    assert report.energy_j(weaker, payload) >= report.energy_j(loss, payload)
    assert npdsch_s(weaker, payload, mode) >= npdsch_s(loss, payload, mode)


@given(loss_db, payloads, st.integers(0, 200))
def test_a_longer_report_takes_longer(loss: float, payload: int, more: int) -> None:
    assert report.latency_s(loss, payload + more) >= report.latency_s(loss, payload) > 0
    assert report.energy_j(loss, payload + more) >= report.energy_j(loss, payload)


@given(st.lists(loss_db, min_size=1, max_size=20), payloads)
def test_arrays_give_what_numbers_give(losses: list[float], payload: int) -> None:
    together = report.energy_j(np.array(losses), payload)
    assert together == pytest.approx([report.energy_j(loss, payload) for loss in losses])


def test_no_receiver_beats_shannon() -> None:
    """At 43 dBm, 180 kHz, and a receiver's noise of 5 dB; 23 dBm, one tone, and 3 dB."""
    for loss in np.arange(140, 165):
        downlink = 180e3 * np.log2(1 + 10 ** ((43 - loss + 174 - 5) / 10) / 180e3)
        assert 8 / npdsch_s(loss, 1) < downlink
        uplink = 15e3 * np.log2(1 + 10 ** ((23 - loss + 174 - 3) / 10) / 15e3)
        assert 8 / report.byte_s(loss) < uplink
