"""A hub that serves is attacked over real sockets while somebody calls for help.

`linli attack` (docs/ATTACKS.md) tries millions of packets on the protocol; here are the sockets.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

import attackers
from attackers import Attack, Loot
from linli_hub.live.running import RunningSite
from linli_hub.storage import Database
from linli_hub.ways import tcp
from linli_protocol import codes, messages
from live_site import at_work, made, port, speaking, until
from tcp_device import TcpDevice, until_acknowledged

BUTTON, OTHER = 0x33, 0x44
CALLS = 5


@asynccontextmanager
async def attacked(running: RunningSite, attack: Attack) -> AsyncIterator[Loot]:
    """Have somebody attack within."""
    loot = Loot()
    ports = port(running), port(running, "udp")
    task = asyncio.create_task(attack(*ports, BUTTON, loot))  # type: ignore[arg-type]
    try:
        await until(lambda: loot.sent > 0 or task.done())
        yield loot
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def call_for_help(device: TcpDevice, number: int) -> None:
    device.send(messages.ALARM, {"incident": number, "time": 1, "cause": codes.PRESS, "presses": 1})
    await until_acknowledged(device)


async def told_to_open(running: RunningSite, device: TcpDevice) -> None:
    """Have the hub command something, which the device must get."""
    device.got.clear()
    running.command(device.link.association.device, codes.REPORT_HEALTH, 30, "lin")
    await until(lambda: any(kind == messages.COMMAND for kind, _ in device.got))


@pytest.mark.parametrize(
    "attack",
    [attackers.garbage, attackers.endless, attackers.forged, attackers.silent],
    ids=lambda attack: attack.__name__,
)
def test_an_attack_lets_nobody_in_and_keeps_nobody_out(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One button has a session and another joins in the midst of it."""
    monkeypatch.setattr(tcp, "_UNPROVEN_BYTES", 2000)
    site = made(tmp_path, "", {BUTTON: "panic", OTHER: "panic"}, ways=("tcp", "udp"))
    running: RunningSite

    async def story() -> None:
        nonlocal running
        async with at_work(site) as running:
            running.ways["tcp"]._proof_s = 0.4  # type: ignore[attr-defined]
            async with speaking(running, OTHER) as there, attacked(running, attack) as loot:
                async with speaking(running, BUTTON) as button:
                    for number in range(CALLS):
                        await call_for_help(button, number)
                        await call_for_help(there, number)
                        await told_to_open(running, button)
                    # It is sent away each time it comes back, and told nothing.
                    await until(lambda: loot.ended >= 3)
                    await call_for_help(button, CALLS)
                assert loot.told == b""

    asyncio.run(asyncio.wait_for(story(), 60))
    assert set(running.engine._routes) == {(BUTTON, "tcp"), (OTHER, "tcp")}
    assert running.messages == alarms(site.database) + 2
    assert alarms(site.database) == 2 * CALLS + 1
    site.close()


def test_a_recorded_session_is_worth_nothing_to_whoever_plays_it(tmp_path: Path) -> None:
    site = made(tmp_path, "", {BUTTON: "panic"}, ways=("tcp", "udp"))

    async def story() -> None:
        async with at_work(site) as running, overheard(port(running)) as (through, recording):
            button = TcpDevice(site.community_key, BUTTON, codes.PANIC)
            speaks = asyncio.create_task(button.run(through))
            for number in range(CALLS):
                await call_for_help(button, number)
            refused = running.engine.core.peers[BUTTON].association.refused
            before, told = refused.total(), running.messages
            # The join, the greeting and all calls.
            assert len(recording) > 7 * 30
            played = attackers.replaying(bytes(recording))
            async with attacked(running, played) as loot:
                await until(lambda: refused.total() >= before + 50)
                assert running.messages == told
                await told_to_open(running, button)
                await call_for_help(button, CALLS)
                assert loot.told == b""
            speaks.cancel()

    asyncio.run(asyncio.wait_for(story(), 60))
    assert alarms(site.database) == CALLS + 1
    site.close()


def test_hundreds_come_back_at_once_and_those_who_call_for_help_are_heard(tmp_path: Path) -> None:
    """The outage of a site: `make join-storm` has ten thousand, and measures."""
    devices = {0x100 + number: "panic" if number % 20 == 0 else "meter" for number in range(300)}
    site = made(tmp_path, "", devices)

    async def story() -> None:
        async with at_work(site) as running, asyncio.TaskGroup() as group:
            there = [
                TcpDevice(
                    site.community_key, address, codes.PANIC if kind == "panic" else codes.METER
                )
                for address, kind in devices.items()
            ]
            calls = [each for each in there if devices[each.link.association.device] == "panic"]
            speak = [group.create_task(each.run(port(running))) for each in there]
            for button in calls:
                button.send(
                    messages.ALARM, {"incident": 1, "time": 1, "cause": codes.PRESS, "presses": 1}
                )
            for each in calls + there:
                while each.link.association.current is None:
                    await asyncio.sleep(0.01)
                await until_acknowledged(each)
            assert running.messages == len(there) + len(calls)
            associations = [each.association for each in running.engine.core.peers.values()]
            assert sum(each.refused.total() for each in associations) == 0
            for each in speak:
                each.cancel()

    asyncio.run(asyncio.wait_for(story(), 100))
    assert alarms(site.database) == 15
    site.close()


@asynccontextmanager
async def overheard(to: int) -> AsyncIterator[tuple[int, bytearray]]:
    """Have somebody between a device and the hub; yield their port, and what the device sends."""
    heard = bytearray()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            if up:
                heard.extend(data)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)
        both = carry(reader, far_writer, True), carry(far_reader, writer, False)
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(*both)

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heard


def alarms(database: Database) -> int:
    """Return how many alarms there are in the log: no attack has added one."""
    with database.reading() as transaction:
        return int(transaction.query("SELECT count(*) FROM incidents")[0][0])
