"""What takes two persons is done by two, once, and what became of it is written down."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from desk_site import (
    BUTTON,
    DOOR,
    METER,
    At,
    answering,
    at_desk,
    configuration,
    connected,
    got,
    said,
)
from linli_hub.desk import Forbidden, NotFound, Refused, operations
from linli_hub.live import leaving
from linli_hub.people import Entry, Operation
from linli_hub.people.proposals import LIFETIME_US
from linli_hub.privacy import Purpose
from linli_protocol import codes, deltas, keys, messages
from tcp_device import TcpDevice, unacknowledged

RELEASE = Operation.DOOR_RELEASE, {"device": DOOR}, "locked out"


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ANSWER_S", 0.3)


async def newest(at: At) -> Entry:
    [entry] = await at.desk.proposals(at.people["lin"], limit=1)
    return entry


async def commands(at: At) -> int:
    return at.kinds().count("command")


def test_two_operators_release_a_door_and_its_answer_is_the_outcome(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "ANSWER_S", 10.0)

    async def story() -> None:
        async with at_desk(settings) as at, connected(at, DOOR, codes.DOOR) as door:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            with pytest.raises(Refused, match="proposal 1 is wang's own"):
                await at.desk.approve(at.people["wang"], made.number)
            assert await commands(at) == 0
            answer = asyncio.create_task(answering(door))
            outcome = await at.desk.approve(at.people["zhao"], made.number)
            assert outcome == "command 0 to 00000011: done"
            assert (await answer)["operation"] == codes.RELEASE_DOOR
            entry = await newest(at)
            assert (entry.state, entry.by, entry.outcome) == ("proposal done", "zhao", outcome)
            with pytest.raises(Refused, match="no proposal 1 waits"):
                await at.desk.approve(at.people["lin"], made.number)

    asyncio.run(story())


def test_two_who_approve_at_once_have_it_done_once(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            names = ("zhao", "lin")
            found = await asyncio.gather(
                *(at.desk.approve(at.people[name], made.number) for name in names),
                return_exceptions=True,
            )
            assert sorted(type(each).__name__ for each in found) == ["Refused", "str"]
            assert await commands(at) == 1

    asyncio.run(story())


def test_whoever_gives_up_waiting_has_it_done_all_the_same(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            waiting = asyncio.ensure_future(at.desk.approve(at.people["zhao"], made.number))
            await asyncio.sleep(0)
            waiting.cancel()
            while (await newest(at)).state != "proposal done":
                await asyncio.sleep(0.05)
            assert await commands(at) == 1

    asyncio.run(story())


def test_what_waits_is_approved_after_a_restart_and_what_was_interrupted_is_not_done(
    settings: Any,
) -> None:
    async def before() -> None:
        async with at_desk(settings) as at:
            await at.desk.propose(at.people["wang"], *RELEASE)
            interrupted = await at.desk.propose(at.people["wang"], *RELEASE)
            # The hub ends between the second person's word and the deed.
            body = {"proposal": interrupted.number, "by": "zhao"}
            at.site.proposals.approve(interrupted.number, "zhao", at.running.clock.unix_us())
            at.site.tell("proposal approved", body, at.running.clock.unix_us())

    async def after() -> None:
        async with at_desk(settings) as at:
            with pytest.raises(Refused):
                await at.desk.approve(at.people["zhao"], 2)
            assert await commands(at) == 0
            assert "no answer yet" in await at.desk.approve(at.people["zhao"], 1)
            assert await commands(at) == 1
            states = [each.state for each in await at.desk.proposals(at.people["kong"])]
            assert states == ["proposal approved", "proposal done"]

    asyncio.run(before())
    asyncio.run(after())


def test_nobody_approves_in_time_and_the_loop_writes_that_down(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            at.later(LIFETIME_US / 1e6)
            with pytest.raises(Refused, match=r"older than 15 min|no proposal 1 waits"):
                await at.desk.approve(at.people["zhao"], made.number)
            while (await newest(at)).state != "proposal expired":
                await asyncio.sleep(0.05)
            assert await commands(at) == 0

    asyncio.run(story())


def test_a_proposal_is_withdrawn_by_its_person_or_declined_by_a_second_one(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            own = await at.desk.propose(at.people["ian"], *RELEASE)
            with pytest.raises(Forbidden):
                await at.desk.withdraw(at.people["kong"], own.number)
            await at.desk.withdraw(at.people["ian"], own.number)
            declined = await at.desk.propose(at.people["ian"], *RELEASE)
            await at.desk.withdraw(at.people["wang"], declined.number)
            assert ((await newest(at)).state, (await newest(at)).by) == (
                "proposal withdrawn",
                "wang",
            )

    asyncio.run(story())


def test_what_somebody_proposed_who_has_left_is_not_done(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            await at.desk.set_role(at.people["lin"], "wang", None)
            with pytest.raises(Refused, match="wang, whose proposal 1 is"):
                await at.desk.approve(at.people["zhao"], made.number)
            assert await commands(at) == 0

    asyncio.run(story())


@pytest.mark.parametrize(
    ("operation", "arguments", "why"),
    [
        (Operation.DOOR_RELEASE, {"device": METER}, "00000022 is a meter, not a door"),
        (Operation.DOOR_RELEASE, {"device": 99}, "00000063 is not enrolled"),
        (Operation.DOOR_RELEASE, {"device": "11"}, "'11' is not enrolled"),
        (Operation.DOOR_RELEASE, {"device": DOOR, "how": 1}, "how: unknown argument"),
        (Operation.VALVE, {"device": METER, "state": "ajar"}, "'ajar' is none of open, closed"),
        (Operation.VALVE, {"device": DOOR, "state": "open"}, "00000011 is a door, not a meter"),
        (Operation.BULK_EXPORT, {"what": "names"}, "'names' is none of readings, passages"),
        (
            Operation.BULK_EXPORT,
            {"what": "readings", "begin_s": 0, "end_s": 10, "k": 1},
            "k: 1 is below 2",
        ),
        (Operation.BULK_EXPORT, {"what": "readings", "begin_s": 0}, "end_s: None is no whole"),
        (Operation.DECOMMISSION, {"device": DOOR, "lost": 1}, "lost: 1 is neither"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_second_person_is_asked(
    settings: Any, operation: Operation, arguments: dict[str, Any], why: str
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            with pytest.raises((Refused, NotFound), match=why):
                await at.desk.propose(at.people["lin"], operation, arguments, "a reason")
            with pytest.raises(Refused, match="needs a reason"):
                await at.desk.propose(at.people["lin"], *RELEASE[:2], " ")
            assert await at.desk.proposals(at.people["lin"]) == []

    asyncio.run(story())


def test_a_device_on_a_way_that_the_hub_has_not_is_not_commanded(settings: Any) -> None:
    async def before() -> None:
        async with at_desk(settings) as at:
            await at.desk.propose(at.people["wang"], *RELEASE)

    async def after() -> None:
        async with at_desk(settings) as at:
            at.running.engine.retire(DOOR)
            outcome = await at.desk.approve(at.people["zhao"], 1)
            assert outcome == "not done: 00000011 is on no way that hub.toml has"

    asyncio.run(before())
    asyncio.run(after())


def test_a_valve_is_closed(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            closed = Operation.VALVE, {"device": METER, "state": "closed"}, "burst"
            made = await at.desk.propose(at.people["wang"], *closed)
            outcome = await at.desk.approve(at.people["zhao"], made.number)
            assert outcome == "command 0 to 00000022: no answer yet"
            assert (await got(meter, messages.COMMAND))["operation"] == codes.CLOSE_VALVE

    asyncio.run(story())


def test_a_key_waits_for_its_proposer_and_is_shown_once(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            asked = Operation.KEY_EXPORT, {"device": DOOR}, "a board was replaced"
            made = await at.desk.propose(at.people["ian"], *asked)
            outcome = await at.desk.approve(at.people["lin"], made.number)
            assert outcome == "the root key of 00000011 waits for ian"
            with pytest.raises(Refused, match="is ian's to collect"):
                await at.desk.collect(at.people["lin"], made.number)
            handed = await at.desk.collect(at.people["ian"], made.number)
            key = keys.root_key(at.site.community_key, DOOR, 0).hex()
            assert handed == {"device": "00000011", "generation": 0, "root_key": key}
            with pytest.raises(NotFound):
                await at.desk.collect(at.people["ian"], made.number)
            trail = await at.desk.audit(at.people["kong"], "ian", "access")
            assert [each.told["what"] for each in trail] == ["key export"]
            assert key not in repr(await at.desk.audit(at.people["kong"]))

    asyncio.run(story())


def test_what_is_not_collected_in_time_is_gone(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            asked = Operation.KEY_EXPORT, {"device": DOOR}, "a board was replaced"
            made = await at.desk.propose(at.people["ian"], *asked)
            await at.desk.approve(at.people["lin"], made.number)
            at.later(LIFETIME_US / 1e6)
            with pytest.raises(NotFound, match="nothing to collect"):
                await at.desk.collect(at.people["ian"], made.number)

    asyncio.run(story())


async def use_water(at: At, homes: range, unasked: int) -> None:
    """Have a meter in each of `homes` tell its hours; all consent but `unasked`."""
    lin = at.people["lin"]
    for home in homes:
        meter = 0x100 + home
        await at.desk.enrol(lin, meter, "meter", ["tcp"])
        await at.desk.place(lin, meter, home, "hemu/3/5")
        given = home != unasked
        await at.desk.consent(lin, home, Purpose.CONSUMPTION_PROFILE, True, "signed form")
        async with connected(at, meter, codes.METER) as device:
            told = {"time": 1_790_000_000, "deltas": deltas.encode([3, 4]), "volume_l": 10}
            await said(device, messages.READINGS, told)
        if not given:
            await at.desk.consent(lin, home, Purpose.CONSUMPTION_PROFILE, False, "by letter")


def test_a_bulk_export_is_anonymous_and_has_only_who_consents(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            await use_water(at, range(20, 25), unasked=24)
            asked = {"what": "readings", "begin_s": 1_789_990_000, "end_s": 1_790_000_000, "k": 4}
            made = await at.desk.propose(
                at.people["wang"], Operation.BULK_EXPORT, asked, "for the university"
            )
            outcome = await at.desk.approve(at.people["zhao"], made.number)
            assert outcome.startswith("8 rows of readings wait for wang, 0 suppressed, k = 4")
            handed = await at.desk.collect(at.people["wang"], made.number)
            assert handed["columns"] == ["time", "place", "volume"]
            assert {row[1] for row in handed["rows"]} == {"hemu/3/5"}
            asked = {**asked, "k": 5}
            made = await at.desk.propose(
                at.people["wang"], Operation.BULK_EXPORT, asked, "for the university"
            )
            outcome = await at.desk.approve(at.people["zhao"], made.number)
            assert outcome.startswith("0 rows of readings wait for wang, 8 suppressed, k = 5")

    asyncio.run(story())


async def decommissioned(at: At, **lost: bool) -> str:
    arguments = {"device": BUTTON, **lost}
    made = await at.desk.propose(at.people["ian"], Operation.DECOMMISSION, arguments, "moved out")
    return await at.desk.approve(at.people["lin"], made.number)


async def until_gone(at: At) -> None:
    while BUTTON in at.site.registry:
        await asyncio.sleep(0.05)
    assert BUTTON not in at.running.engine.core.peers


async def farewell(button: TcpDevice) -> None:
    fields = await answering(button, messages.DECOMMISSION)
    assert fields["device"] == BUTTON


def test_a_device_destroys_what_it_holds_and_then_is_served_no_more(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "ANSWER_S", 10.0)
    monkeypatch.setattr(leaving, "GRACE_MS", 300)

    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            answer = asyncio.create_task(farewell(button))
            assert await decommissioned(at) == "command 0 to 00000033: done"
            await answer
            assert BUTTON in at.site.registry
            await until_gone(at)
            [retired] = await at.desk.audit(at.people["kong"], kind="retired")
            assert (retired.by, retired.told["device"]) == ("lin", BUTTON)

    asyncio.run(story())


def test_a_device_that_has_left_is_retired_after_a_restart(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            assert "no answer yet" in await decommissioned(at)
            await farewell(button)
            assert BUTTON in at.site.registry

    async def after() -> None:
        monkeypatch.setattr(leaving, "GRACE_MS", 0)
        async with at_desk(settings) as at:
            await until_gone(at)

    asyncio.run(before())
    asyncio.run(after())


def test_a_lost_device_is_served_no_more_at_once(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            outcome = await decommissioned(at, lost=True)
            assert outcome.startswith("00000033 is served no more")
            await until_gone(at)
            alarm = {"incident": 1, "time": 1, "cause": codes.PRESS, "presses": 1}
            button.send(messages.ALARM, alarm)
            await asyncio.sleep(0.3)
            assert unacknowledged(button)
            assert await at.desk.incidents(at.people["wang"]) == []

    asyncio.run(story())


def test_an_operation_that_breaks_is_done_with_and_says_so(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Awaitable[Any]:
        raise ZeroDivisionError

    async def story() -> None:
        async with at_desk(settings) as at:
            made = await at.desk.propose(at.people["wang"], *RELEASE)
            monkeypatch.setattr(at.running, "command", broken)
            outcome = await at.desk.approve(at.people["zhao"], made.number)
            assert outcome == "failed: ZeroDivisionError"
            assert (await newest(at)).outcome == outcome

    asyncio.run(story())
