"""Cards and PINs: given at the desk, at the door soon after, gone when they are taken back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from desk_site import (
    DOOR,
    HOUSEHOLD,
    METER,
    At,
    DoorList,
    at_desk,
    configuration,
    connected,
    said,
)
from linli_hub.desk import Card, Held, NotFound, Refused
from linli_hub.storage import log_table
from linli_protocol import codes, keys, messages
from linli_protocol.access_list import Credential, card_token, pin_check, pin_token
from tcp_device import TcpDevice

HOLDER, NEIGHBOUR, CLEANER = 314_159_265, 271_828_182, 9
OTHER_HOME = 13
CARD, OTHER_CARD = Card(26, 7, 1), Card(34, 7, 2)
OTHER_DOOR = 0x12


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


@asynccontextmanager
async def door_there(
    at: At, there: DoorList, address: int = DOOR, generation: int = 0
) -> AsyncIterator[TcpDevice]:
    """Have a door with that list joined within; it says hello with its version."""
    device = TcpDevice(at.site.community_key, address, codes.DOOR, generation)
    device.hello["list_version"] = there.credentials.version
    async with connected(at, address, codes.DOOR, device=device):
        following = asyncio.create_task(there.follow(device))
        try:
            yield device
        finally:
            following.cancel()


def let_in(there: DoorList, card: Card) -> Credential | None:
    return there.credentials.find(card_token(card.bits, card.facility, card.number))


async def until_current(at: At, address: int = DOOR) -> None:
    while not at.running.doors.is_current(address):
        await asyncio.sleep(0.02)


async def shown(at: At, **of: int) -> list[tuple[int, int | None]]:
    found = await at.desk.cards(at.people["ian"], **of)
    return [(each.holder, each.household) for each in found]


def test_a_card_opens_the_door_it_was_given_for_until_it_is_taken_back(settings: Any) -> None:
    async def story() -> None:
        there = DoorList()
        async with at_desk(settings) as at, door_there(at, there):
            ian = at.people["ian"]
            await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD, valid_until=2_000_000_000)
            await until_current(at)
            credential = let_in(there, CARD)
            assert credential is not None
            assert (credential.person, credential.valid_until) == (HOLDER, 2_000_000_000)
            assert at.site.homes.of_holder(HOLDER) == HOUSEHOLD
            token = card_token(26, 7, 1).hex()
            assert await at.desk.cards(ian) == [
                Held(DOOR, token, HOLDER, HOUSEHOLD, 0, 2_000_000_000, 0, False, True)
            ]
            # A card is lost at night, when only an operator is there.
            assert await at.desk.revoke(at.people["wang"], HOLDER) == 1
            await until_current(at)
            assert let_in(there, CARD) is None
            assert await at.desk.cards(ian) == []
            with pytest.raises(NotFound):
                await at.desk.revoke(ian, HOLDER)

    asyncio.run(story())


def test_a_card_that_is_given_anew_is_replaced(settings: Any) -> None:
    async def story() -> None:
        there = DoorList()
        async with at_desk(settings) as at, door_there(at, there):
            ian = at.people["ian"]
            for schedule in (0, 3):
                await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD, schedule=schedule)
            await until_current(at)
            credential = let_in(there, CARD)
            assert credential is not None
            assert (credential.schedule, there.credentials.count) == (3, 1)
            with pytest.raises(Refused, match=f"knows that as holder {HOLDER}'s"):
                await at.desk.give(ian, [DOOR], NEIGHBOUR, OTHER_HOME, CARD)

    asyncio.run(story())


def test_a_pin_alone_and_a_pin_beside_a_card_are_kept_as_the_door_knows_them(
    settings: Any,
) -> None:
    async def story() -> None:
        there = DoorList()
        async with at_desk(settings) as at, door_there(at, there):
            ian = at.people["ian"]
            key = keys.pin_key(keys.root_key(at.site.community_key, DOOR, 0))
            await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD, "2580")
            await at.desk.give(ian, [DOOR], CLEANER, None, pin="13579")
            await until_current(at)
            both = let_in(there, CARD)
            assert both is not None
            assert both.pin_check == pin_check(key, both.token, "2580")
            alone = there.credentials.find(pin_token(key, "13579"))
            assert alone is not None
            assert alone.person == CLEANER
            held = await at.desk.cards(ian, holder=HOLDER)
            assert [each.has_pin for each in held] == [True]
            rows = b"".join(row.record.body for row in log_table.read(at.site.database))
            assert b"2580" not in rows

    asyncio.run(story())


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"doors": []}, "no doors"),
        ({"doors": [METER]}, "00000022 is a meter, not a door"),
        ({"card": Card(26, 256, 1)}, "no such card of 26 bits"),
        ({"card": Card(27, 1, 1)}, "no such card of 27 bits"),
        ({"card": Card(26, -1, 1)}, "no such card of 26 bits"),
        ({"card": None}, "neither a card nor a PIN"),
        ({"pin": "12a4"}, "4 to 8 digits"),
        ({"pin": "123"}, "4 to 8 digits"),
        ({"holder": 0}, "no holder's number"),
        ({"valid_from": 10, "valid_until": 10}, "never valid"),
        ({"schedule": 256}, "never valid"),
    ],
)
def test_what_makes_no_sense_is_given_to_nobody(
    settings: Any, asked: dict[str, Any], why: str
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            given = {"doors": [DOOR], "holder": HOLDER, "household": HOUSEHOLD, "card": CARD}
            with pytest.raises(Refused, match=why):
                await at.desk.give(at.people["ian"], **{**given, **asked})
            assert await at.desk.cards(at.people["ian"]) == []
            assert at.site.homes.of_holder(HOLDER) is None

    asyncio.run(story())


def test_a_list_goes_on_after_a_restart_from_where_the_door_is(settings: Any) -> None:
    there = DoorList()

    async def before() -> None:
        async with at_desk(settings) as at:
            async with door_there(at, there):
                await at.desk.give(at.people["ian"], [DOOR], HOLDER, HOUSEHOLD, CARD)
                await until_current(at)
            # The door is away when the second card is given.
            await at.desk.give(at.people["ian"], [DOOR], NEIGHBOUR, OTHER_HOME, OTHER_CARD)
            assert let_in(there, OTHER_CARD) is None

    async def after() -> None:
        async with at_desk(settings) as at:
            assert await shown(at, door=DOOR) == [(NEIGHBOUR, OTHER_HOME), (HOLDER, HOUSEHOLD)]
            async with door_there(at, there):
                await until_current(at)
            assert let_in(there, OTHER_CARD) is not None
            assert there.credentials.version == 2

    asyncio.run(before())
    asyncio.run(after())


def test_a_door_that_is_replaced_gets_the_whole_list(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            for number in range(60):
                await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, Card(26, 7, number))
            await at.desk.revoke(ian, HOLDER, [DOOR], card_token(26, 7, 30).hex())
            await at.desk.enrol(ian, DOOR, "door", ["tcp"], generation=1)
            there = DoorList()
            async with door_there(at, there, generation=1):
                await until_current(at)
            assert there.credentials.count == 59
            assert let_in(there, Card(26, 7, 30)) is None

    asyncio.run(story())


def test_an_erased_households_cards_are_in_no_door_and_no_step(settings: Any) -> None:
    there, later = DoorList(), DoorList()

    async def before() -> None:
        async with at_desk(settings) as at, door_there(at, there):
            ian = at.people["ian"]
            await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD)
            await at.desk.give(ian, [DOOR], NEIGHBOUR, OTHER_HOME, OTHER_CARD)
            await until_current(at)
            await at.desk.erase(at.people["lin"], HOUSEHOLD, "moved out")
            await until_current(at)
            assert (let_in(there, CARD), there.credentials.count) == (None, 1)
            assert let_in(there, OTHER_CARD) is not None
            assert await shown(at) == [(NEIGHBOUR, OTHER_HOME)]
            with at.site.database.reading() as transaction:
                kept = transaction.query("SELECT change FROM access_changes")
            assert f"{HOLDER:08x}" not in repr(kept)

    async def after() -> None:
        async with at_desk(settings) as at:
            # A door that knows nothing takes what is left, and a card more.
            await at.desk.enrol(at.people["ian"], DOOR, "door", ["tcp"], generation=1)
            await at.desk.give(at.people["ian"], [DOOR], CLEANER, None, CARD)
            async with door_there(at, later, generation=1):
                await until_current(at)
            assert later.credentials.count == 2

    asyncio.run(before())
    asyncio.run(after())


def test_a_holder_who_moves_is_erased_with_the_new_household_not_the_old(settings: Any) -> None:
    there = DoorList()

    async def before() -> None:
        async with at_desk(settings) as at, door_there(at, there):
            ian = at.people["ian"]
            await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD)
            await at.desk.give(ian, [DOOR], HOLDER, OTHER_HOME, OTHER_CARD)
            await at.desk.erase(at.people["lin"], HOUSEHOLD, "moved out")
            await until_current(at)
            assert there.credentials.count == 2

    async def after() -> None:
        async with at_desk(settings) as at, door_there(at, there):
            assert await shown(at) == [(HOLDER, OTHER_HOME)] * 2
            await at.desk.erase(at.people["lin"], OTHER_HOME, "moved out")
            await until_current(at)
            assert there.credentials.count == 0

    asyncio.run(before())
    asyncio.run(after())


def test_a_door_ahead_of_its_hub_takes_the_list_anew(settings: Any) -> None:
    """As after a backup was restored."""

    async def story() -> None:
        there = DoorList()
        lost = Credential(card_token(26, 7, 99), HOLDER)
        for version in range(5):
            there.credentials.apply(version, version + 1, b"")
        there.credentials.apply(5, 6, b"\x01" + lost.encode())
        async with at_desk(settings) as at:
            await at.desk.give(at.people["ian"], [DOOR], HOLDER, HOUSEHOLD, CARD)
            async with door_there(at, there):
                await until_current(at)
            assert there.credentials.version == 7
            assert let_in(there, CARD) is not None
            assert let_in(there, Card(26, 7, 99)) is None

    asyncio.run(story())


def test_a_hub_that_never_gave_a_list_leaves_a_doors_alone(settings: Any) -> None:
    async def story() -> None:
        there = DoorList()
        there.credentials.apply(0, 3, b"\x01" + Credential(card_token(26, 7, 1), 1).encode())
        async with at_desk(settings) as at, door_there(at, there) as device:
            await said(device, messages.HEALTH, {"time": 1, "uptime_s": 1})
            assert there.credentials.version == 3
            assert let_in(there, CARD) is not None

    asyncio.run(story())


def test_a_door_that_is_full_is_not_asked_over_and_over(settings: Any) -> None:
    async def story() -> None:
        there = DoorList(limit=1)
        async with at_desk(settings) as at, door_there(at, there) as device:
            for number in (1, 2):
                await at.desk.give(at.people["ian"], [DOOR], HOLDER, HOUSEHOLD, Card(26, 7, number))
            while there.sequence < 2:
                await asyncio.sleep(0.02)
            await said(device, messages.HEALTH, {"time": 1, "uptime_s": 1})
            await asyncio.sleep(0.2)
            assert there.sequence == 2
            held = await at.desk.cards(at.people["ian"])
            assert [each.current for each in held] == [False, False]

    asyncio.run(story())


def test_a_door_that_is_served_no_more_is_not_shown_and_its_list_waits_for_the_next(
    settings: Any,
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, CARD)
            at.running.retire(DOOR, "lin")
            assert await at.desk.cards(ian) == []
            with pytest.raises(NotFound):
                await at.desk.give(ian, [DOOR], HOLDER, HOUSEHOLD, OTHER_CARD)
            await at.desk.enrol(ian, DOOR, "door", ["tcp"], generation=1)
            there = DoorList()
            async with door_there(at, there, generation=1):
                await until_current(at)
            assert let_in(there, CARD) is not None

    asyncio.run(story())


def test_one_card_for_several_doors_is_one_deed(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            ian = at.people["ian"]
            await at.desk.enrol(ian, OTHER_DOOR, "door", ["tcp"])
            await at.desk.give(ian, [DOOR, OTHER_DOOR, DOOR], CLEANER, None, CARD)
            assert [each.door for each in await at.desk.cards(ian)] == [DOOR, OTHER_DOOR]
            trail = await at.desk.audit(at.people["kong"], "ian", "access list")
            assert [each.device for each in trail] == [OTHER_DOOR, DOOR]
            assert await at.desk.revoke(ian, CLEANER, [OTHER_DOOR]) == 1
            assert [each.door for each in await at.desk.cards(ian)] == [DOOR]

    asyncio.run(story())
