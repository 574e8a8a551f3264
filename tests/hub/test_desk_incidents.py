"""A call for help at the desk: seen, acknowledged, on its way to the button, closed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desk_site import BUTTON, At, at_desk, configuration, connected, got, said
from linli_hub.desk import CallForHelp, NotFound, Refused
from linli_protocol import codes, messages
from tcp_device import TcpDevice

ALARM = {"incident": 7, "time": 1_790_000_000, "cause": codes.FALL, "presses": 1}


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


async def pressed(at: At, button: TcpDevice, **fields: int) -> CallForHelp:
    """Have the button pressed, and return the call as an operator sees it."""
    await said(button, messages.ALARM, {**ALARM, **fields})
    while not (calls := await at.desk.incidents(at.people["wang"])):
        await asyncio.sleep(0.05)
    return calls[0]


def test_a_call_is_seen_with_all_that_help_needs(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            call = await pressed(at, button)
            assert (call.cause, call.presses, call.place) == (codes.FALL, 1, "hemu/3/5")
            assert (call.incident.device, call.incident.state) == (BUTTON, 0)
            assert (await at.desk.site(at.people["wang"])).open_incidents == 1
            # Repeated by the button, it is the same call, more urgent.
            again = await pressed(at, button, presses=4)
            assert (again.incident.alarm, again.presses) == (call.incident.alarm, 4)
            assert await at.desk.incident(at.people["wang"], call.incident.alarm) == again

    asyncio.run(story())


def test_a_call_goes_from_raised_to_closed_and_its_button_hears_of_it(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            row = (await pressed(at, button)).incident.alarm
            for name, state in (
                ("wang", codes.RECEIVED),
                ("zhao", codes.HELP_COMING),
                ("wang", codes.CLOSED),
            ):
                await at.desk.handle(at.people[name], row, state)
                told = await got(button, messages.ALARM_STATUS)
                assert told == {"incident": 7, "state": state}
            call = await at.desk.incident(at.people["kong"], row)
            assert [(step.state, step.by) for step in call.incident.steps] == [
                (codes.RECEIVED, "wang"),
                (codes.HELP_COMING, "zhao"),
                (codes.CLOSED, "wang"),
            ]
            assert await at.desk.incidents(at.people["wang"]) == []
            assert len(await at.desk.incidents(at.people["wang"], only_open=False)) == 1
            assert (await at.desk.site(at.people["wang"])).open_incidents == 0

    asyncio.run(story())


def test_a_call_does_not_go_back_and_can_be_graded_on_the_way(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            wang, row = at.people["wang"], (await pressed(at, button)).incident.alarm
            await at.desk.handle(wang, row, codes.HELP_COMING)
            with pytest.raises(Refused, match="'help is coming' already, and does not go back"):
                await at.desk.handle(wang, row, codes.RECEIVED)
            await at.desk.handle(wang, row, codes.HELP_COMING, grade=3)
            await at.desk.handle(wang, row, codes.CLOSED, grade=2)
            assert (await at.desk.incident(wang, row)).incident.grade == 2
            for state, grade in ((0, None), (4, None), (codes.CLOSED, 4)):
                with pytest.raises(Refused):
                    await at.desk.handle(wang, row, state, grade)
            with pytest.raises(NotFound):
                await at.desk.handle(wang, 1, codes.CLOSED)
            with pytest.raises(NotFound):
                await at.desk.incident(wang, 10_000)

    asyncio.run(story())


def test_a_call_of_an_erased_household_is_gone(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as button:
            row = (await pressed(at, button)).incident.alarm
            await at.desk.erase(at.people["lin"], 12, "moved out")
            for name in ("wang", "kong"):
                with pytest.raises(NotFound):
                    await at.desk.incident(at.people[name], row)
            with pytest.raises(NotFound):
                await at.desk.handle(at.people["wang"], row, codes.CLOSED)

    asyncio.run(story())


def test_a_call_is_handled_after_a_restart_and_its_button_still_hears(settings: Any) -> None:
    button: list[TcpDevice] = []
    row: list[int] = []

    async def before() -> None:
        async with at_desk(settings) as at, connected(at, BUTTON, codes.PANIC) as device:
            button.append(device)
            row.append((await pressed(at, device)).incident.alarm)

    async def after() -> None:
        async with at_desk(settings) as at:
            device = TcpDevice(at.site.community_key, BUTTON, codes.PANIC)
            device.link = button[0].link
            async with connected(at, BUTTON, codes.PANIC, device=device):
                await at.desk.handle(at.people["wang"], row[0], codes.RECEIVED)
                told = await got(device, messages.ALARM_STATUS)
                assert told == {"incident": 7, "state": codes.RECEIVED}

    asyncio.run(before())
    asyncio.run(after())
