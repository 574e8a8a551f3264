"""A door: cards, lists, what it decides alone, and what its contact says."""

from collections.abc import Callable
from functools import partial

import pytest

from linli_hil.rig.bench import HUB_LATE_MS, Bench
from linli_protocol import access_list, codes, messages
from stories import (
    HOUR_MS,
    credential,
    events,
    give_list,
    join,
    need_clock_of_its_own,
    publish,
    releases,
    show,
)

pytestmark = pytest.mark.app("door")

KNOWN, UNKNOWN, LATER = 1001, 1002, 1003
RELAY_LIMIT_US = 50_000
RELEASE_MS = 5_000
PERMITTED_OPEN_MS = 10_000
OUTAGE_H = 120
CARD_EVERY_MS = HOUR_MS
# Longer than a card takes to be read and decided.
CARD_MS = 300


def ready(bench: Bench) -> None:
    """Have the door know one card, and nothing left to tell."""
    join(bench)
    give_list(bench, credential(KNOWN, 1))
    bench.pass_time(1_000, is_hub_there=True)
    bench.hub.heard.clear()


def test_a_known_card_releases_the_door_for_its_time(bench: Bench) -> None:
    ready(bench)
    shown_at = show(bench, KNOWN)
    assert bench.serve(lambda: events(bench, codes.GRANTED))
    assert events(bench, codes.GRANTED)[0]["subject"] == 1
    bench.pass_time(RELEASE_MS + 500, is_hub_there=True)
    assert bench.pins.state("strike") == 0
    strike = [each for each in bench.pins.changes(shown_at) if each[1] == "strike"]
    (opened, _, _), (closed, _, _) = strike
    assert abs(closed - opened - RELEASE_MS * 1000) < 500_000


def test_the_relay_follows_the_last_bit_within_50_ms(
    bench: Bench, record_property: Callable[[str, object], None]
) -> None:
    need_clock_of_its_own(bench)
    ready(bench)
    delays = []
    for _ in range(10):
        shown_at = show(bench, KNOWN)
        assert bench.serve(partial(releases, bench, shown_at))
        (released_at,) = releases(bench, shown_at)
        bench.pass_time(RELEASE_MS + 1_000, is_hub_there=True)
        delays.append(released_at - shown_at)
    record_property("last_bit_to_relay_ms", f"{max(delays) / 1000:.1f}")
    assert max(delays) <= RELAY_LIMIT_US


def test_an_unknown_card_is_denied_and_told(bench: Bench) -> None:
    ready(bench)
    shown_at = show(bench, UNKNOWN)
    assert bench.serve(lambda: events(bench, codes.DENIED_UNKNOWN))
    assert not releases(bench, shown_at)


def test_the_hub_changes_who_may_enter(bench: Bench) -> None:
    ready(bench)
    shown_at = show(bench, LATER)
    assert bench.serve(lambda: events(bench, codes.DENIED_UNKNOWN))
    assert not releases(bench, shown_at)
    publish(bench, (access_list.ADD, credential(LATER, 3)))
    shown_at = show(bench, LATER)
    assert bench.serve(lambda: releases(bench, shown_at))
    publish(bench, (access_list.REMOVE, credential(LATER, 3).token))
    bench.pass_time(RELEASE_MS + 500, is_hub_there=True)
    shown_at = show(bench, LATER)
    assert bench.serve(lambda: len(events(bench, codes.DENIED_UNKNOWN)) == 2)
    assert not releases(bench, shown_at)


def test_decisions_of_120_hours_alone_are_forwarded_exactly_once(bench: Bench) -> None:
    ready(bench)
    granted = denied = 0
    for number in range(OUTAGE_H * HOUR_MS // CARD_EVERY_MS):
        is_known = number % 3 != 0
        shown_at = show(bench, KNOWN if is_known else UNKNOWN)
        bench.pass_time(CARD_MS)
        assert len(releases(bench, shown_at)) == is_known
        granted += is_known
        denied += not is_known
        bench.pass_time(CARD_EVERY_MS - CARD_MS)

    def decisions() -> int:
        return len(events(bench, codes.GRANTED, codes.DENIED_UNKNOWN))

    assert bench.serve(lambda: decisions() >= granted + denied, 1800, HUB_LATE_MS)
    bench.pass_time(60_000, is_hub_there=True)
    assert len(events(bench, codes.GRANTED)) == granted
    assert len(events(bench, codes.DENIED_UNKNOWN)) == denied
    numbers = sorted(each["sequence"] for each in bench.hub.of(messages.EVENT))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_door_opened_without_leave_is_forced_until_it_is_shut(bench: Bench) -> None:
    ready(bench)
    bench.pins.drive("contact", 1)
    assert bench.serve(lambda: events(bench, codes.FORCED))
    bench.pins.drive("contact", 0)
    assert bench.serve(lambda: events(bench, codes.SECURED))


def test_a_door_that_stays_open_is_held(bench: Bench) -> None:
    ready(bench)
    shown_at = show(bench, KNOWN)
    assert bench.serve(lambda: releases(bench, shown_at))
    bench.pins.drive("contact", 1)
    bench.pass_time(PERMITTED_OPEN_MS - 1_000, is_hub_there=True)
    assert not events(bench, codes.HELD_OPEN)
    assert bench.serve(lambda: events(bench, codes.HELD_OPEN), 5)
    bench.pins.drive("contact", 0)
    assert bench.serve(lambda: events(bench, codes.SECURED))
    assert not events(bench, codes.FORCED)
