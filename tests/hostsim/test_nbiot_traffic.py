"""TR 45.820's traffic mix: density, load, sizes; and where its devices stand."""

import random
from collections import Counter
from itertools import takewhile

import numpy as np
import pytest

from linli_hostsim.clockwork import US_PER_H, US_PER_S
from linli_hostsim.nbiot import traffic
from linli_hostsim.nbiot.coverage import MAX_LOSS_DB, class_number
from linli_hostsim.nbiot.path import Place, path_loss_db
from linli_hostsim.nbiot.sector import AREA_KM2, CLASS_SHARES, coupling_losses_db
from linli_hostsim.nbiot.traffic import NOTHING, REPORT_SIZES, UPDATE_SIZES, Kind, Population

DAY_US = 24 * US_PER_H
UNIFORM = (np.arange(1_000_000) + 0.5) / 1_000_000


def sector_day() -> traffic.Messages:
    generator = np.random.default_rng(1)
    population = Population(traffic.DEVICES_PER_SECTOR, generator)
    return population.messages(0, DAY_US, generator)


def test_a_sector_has_52547_devices_with_681_reports_in_100_seconds() -> None:
    assert pytest.approx(0.86597, abs=5e-6) == AREA_KM2
    assert traffic.DEVICES_PER_SECTOR == 52_547
    assert traffic.reports_per_s(1) == pytest.approx(1.2963e-4, abs=5e-9)
    assert traffic.reports_per_s() == pytest.approx(6.81, abs=0.005)


def test_sizes_have_the_moments_of_a_capped_pareto_distribution() -> None:
    sizes = REPORT_SIZES.at(UNIFORM)
    assert np.mean(sizes) == pytest.approx(32.91, abs=0.005)
    assert np.quantile(sizes, [0.5, 0.9, 0.99]) == pytest.approx([26.39, 50.24, 126.2], abs=0.05)
    assert np.mean(sizes >= 200) == pytest.approx(0.00316, abs=5e-6)
    assert np.mean(UPDATE_SIZES.at(UNIFORM)) == pytest.approx(473.5, abs=0.05)


def test_a_sectors_day_has_the_mixs_rates_and_shares() -> None:
    day = sector_day()
    per_s = {kind: int((day.kind == kind).sum()) / 86_400 for kind in Kind}
    # Devices report regularly, so that chance is only in who they are: 1 % is some 4 SE.
    assert per_s[Kind.REPORT] == pytest.approx(5.45, rel=0.02)
    assert per_s[Kind.COMMAND] == pytest.approx(1.36, rel=0.04)
    assert per_s[Kind.UPDATE] == pytest.approx(52_547 / 180 / 86_400, rel=0.25)
    up, down = day.up_bytes, day.down_bytes
    reports = day.kind == Kind.REPORT
    assert (up[reports] >= 20).all()
    assert np.mean(up[reports]) == pytest.approx(32.91, rel=0.01)
    assert np.mean(down[reports] == traffic.ACKNOWLEDGEMENT_BYTES) == pytest.approx(0.5, abs=0.005)
    commands = day.kind == Kind.COMMAND
    assert (down[commands] == 20).all()
    assert np.mean(up[commands] != NOTHING) == pytest.approx(0.5, abs=0.01)
    updates = day.kind == Kind.UPDATE
    assert (up[updates] == NOTHING).all()
    assert ((down[updates] >= 200) & (down[updates] <= 2000)).all()


def test_windows_put_together_are_the_whole_day() -> None:
    generator = np.random.default_rng(2)
    population = Population(2_000, generator)
    whole = population.messages(0, DAY_US, generator)
    parts = [
        population.messages(hour * US_PER_H, (hour + 1) * US_PER_H, generator) for hour in range(24)
    ]
    assert np.array_equal(whole.time_us, np.concatenate([part.time_us for part in parts]))
    assert np.array_equal(whole.device, np.concatenate([part.device for part in parts]))
    assert (np.diff(whole.time_us) >= 0).all()


def test_single_devices_make_the_same_mix() -> None:
    kinds: Counter[Kind] = Counter()
    sizes, answered = [], 0
    for device in range(3_000):
        of_day = takewhile(
            lambda message: message.time_us < DAY_US, traffic.of_one_device(random.Random(device))
        )
        last_us = 0
        for message in of_day:
            assert message.time_us >= last_us
            last_us = message.time_us
            kinds[message.kind] += 1
            if message.kind is Kind.REPORT:
                sizes.append(message.up_bytes)
                answered += message.down_bytes != NOTHING
    total = kinds[Kind.REPORT] + kinds[Kind.COMMAND]
    # Few devices report every half hour and weigh much: some 2 % are one SE.
    assert total / 3_000 == pytest.approx(11.2, rel=0.08)
    assert kinds[Kind.REPORT] / total == pytest.approx(0.8, abs=0.04)
    assert np.mean(sizes) == pytest.approx(32.91, rel=0.02)
    assert answered / len(sizes) == pytest.approx(0.5, abs=0.02)


def test_no_device_reports_twice_within_its_interval() -> None:
    generator = np.random.default_rng(3)
    population = Population(500, generator)
    messages = population.messages(0, 2 * DAY_US, generator)
    own = messages.kind != Kind.UPDATE
    for device in range(500):
        gaps = np.diff(messages.time_us[own & (messages.device == device)])
        assert (gaps == gaps[:1]).all()
        assert set(gaps // US_PER_S) <= set(traffic.INTERVALS_S)


def test_path_loss_is_that_of_an_urban_macro_cell() -> None:
    assert path_loss_db(1000.0) == pytest.approx(120.9)
    assert path_loss_db(np.array([100.0, 1.0])) == pytest.approx([83.3, path_loss_db(35.0)])


def test_most_devices_in_buildings_are_in_class_0_and_few_beyond_all() -> None:
    losses = coupling_losses_db(100_000, np.random.default_rng(4))
    shares = np.bincount(class_number(losses)) / len(losses)
    assert shares == pytest.approx(CLASS_SHARES, abs=0.004)
    assert np.mean(losses > MAX_LOSS_DB) < 0.003


def test_walls_cost_what_their_class_says() -> None:
    outdoor, indoor, deep = (
        float(np.mean(coupling_losses_db(20_000, np.random.default_rng(5), place)))
        for place in (Place.OUTDOOR, Place.INDOOR, Place.DEEP_INDOOR)
    )
    assert indoor - outdoor == pytest.approx(15.4)
    assert deep - outdoor == pytest.approx(20.9)
