"""Twins in real time: what is due happens then, a past is lived through, a live hub hears them."""

import asyncio
import socket
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from simpy import Environment

from linli_firmware.apps.meter import Meter
from linli_firmware.clock import Clock
from linli_firmware.store import MemoryStore
from linli_hostsim.clockwork import US_PER_S, at
from linli_hostsim.people.water import Draw, leak
from linli_hostsim.realtime import Fleet, Pace, Plan, live_through
from linli_hub.configuration import load
from linli_hub.live.running import RunningSite
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import codes, deltas, messages, words

WAIT_S = 30
HOUR_S = 3600
MIDNIGHT_S = 1_759_968_000


def test_what_is_due_happens_in_its_order_and_not_before() -> None:
    async def story() -> list[tuple[str, bool]]:
        env = Environment()
        pace = Pace(env)
        began = time.monotonic()
        happened = []

        def note(what: str, due_s: float) -> None:
            happened.append((what, time.monotonic() - began >= due_s))
            if what == "first":
                at(env, US_PER_S // 20, note, "follows", 0.1)

        at(env, US_PER_S // 10, note, "last", 0.1)
        at(env, US_PER_S // 20, note, "first", 0.05)
        running = asyncio.create_task(pace.run())
        while len(happened) < 3:
            await asyncio.sleep(0.01)
        # What comes from outside may bring something that is due sooner than all else.
        pace.catch_up()
        at(env, 0, note, "handed in", 0.1)
        pace.plan()
        while len(happened) < 4:
            await asyncio.sleep(0.01)
        running.cancel()
        return happened

    happened = asyncio.run(story())
    assert [what for what, _ in happened] == ["first", "last", "follows", "handed in"]
    assert all(in_time for _, in_time in happened)


def test_what_an_event_raises_ends_the_run() -> None:
    async def story() -> None:
        env = Environment()
        at(env, 1000, int, "no number")
        async with asyncio.timeout(WAIT_S):
            await Pace(env).run()

    with pytest.raises(ValueError, match="no number"):
        asyncio.run(story())


def test_a_meter_tells_of_the_days_that_it_has_lived_through() -> None:
    store = MemoryStore()
    config = {"device": 1, "report_interval_s": 300}
    # A litre at a quarter past each hour.
    drawn = ((US_PER_S * (HOUR_S * hour + 900), Draw(1000, 0)) for hour in range(10_000))
    live_through(store, config, MIDNIGHT_S, 30 * HOUR_S, 480, drawn)
    clock = Clock()
    meter = Meter(config, store, clock)
    assert meter.forward_ml == 30_000
    clock.set(MIDNIGHT_S + 30 * HOUR_S, 0, 480)
    meter.on_time(0)
    meter.poll(0)
    (reported,) = [each for each in meter.poll(300_000) if each.kind == messages.READINGS]
    # From the first full hour on, a day of them.
    assert reported.fields["time"] == MIDNIGHT_S + 25 * HOUR_S
    assert deltas.decode(reported.fields["deltas"]) == [1] * 24


def test_water_that_ran_all_night_is_a_leak_when_the_meter_is_heard() -> None:
    store = MemoryStore()
    live_through(store, {"device": 1}, MIDNIGHT_S, 30 * HOUR_S, 480, leak(5.0))
    meter = Meter({"device": 1}, store, Clock())
    assert meter.flags & codes.FLAG_LEAK


class Hub:
    """A live hub of one site, whose devices are `plans`; `heard` are (device, message kind)."""

    def __init__(self, folder: Path, plans: list[Plan], port: int) -> None:
        path = make(folder, "lin", "correct horse battery", 0)
        ways = [{"kind": kind, "port": port} for kind in ("tcp", "udp")]
        path.write_text(
            "".join(f'[[ways]]\nkind = "{each["kind"]}"\nport = {each["port"]}\n' for each in ways)
        )
        self.site = Site(load(path))
        for each in plans:
            body = {"device": each.device, "generation": 0, "ways": each.ways, "by": "lin"}
            self.site.tell(ENROLLED, {**body, "kind": words.DEVICE_KINDS[each.kind]}, 0)
        self.heard: list[tuple[int, int]] = []
        self.running = RunningSite(self.site, self._seen)

    async def hears(self, device: int, kind: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while (device, kind) not in self.heard:
                await asyncio.sleep(0.01)

    def _seen(self, device: int, kind: int, fields: dict[str, Any], time_us: int) -> None:
        self.heard.append((device, kind))


def test_devices_find_a_hub_that_comes_later_and_obey_it_over_their_sockets(
    tmp_path: Path,
) -> None:
    button, door = Plan(1, codes.PANIC, ("udp",)), Plan(2, codes.DOOR, ("tcp",))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    hub = Hub(tmp_path / "site", [button, door], port)

    async def story() -> None:
        servers = dict.fromkeys(("tcp", "udp"), ("127.0.0.1", port))
        key, now = hub.site.community_key, datetime(2026, 11, 23, 12)
        fleet = Fleet([button, door], key, servers, 1, now, int(time.time()), 480)
        tasks = [asyncio.create_task(fleet.pace.run())]
        await fleet.switch_on(0.0)
        # Both have been refused by then.
        await asyncio.sleep(1.5)
        tasks.append(asyncio.create_task(hub.running.run()))
        for each in (button, door):
            await hub.hears(each.device, messages.HELLO)
        fleet.pace.catch_up()
        fleet.input(button.device, "set_button", True)
        fleet.pace.plan()
        await hub.hears(button.device, messages.ALARM)
        hub.running.command(door.device, codes.RELEASE_DOOR, 30, "lin")
        await hub.hears(door.device, messages.RESULT)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(story())
    hub.site.close()
