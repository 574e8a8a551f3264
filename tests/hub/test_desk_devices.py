"""Devices and households at the desk of a hub that serves: from now on, and after a restart."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desk_site import (
    DOOR,
    HOUSEHOLD,
    METER,
    At,
    at_desk,
    configuration,
    connected,
    said,
)
from linli_hub.configuration import BusWay
from linli_hub.desk import NotFound, Refused
from linli_hub.privacy import Purpose
from linli_hub.privacy.homes import Placement
from linli_protocol import codes, deltas, messages
from tcp_device import TcpDevice, unacknowledged

NEW = 0x44
READINGS = {"time": 1_790_000_000, "deltas": deltas.encode([3, 4]), "volume_l": 10}


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


async def heard(at: At, device: int) -> bool:
    members = await at.desk.fleet(at.people["vera"])
    return any(each.enrolment.device == device and each.heard_us for each in members)


def test_a_device_is_enrolled_while_the_hub_serves_and_joins_at_once(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            stranger = TcpDevice(at.site.community_key, NEW, codes.METER)
            knocking = asyncio.create_task(stranger.run(at.port))
            await asyncio.sleep(0.3)
            assert stranger.link.association.current is None
            knocking.cancel()
            await at.desk.enrol(at.people["ian"], NEW, "meter", ["tcp"])
            async with connected(at, NEW, codes.METER):
                assert await heard(at, NEW)
            [enrolled] = await at.desk.audit(at.people["kong"], "ian", "enrolled")
            assert enrolled.device == NEW

    async def after() -> None:
        async with at_desk(settings) as at:
            assert NEW in at.running.engine.core.peers

    asyncio.run(story())
    asyncio.run(after())


def test_a_device_enrolled_anew_has_other_keys_and_the_old_ones_open_nothing(
    settings: Any,
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            async with connected(at, METER, codes.METER) as old:
                await at.desk.enrol(at.people["ian"], METER, "meter", ["tcp"], generation=1)
                old.send(messages.READINGS, READINGS)
                await asyncio.sleep(0.3)
                assert unacknowledged(old)
            async with connected(at, METER, codes.METER, generation=1) as replaced:
                await said(replaced, messages.READINGS, READINGS)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("device", "kind", "ways", "generation", "why"),
    [
        (0, "door", ["tcp"], 0, "00000000 is no device's address"),
        (0xFFFFFFFF, "door", ["tcp"], 0, "ffffffff is no device's address"),
        (1, "gate", ["tcp"], 0, "'gate' is none of door, meter"),
        (1, "door", [], 0, "needs a way"),
        (1, "door", ["pigeon"], 0, "no way 'pigeon'; there are tcp"),
        (1, "door", ["tcp"], 256, "generation 256"),
    ],
)
def test_what_cannot_be_served_is_not_enrolled(
    settings: Any, device: int, kind: str, ways: list[str], generation: int, why: str
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            with pytest.raises(Refused, match=why):
                await at.desk.enrol(at.people["ian"], device, kind, ways, generation)
            assert len(at.site.registry.all()) == 3

    asyncio.run(story())


def test_a_bus_reaches_the_devices_that_it_polls(settings: Any) -> None:
    path = Path("/dev/null/no-such-port")
    bus = BusWay(kind="bus", path=path, devices=(0x51,))
    settings = settings.model_copy(update={"ways": (*settings.ways, bus)})

    async def story() -> None:
        async with at_desk(settings) as at:
            name = bus.open().name
            await at.desk.enrol(at.people["ian"], 0x51, "meter", [name])
            with pytest.raises(Refused, match="does not have 00000052 among its devices"):
                await at.desk.enrol(at.people["ian"], 0x52, "meter", ["tcp", name])
            await at.desk.enrol(at.people["ian"], 0x52, "meter", ["tcp"])

    asyncio.run(story())


def test_a_device_is_placed_and_found_there(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            await at.desk.place(ian, METER, 30, "hemu/4")
            await at.desk.place(ian, DOOR, None, "hemu/4/1/2")
            for wrong in ("/", "hemu/", "a/b/c/d/e"):
                with pytest.raises(Refused):
                    await at.desk.place(ian, METER, 30, wrong)
            with pytest.raises(NotFound):
                await at.desk.place(ian, NEW, 30, "hemu")
            found = await at.desk.placements(ian)
            assert Placement(METER, 30, "hemu/4") in found
            assert Placement(DOOR, None, "hemu/4/1/2") in found
            assert len(await at.desk.audit(at.people["kong"], "ian", "placed")) == 2

    asyncio.run(story())


async def hours(at: At) -> int:
    found = await at.desk.meter_use(at.people["wang"], METER, 0, READINGS["time"], "hour")
    return len(found)


async def register(at: At) -> list[int]:
    return [each.volume_ml for each in await at.desk.meters(at.people["wang"])]


def test_hours_are_shown_while_the_household_consents(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            lin, purpose = at.people["lin"], Purpose.CONSUMPTION_PROFILE
            await said(meter, messages.READINGS, READINGS)
            assert await hours(at) == 0
            await at.desk.consent(lin, HOUSEHOLD, purpose, True, "signed form")
            assert await hours(at) == 0
            await said(meter, messages.READINGS, READINGS)
            assert await hours(at) == 2
            await at.desk.consent(lin, HOUSEHOLD, purpose, False, "by telephone")
            assert (await hours(at), await register(at)) == (0, [10_000])
            [word] = await at.desk.consents(lin, HOUSEHOLD)
            assert (word.purpose, word.given, word.by, word.how) == (
                purpose,
                False,
                "lin",
                "by telephone",
            )
            with pytest.raises(Refused, match="how the resident gave it"):
                await at.desk.consent(lin, HOUSEHOLD, purpose, True, " ")

    asyncio.run(story())


def test_an_erased_household_is_gone_and_a_new_one_begins(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at, connected(at, METER, codes.METER) as meter:
            lin = at.people["lin"]
            await at.desk.consent(lin, HOUSEHOLD, Purpose.CONSUMPTION_PROFILE, True, "form")
            await said(meter, messages.READINGS, READINGS)
            with pytest.raises(Refused, match="a reason is missing"):
                await at.desk.erase(lin, HOUSEHOLD, " ")
            await at.desk.erase(lin, HOUSEHOLD, "moved out")
            assert (await hours(at), await register(at)) == (0, [])
            assert await at.desk.consents(lin, HOUSEHOLD) == []
            [erasure] = await at.desk.audit(at.people["kong"], kind="erasure")
            assert (erasure.by, erasure.told["reason"]) == ("lin", "moved out")
            await said(meter, messages.READINGS, {**READINGS, "volume_l": 11})
            assert await register(at) == [11_000]
            verified = await at.desk.verify(at.people["kong"])
            assert verified.missing == ()

    asyncio.run(story())


def test_a_log_that_was_changed_is_found_out(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            # Whoever changes rows goes round the hub.
            def change() -> None:
                with at.site.database.writing() as transaction:
                    transaction.execute("UPDATE log SET time_us = 77 WHERE number = 2")

            await asyncio.to_thread(change)
            with pytest.raises(Refused, match="row 2"):
                await at.desk.verify(at.people["kong"])

    asyncio.run(story())
