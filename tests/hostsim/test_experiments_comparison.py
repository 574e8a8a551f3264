"""Scenarios compared in pairs: verdicts are right, and residents live alike in both of a pair."""

import numpy as np
import pytest
from scipy import stats

from communities import begun, lived
from linli_hostsim import scenario
from linli_hostsim.centre import Centre
from linli_hostsim.clockwork import US_PER_H, now_us
from linli_hostsim.experiments.comparison import Verdict, compare
from linli_hostsim.experiments.intervals import mean_interval
from linli_hostsim.experiments.settings import with_settings
from linli_hostsim.twins import DoorTwin, MeterTwin, PanicTwin, Twin
from linli_protocol import codes

EXPERIMENTS = 2000


def test_what_pairs_share_cancels_out() -> None:
    generator = np.random.default_rng(1)
    shared = generator.normal(100.0, 10.0, 10)
    first = (shared + generator.normal(0.0, 0.1, 10)).tolist()
    second = (shared + 1.0 + generator.normal(0.0, 0.1, 10)).tolist()
    found = compare(first, second, "less")
    assert found.difference is not None
    assert found.difference.low < 1.0 < found.difference.high
    assert found.difference.half_width < mean_interval(first).half_width / 20
    assert found.verdict is Verdict.WORSE
    assert compare(first, second, "more").verdict is Verdict.BETTER
    assert compare(second, first, "less").verdict is Verdict.BETTER
    # Held against the wrong partners they show nothing.
    assert compare(first, second[1:] + second[:1], "less").verdict is Verdict.NOT_SHOWN


def test_a_difference_that_is_none_is_shown_in_one_of_twenty() -> None:
    draws = np.random.default_rng(2).normal(size=(EXPERIMENTS, 2, 10))
    shown = sum(
        compare(first, second, "less").verdict is not Verdict.NOT_SHOWN
        for first, second in draws.tolist()
    )
    assert 1e-4 < stats.binom.cdf(shown, EXPERIMENTS, 0.05) < 1 - 1e-4


def test_only_pairs_of_which_both_are_there_are_compared() -> None:
    found = compare([1.0, None, 2.0, 3.0], [2.0, 9.0, None, 4.0], "less")
    assert found.n == (3, 3)
    assert found.means == (2.0, 5.0)
    assert found.difference is not None
    assert (found.difference.mean, found.difference.n) == (1.0, 2)
    assert compare([1.0, None], [None, 1.0], "less").verdict is Verdict.TOO_FEW
    assert compare([None], [None], "less").means == (None, None)


def test_pairs_without_any_difference_are_told_from_such_as_show_none() -> None:
    assert compare([1.0, 2.0], [1.0, 2.0], "less").verdict is Verdict.EQUAL
    assert compare([1.0, 2.0], [2.0, 1.0], "less").verdict is Verdict.NOT_SHOWN


# A community with many bearers, busy doors, strangers and leaks, from seven in the morning.
BASE = with_settings(
    scenario.read("tiny"),
    {
        "people.entries_per_person_day": 10.0,
        "people.unknown_card_share": 0.2,
        "people.leak_share": 0.4,
    },
)
HOURS = 2

# Each changes what becomes of packets, or how many devices there are, but nobody's life.
CHANGES: dict[str, dict[str, object]] = {
    "more gateways": {"lora.gateways": 7},
    "buttons over LoRa alone": {"panic.bearers": ["lora"]},
    "buttons over NB-IoT": {"panic.bearers": ["nbiot", "wifi"]},
    "meters over Wi-Fi, every five minutes": {
        "meter.bearers": ["wifi"],
        "meter.app.report_interval_s": 300,
    },
    "more meters and buttons": {"meter.count": 9, "panic.count": 6},
    "lossy networks, a slow hub": {
        "ethernet.loss": 0.2,
        "wifi.loss": 0.2,
        "rs485.loss": 0.2,
        "hub.processing_ms": 30.0,
    },
    "doors of another building on LoRa": {"devices.1.bearers": ["lora"]},
}

Lives = dict[int, list[tuple[object, ...]]]


def lives(monkeypatch: pytest.MonkeyPatch, text: str, seed: int) -> Lives:
    """What people do at each device, and when: they come, draw water, press, open and close."""
    seen: Lives = {}

    def note(kind: type[Twin], name: str) -> None:
        original = getattr(kind, name)

        def noting(twin: Twin, *what: object) -> None:
            row = (now_us(twin._env), name, *what)
            seen.setdefault(twin.device, []).append(row)
            original(twin, *what)

        monkeypatch.setattr(kind, name, noting)

    note(DoorTwin, "person")
    note(DoorTwin, "_open")
    note(DoorTwin, "_show_card")
    note(MeterTwin, "draw")
    note(PanicTwin, "press")
    described = scenario.parse(text, "test")
    begun(text, seed, described.start.hour).env.run(until=HOURS * US_PER_H)
    monkeypatch.undo()
    return seen


@pytest.mark.parametrize("change", CHANGES)
def test_people_live_alike_whatever_carries_their_messages(
    monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    base = lives(monkeypatch, BASE, 5)
    changed = lives(monkeypatch, with_settings(BASE, CHANGES[change]), 5)
    assert set(base) <= set(changed)
    assert min(map(len, base.values())) >= 1
    for device, life in base.items():
        # Until a door has its list it lets nobody in, which takes longer over LoRa.
        own = [row for row in life if row[1] != "_open" or row[0] > US_PER_H]
        other = [row for row in changed[device] if row[1] != "_open" or row[0] > US_PER_H]
        assert own == other, device


def test_another_seed_is_another_life(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (lives(monkeypatch, BASE, seed) for seed in (5, 6))
    for device in set(one) & set(other):
        assert one[device] != other[device]


def test_more_strangers_change_nothing_for_residents(monkeypatch: pytest.MonkeyPatch) -> None:
    few = lives(monkeypatch, with_settings(BASE, {"people.unknown_card_share": 0.1}), 5)
    many = lives(monkeypatch, with_settings(BASE, {"people.unknown_card_share": 0.5}), 5)
    came = 0
    for device, life in many.items():
        passages = [row for row in life if row[1] == "person"]
        before = [row for row in few[device] if row[1] == "person"]
        assert [row[0] for row in passages] == [row[0] for row in before]
        for now, then in zip(passages, before, strict=True):
            if now[2].entering and now[2].credential is not None:
                assert now == then
                came += 1
    assert came > 50


def test_radios_keep_their_channels_where_gateways_are_added() -> None:
    few, many = (
        begun(with_settings(BASE, {"lora.gateways": gateways}), 5)._networks["lora"].radios
        for gateways in (2, 7)
    )
    for device, radio in few.items():
        channels = [radio._choose_channel(0) for _ in range(20)]
        assert channels == [many[device]._choose_channel(0) for _ in range(20)]


def test_an_incident_is_answered_alike_whatever_came_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answers_us(text: str) -> dict[tuple[int, int], int]:
        taken_us: dict[tuple[int, int], int] = {}
        after_us: dict[tuple[int, int], int] = {}
        take, advance = Centre.take, Centre._advance

        def noting_take(self: Centre, *incident: int) -> None:
            taken_us[incident] = now_us(self._env)
            take(self, *incident)

        def noting_advance(self: Centre, device: int, incident: int, state: int) -> None:
            if state == codes.HELP_COMING:
                after_us[device, incident] = now_us(self._env) - taken_us[device, incident]
            advance(self, device, incident, state)

        monkeypatch.setattr(Centre, "take", noting_take)
        monkeypatch.setattr(Centre, "_advance", noting_advance)
        lived(text, 6, 5, hour=7)
        monkeypatch.undo()
        return after_us

    one = answers_us(BASE)
    # Alarms of one more button come in between.
    other = answers_us(with_settings(BASE, {"panic.count": 4}))
    assert set(one) < set(other)
    assert {incident: other[incident] for incident in one} == one
