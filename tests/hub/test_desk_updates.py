"""Updates begun at the desk come to the devices, also when the hub restarts in the middle."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import updates
from desk_site import BUTTON, DOOR, At, at_desk, configuration, connected, got
from linli_hub.core.updates import Fate, Pace
from linli_hub.desk import NotFound, Refused, Update
from linli_hub.storage import bundles_table, open_database, open_to_read
from linli_protocol import codes, messages
from linli_protocol.crypto import sm3
from tcp_device import TcpDevice

FAST = Pace(bytes_per_s=1_000_000)
SLOW = Pace(bytes_per_s=4_000)
SECOND = 0x12


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


async def receive(board: Any, device: TcpDevice) -> None:
    """Take updates as the firmware does, restart into them, and say so, until cancelled."""
    while True:
        fields = await got(device, messages.UPDATE)
        if board.receiver is None:
            board.start_receiver()
        board.receiver.on_update(fields)
        for offset, state, image in board.poll():
            told = {"image": image, "offset": offset, "state": state}
            device.send(messages.UPDATE_STATUS, told)
        if board.receiver.is_ready:
            board.boot()
            board.confirm()
            device.send(messages.HELLO, {**device.hello, "firmware": board.version})


@asynccontextmanager
async def door_there(at: At, board: Any, address: int = DOOR) -> AsyncIterator[TcpDevice]:
    device = TcpDevice(at.site.community_key, address, codes.DOOR)
    device.hello["firmware"] = board.version
    async with connected(at, address, codes.DOOR, device=device):
        receiving = asyncio.create_task(receive(board, device))
        try:
            yield device
        finally:
            receiving.cancel()


async def newest(at: At) -> Update:
    return (await at.desk.updates(at.people["vera"]))[0]


async def until(at: At, fate: Fate, device: int = DOOR) -> None:
    while (await newest(at)).fates[device] is not fate:
        await asyncio.sleep(0.02)


def test_a_bundle_comes_to_every_device_of_its_kind(settings: Any) -> None:
    async def story() -> None:
        board = updates.running_old()
        async with at_desk(settings) as at, door_there(at, board):
            ian = at.people["ian"]
            assert await at.desk.begin_update(ian, updates.NEW_BUNDLE, pace=FAST) == 1
            await until(at, Fate.RUNNING)
            assert board.version == updates.NEW
            found = await newest(at)
            assert (found.kind, found.version, found.by) == ("door", updates.NEW, "ian")
            assert list(found.fates) == [DOOR]
            assert not found.stopped
            [begun] = await at.desk.audit(at.people["kong"], "ian", "campaign")
            assert begun.told["devices"] == [DOOR]

    asyncio.run(story())


def test_an_update_goes_on_after_a_restart_with_those_that_are_not_done(settings: Any) -> None:
    boards = {DOOR: updates.running_old(), SECOND: updates.running_old()}

    async def before() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            await at.desk.enrol(ian, SECOND, "door", ["tcp"])
            await at.desk.begin_update(ian, updates.NEW_BUNDLE, pace=SLOW)
            async with door_there(at, boards[DOOR]):
                await until(at, Fate.RUNNING)
            async with door_there(at, boards[SECOND], SECOND):
                await until(at, Fate.RECEIVING, SECOND)

    async def after() -> None:
        async with at_desk(settings) as at:
            assert (await newest(at)).fates[DOOR] is Fate.RUNNING
            assert boards[SECOND].version == updates.OLD
            async with door_there(at, boards[SECOND], SECOND):
                await until(at, Fate.RUNNING, SECOND)
            assert boards[SECOND].version == updates.NEW

    asyncio.run(before())
    asyncio.run(after())


def test_an_update_that_is_ended_sends_nothing_more_also_after_a_restart(settings: Any) -> None:
    board = updates.running_old()

    async def before() -> None:
        async with at_desk(settings) as at:
            await at.desk.begin_update(at.people["ian"], updates.NEW_BUNDLE, pace=FAST)
            await at.desk.end_update(at.people["lin"], 1)
            with pytest.raises(Refused, match="has ended already"):
                await at.desk.end_update(at.people["lin"], 1)
            with pytest.raises(NotFound):
                await at.desk.end_update(at.people["lin"], 2)
            # What had been sent may still arrive.
            async with door_there(at, board):
                await asyncio.sleep(0.3)
            assert board.version == updates.OLD

    async def after() -> None:
        async with at_desk(settings) as at, connected(at, DOOR, codes.DOOR) as door:
            await asyncio.sleep(0.3)
            assert messages.UPDATE not in [kind for kind, _ in door.got]
            found = await newest(at)
            assert (found.ended_by, found.fates, found.trouble) == ("lin", {}, None)
            assert await at.desk.begin_update(at.people["ian"], updates.NEW_BUNDLE) == 2

    asyncio.run(before())
    asyncio.run(after())


def test_a_bundle_that_is_damaged_or_gone_is_told(settings: Any) -> None:
    async def before() -> None:
        async with at_desk(settings) as at:
            await at.desk.begin_update(at.people["ian"], updates.NEW_BUNDLE)

    async def after() -> None:
        async with at_desk(settings) as at:
            trouble = (await newest(at)).trouble
            assert trouble is not None
            assert trouble.startswith(f"bundle {sm3(updates.NEW_BUNDLE).hex()}")

    asyncio.run(before())
    assert bundles(settings) == [updates.NEW_BUNDLE]
    change(settings, "UPDATE bundles SET content = ?", [updates.OLD_BUNDLE])
    asyncio.run(after())
    change(settings, "DELETE FROM bundles")
    asyncio.run(after())


def test_a_bundle_is_kept_until_the_last_of_its_campaigns_has_ended(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            await at.desk.enrol(ian, SECOND, "door", ["tcp"])
            await at.desk.begin_update(ian, updates.NEW_BUNDLE, [DOOR])
            await at.desk.begin_update(ian, updates.NEW_BUNDLE, [SECOND])
            await at.desk.end_update(ian, 1)
            assert bundles(settings) == [updates.NEW_BUNDLE]
            await at.desk.end_update(ian, 2)
            assert bundles(settings) == []
            await at.desk.begin_update(ian, updates.NEW_BUNDLE, [DOOR])
            assert bundles(settings) == [updates.NEW_BUNDLE]

    asyncio.run(story())


def bundles(settings: Any) -> list[bytes]:
    database = open_to_read(settings.database)
    try:
        with database.reading() as transaction:
            return [content for _, content in bundles_table.each(transaction)]
    finally:
        database.close()


def change(settings: Any, statement: str, values: Sequence[Any] = ()) -> None:
    database = open_database(settings.database)
    try:
        with database.writing() as transaction:
            transaction.execute(statement, values)
    finally:
        database.close()


def test_what_no_device_can_use_is_refused(settings: Any) -> None:
    whole = updates.NEW_BUNDLE

    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            for wrong in (b"", b"LLB1", whole[:-1], whole + b"x", bytes(5_000_000)):
                with pytest.raises(Refused, match="the bundle"):
                    await at.desk.begin_update(ian, wrong)
            for_chargers = updates.bundle(updates.app(updates.NEW), KIND=codes.CHARGER)
            with pytest.raises(Refused, match="there is no charger"):
                await at.desk.begin_update(ian, for_chargers)
            with pytest.raises(Refused, match="00000033 is no door"):
                await at.desk.begin_update(ian, whole, [DOOR, BUTTON])
            with pytest.raises(NotFound):
                await at.desk.begin_update(ian, whole, [99])
            assert await at.desk.updates(ian) == []
            await at.desk.begin_update(ian, whole)
            with pytest.raises(Refused, match="00000011 is being updated already"):
                await at.desk.begin_update(ian, whole, [DOOR])

    asyncio.run(story())


def test_a_device_that_is_served_no_more_is_left_out(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, door_there(at, updates.running_old()):
            await at.desk.begin_update(at.people["ian"], updates.NEW_BUNDLE, pace=SLOW)
            await until(at, Fate.RECEIVING)
            at.running.retire(DOOR, "lin")
            await until(at, Fate.GIVEN_UP)
            await asyncio.sleep(0.2)
            # The hub's loop has not ended of it.
            assert (await at.desk.site(at.people["vera"])).devices == {"meter": 1, "panic": 1}

    asyncio.run(story())
