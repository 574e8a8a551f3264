"""The same community as twins, as a cohort, and as both: it fares alike within stated bounds."""

from collections import defaultdict
from pathlib import Path

import pytest

from linli_hostsim.replay.csv_rows import ReplayError
from linli_hostsim.results import Results
from linli_hostsim.run import run
from linli_hostsim.scenario import ScenarioError, is_cohort, parse
from linli_hostsim.summary import KindSummary

# Nothing but registers is reported: a leak's events are not the cohort's.
HEAD = """
name = "town"
description = "Meters over LoRa"
households = 250
[people]
leak_share = 0.0
"""
LORA = """
[lora]
gateways = 9
"""
# Slow frames at gateways that hear everybody and have two demodulators: much is repeated.
CROWDED = """
[lora]
demodulators = 2
margin_db = 40.0
path_exponent = 1.6
shadowing_db = 0.0
gateways = 2
"""
OUTAGES = """
[[faults.nodes]]
at_h = 3.0
[[faults.backhaul]]
at_h = 5.0
minutes = 15.0
gateway = 4
[[faults.backhaul]]
at_h = 8.0
minutes = 8.0
"""


def group(kind: str, count: int, fidelity: str, **app: int) -> str:
    settings = ", ".join(f"{key} = {value}" for key, value in app.items())
    return (
        f'[[devices]]\nkind = "{kind}"\ncount = {count}\nbearers = ["lora"]\n'
        f'fidelity = "{fidelity}"\napp = {{ {settings} }}\n'
    )


def meters(fidelity: str, count: int = 200, interval_s: int = 3600) -> str:
    return group("meter", count, fidelity, report_interval_s=interval_s)


def lived(text: str, hours: float, seed: int = 1) -> Results:
    return run(parse(text, "town"), scenario_toml=text, seed=seed, hours=hours)


def summary(results: Results, kind: str = "meter") -> KindSummary:
    return next(found for found in results.kinds if found.kind == kind)


def packets(results: Results, direction: str) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for way, fate, number in zip(
        *(results.tables["fates"][name] for name in ("direction", "fate", "packets")), strict=True
    ):
        if way == direction:
            found[fate] += int(number)
    return found


def bytes_sent(results: Results, direction: str) -> int:
    air = results.tables["airtime_by_hour"]
    return int(air["bytes"][air["direction"] == direction].sum())


def lost(results: Results) -> int:
    """Return how many uplinks were lost to others on the air."""
    ups = packets(results, "up")
    return sum(ups[fate] for fate in ("collided", "no demodulator", "gateway transmitting"))


def fares_alike(twins: Results, cohort: Results) -> None:
    """Assert what docs/models/cohorts.md states of a community that is well reached."""
    one, other = summary(twins), summary(cohort)
    assert not len(cohort.tables["latencies"]["device"])
    assert other.devices == one.devices
    assert other.offered == pytest.approx(one.offered, rel=0.003)
    assert other.delivered / other.offered == pytest.approx(one.delivered / one.offered, abs=0.002)
    p50, p99 = other.latency.p50_us, other.latency.p99_us
    assert p50 == pytest.approx(one.latency.p50_us, rel=0.05)
    assert p99 == pytest.approx(one.latency.p99_us, rel=0.15)
    assert bytes_sent(cohort, "up") == pytest.approx(bytes_sent(twins, "up"), rel=0.03)
    assert bytes_sent(cohort, "down") == pytest.approx(bytes_sent(twins, "down"), rel=0.03)
    assert other.bytes_on_air == pytest.approx(one.bytes_on_air, rel=0.03)
    assert other.energy_j == pytest.approx(one.energy_j, rel=0.03)
    assert other.battery_years_p50 == pytest.approx(one.battery_years_p50, rel=0.05)


def test_meters_fare_alike_one_by_one_and_as_a_cohort() -> None:
    # More than a day, so that all are told the time.
    twins, cohort = (lived(HEAD + CROWDED + meters(kind), 30) for kind in ("twin", "cohort"))
    fares_alike(twins, cohort)
    # Not so calm that it says little.
    assert lost(twins) > 100
    assert lost(cohort) == pytest.approx(lost(twins), rel=0.3)


def test_outages_of_gateways_and_hub_are_the_same_for_both() -> None:
    text = HEAD + LORA + OUTAGES
    twins, cohort = (lived(text + meters(kind), 10) for kind in ("twin", "cohort"))
    one, other = packets(twins, "up"), packets(cohort, "up")
    assert one["link down"] > 50
    assert other["link down"] == pytest.approx(one["link down"], rel=0.2)
    assert one["service down"] > 0
    assert other["service down"] == pytest.approx(one["service down"], abs=8)
    assert summary(cohort).outstanding == summary(twins).outstanding == 0
    assert summary(cohort).latency.p99_us == pytest.approx(summary(twins).latency.p99_us, rel=0.2)
    assert cohort.tables["interruptions"]["end_us"].tolist() == [3 * 3600_000_000 + 35_000_000]


def test_buttons_and_a_cohort_of_meters_share_the_air_and_gateways() -> None:
    buttons = group("panic", 40, "twin", heartbeat_s=600)
    alone, few = (lived(HEAD + CROWDED + part, 3) for part in (buttons, meters("cohort")))
    twins, mixed = (
        [lived(HEAD + CROWDED + buttons + meters(kind), 3, seed) for seed in (1, 2, 3)]
        for kind in ("twin", "cohort")
    )
    # Each suffers from the others, as much as if all were twins.
    for kind, by_itself in (("panic", alone), ("meter", few)):
        among, all_twins = (
            sum(summary(each, kind).retransmissions for each in runs) for runs in (mixed, twins)
        )
        assert among > 1.5 * len(mixed) * summary(by_itself, kind).retransmissions
        assert among == pytest.approx(all_twins, rel=0.35)
    assert sum(map(lost, mixed)) == pytest.approx(sum(map(lost, twins)), rel=0.25)
    among, all_twins = (
        sum(sum(packets(each, "up").values()) for each in runs) for runs in (mixed, twins)
    )
    assert among == pytest.approx(all_twins, rel=0.05)
    # Alarms and heartbeats have rows of their own, readings are counted.
    assert set(mixed[0].tables["latencies"]["kind"]) == {"panic"}
    assert set(mixed[0].tables["latency_bins"]["kind"]) == {"meter"}


def test_a_cohort_is_the_same_each_time_and_another_with_another_seed() -> None:
    text = HEAD + LORA + meters("cohort")
    one, same, other = (lived(text, 5, seed) for seed in (1, 1, 2))
    for table, columns in one.tables.items():
        for name, column in columns.items():
            assert column.tolist() == same.tables[table][name].tolist()
    assert summary(one).bytes_on_air != summary(other).bytes_on_air


@pytest.mark.parametrize(
    ("text", "cohorts"),
    [
        (meters("auto", 9_000) + group("panic", 1_000, "auto"), set()),
        (meters("auto", 9_000) + group("panic", 1_001, "auto"), {"meter"}),
        (meters("twin", 9_000) + meters("auto", 2_000, 7200), {"meter"}),
        (meters("auto", 11_000) + "[faults]\n[[faults.jamming]]\nat_h = 1.0\n", set()),
        (meters("cohort", 10), {"meter"}),
    ],
    ids=["few", "many", "some of them", "many that are jammed", "as it says"],
)
def test_auto_makes_a_cohort_of_many_that_can_be_one(text: str, cohorts: set[str]) -> None:
    described = parse(HEAD + text, "town")
    chosen = [each for each in described.devices if is_cohort(described, each)]
    assert {each.kind for each in chosen} == cohorts
    assert all(each.fidelity != "twin" for each in chosen)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (group("panic", 5, "cohort"), "of kind panic: a cohort models meters with bearers"),
        (meters("cohort").replace('"lora"]', '"lora", "wifi"]'), "of kind meter: a cohort models"),
        (meters("cohort", interval_s=1800), "a report_interval_s from 3600 to 86400 only"),
        ("[lora]\nadr = true\noff_time = true\n" + meters("cohort"), "lora.adr, lora.off_time"),
        ("[backhaul]\nbase_ms = 600.0\n" + meters("cohort"), "answers within 1000 ms"),
        (meters("cohort") + "[[faults.jamming]]\nat_h = 1.0\n", "does not model faults.jamming"),
    ],
)
def test_what_a_cohort_cannot_be_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match='fidelity = "cohort"') as raised:
        parse(HEAD + text, "town")
    assert reason in str(raised.value)


def test_a_cohort_replays_no_water(tmp_path: Path) -> None:
    text = HEAD + LORA + meters("cohort")
    file = tmp_path / "hourly.csv"
    with pytest.raises(ReplayError, match=r'hourly\.csv: a cohort replays no water.*"twin"'):
        run(parse(text, "town"), scenario_toml=text, water=file)
