"""The budget: LoRaSim's energy, charges that add up, and what a simulated device draws."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities import lived
from linli_firmware.power import sleep_plan
from linli_hostsim.energy import (
    CELLS,
    CURRENTS,
    Activity,
    Budget,
    Hardware,
    Load,
    budget_of,
    current_ua,
    lora_transmit_ua,
    typical,
)
from linli_hostsim.energy.activity import RESTART_S
from linli_hostsim.energy.budget import SHELF_YEARS
from linli_hostsim.energy.simulated import budget_of_device
from linli_hostsim.recorder import Totals
from linli_hostsim.roster import Member
from linli_hostsim.scenario import Devices
from linli_protocol import codes

DAY_S = 86_400.0
CELL = CELLS["ER14505"]
METER = typical.HARDWARE[codes.METER]

LORA_ONLY = """
name = "battery"
description = "One meter and one button, over LoRa and over both"
households = 1
duration_h = 24.0
start = 2025-03-03T00:00:00

[[devices]]
kind = "meter"
count = 1
bearers = ["lora"]

[[devices]]
kind = "panic"
count = 1
bearers = ["lora"]

[[devices]]
kind = "panic"
count = 1
bearers = ["lora", "wifi"]

[[devices]]
kind = "door"
count = 1
bearers = ["ethernet"]

[[devices]]
kind = "panic"
count = 1
bearers = ["ethernet"]
"""


def test_energy_of_lorasims_experiment_4() -> None:
    sending = Load("sending", 1.318912, lora_transmit_ua("sx1276", 14.0))
    listening = Load("receiving", 1.0, current_ua("sx1276", "receive"))
    at_3_v = replace(CELL, volts=3.0)
    assert Budget(2.0, [sending], at_3_v).energy_j == pytest.approx(0.17410, abs=5e-6)
    assert Budget(2.0, [listening], at_3_v).energy_j == pytest.approx(0.0291)


def test_a_radio_draws_what_its_table_has_at_the_next_power_up() -> None:
    assert [lora_transmit_ua("sx1262", dbm) for dbm in (2, 14, 14.5, 22)] == [
        *(45_000, 45_000, 58_000, 118_000)
    ]
    with pytest.raises(ValueError, match="sx1276: 22 dBm is more than its 20 dBm"):
        lora_transmit_ua("sx1276", 22)


def test_every_current_has_a_source_and_sleep_is_less_than_running() -> None:
    assert all(row.source and row.ua > 0 for row in CURRENTS.values())
    for board in ("esp32", "esp32s3", "esp32c3", "esp32c6"):
        deep, light, running = (
            current_ua(board, state) for state in ("deep sleep", "light sleep", "running")
        )
        assert deep < light < current_ua(board, "wifi associated") < running


def test_the_boards_plan_uses_the_tables_figures() -> None:
    plan = sleep_plan.DEFAULTS
    for setting, state in (
        ("awake_ua", "running"),
        ("light_ua", "light sleep"),
        ("deep_ua", "deep sleep"),
    ):
        assert plan[setting] == current_ua("esp32c3", state)
    restart = budget_of(
        Hardware("esp32c3", "deep sleep", CELL, lora="sx1262"), Activity(RESTART_S, restarts=1)
    )
    assert plan["restart_uc"] == pytest.approx(restart.charge_c * 1e6, rel=0.01)


def test_a_cell_that_only_sleeps_lasts_what_its_charge_gives() -> None:
    asleep = Budget(DAY_S, [Load("asleep", DAY_S, 100)], replace(CELL, self_discharge=0.0))
    assert asleep.mean_ua == pytest.approx(100)
    assert asleep.life_years == pytest.approx(2_400 * 0.85 / 0.1 / 24 / 365.25)


def test_nothing_lasts_longer_than_the_shelf_life() -> None:
    assert Budget(DAY_S, [], replace(CELL, self_discharge=0.0001)).life_years == SHELF_YEARS


def test_warmth_shortens_the_life() -> None:
    lives = [budget_of(METER, Activity(DAY_S), celsius).life_years for celsius in (0, 20, 40)]
    assert lives == sorted(lives, reverse=True)
    assert CELL.lost_c_per_year(30) == pytest.approx(2 * CELL.lost_c_per_year(20))


SOMETHING = st.builds(
    Activity,
    span_s=st.just(DAY_S),
    awake_s=st.floats(0, 10_000),
    pulses=st.integers(0, 100_000),
    restarts=st.integers(0, 1_000),
    lora_transmit_s=st.floats(0, 1_000),
    lora_receive_s=st.floats(0, 1_000),
    wifi_transmit_s=st.floats(0, 100),
    ble_transmit_s=st.floats(0, 100),
    nbiot_transmit_s=st.floats(0, 100),
    nbiot_receive_s=st.floats(0, 1_000),
    nbiot_idle_s=st.floats(0, 1_000),
    valve_s=st.floats(0, 100),
    led_s=st.floats(0, 1_000),
    buzzer_s=st.floats(0, 100),
)
ALL_RADIOS = replace(METER, nbiot="bc66")


@given(SOMETHING)
def test_shares_add_up_and_the_processor_is_always_in_one_state(did: Activity) -> None:
    budget = budget_of(ALL_RADIOS, did)
    shares = budget.shares()
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    processor = {"light sleep", "awake", "counting pulses", "restarting"}
    spent_s = sum(load.seconds for load in budget.loads if load.state in processor)
    assert spent_s == pytest.approx(DAY_S)


@given(SOMETHING, st.sampled_from(["pulses", "restarts", "lora_transmit_s", "valve_s", "led_s"]))
def test_whoever_does_more_lasts_less(did: Activity, what: str) -> None:
    more = replace(did, **{what: getattr(did, what) + 10})
    assert budget_of(METER, more).life_years < budget_of(METER, did).life_years


def test_pulses_do_not_wake_a_meter_that_counts_asleep() -> None:
    ulp = replace(METER, board="esp32s3", sleep="deep sleep, ulp")
    assert budget_of(ulp, Activity(DAY_S, pulses=300)) == budget_of(ulp, Activity(DAY_S))


def test_an_overfull_day_is_refused() -> None:
    with pytest.raises(ValueError, match="10 s more than the 86400 s there are"):
        budget_of(METER, Activity(DAY_S, awake_s=DAY_S + 10))


def test_a_simulated_radio_draws_for_each_frame_by_the_power_it_went_with() -> None:
    member = Member(1, codes.METER, 0, Devices(kind="meter", count=1, bearers=("lora",)))
    radio = SimpleNamespace(
        transmit_us={17.0: 50_000_000, 7.0: 30_000_000, 13.0: 20_000_000},
        receive_us=0,
        awake_us=100_000_000,
    )
    app = SimpleNamespace(forward_ml=7_000, config={"pulse_ml": 1_000})
    budget = budget_of_device(member, app, cast(Any, radio), None, None, DAY_S)
    assert budget is not None
    # As if it had sent at full power for 100 s, but for the charge of the weaker frames.
    did = Activity(DAY_S, 100 + 24 * typical.FREEZE_S, 7, 0, 100.0, 17.0)
    at_17, at_13, at_7 = (lora_transmit_ua(METER.lora or "", dbm) for dbm in (17.0, 13.0, 7.0))
    assert at_17 > at_13 >= at_7
    saved_c = (20 * (at_17 - at_13) + 30 * (at_17 - at_7)) / 1e6
    assert budget.charge_c == pytest.approx(budget_of(METER, did).charge_c - saved_c)


def _energy(totals: Totals) -> float:
    return totals.energy_j


def test_a_simulated_device_draws_by_the_same_budget() -> None:
    community = lived(LORA_ONLY, DAY_S / 3600)
    totals = community.recorder.totals_of
    of_kind: dict[int, list[int]] = {}
    for device, kind in sorted(community.recorder.kinds.items()):
        of_kind.setdefault(kind, []).append(device)
    (meter,), (door,) = of_kind[codes.METER], of_kind[codes.DOOR]
    buttons = sorted((totals[device] for device in of_kind[codes.PANIC]), key=_energy)
    on_ethernet, on_lora, on_both = buttons
    assert totals[door].energy_j == on_ethernet.energy_j == 0.0
    assert totals[door].battery_years is on_ethernet.battery_years is None
    # Light sleep alone takes 53 µA of a day's 3.6 V; one join and one report add little.
    asleep_j = DAY_S * 53e-6 * 3.6
    assert asleep_j < totals[meter].energy_j < 1.5 * asleep_j
    assert totals[meter].battery_years == pytest.approx(3.6, abs=0.3)
    assert on_both.battery_years == pytest.approx(0.4, abs=0.1)
    assert on_lora.battery_years and 5 < on_lora.battery_years < SHELF_YEARS
