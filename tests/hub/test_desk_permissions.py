"""Who may do what at the desk, and that who looks is in the audit before anything is shown."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from desk_site import (
    BUTTON,
    DOOR,
    HOUSEHOLD,
    METER,
    PASSWORD,
    PEOPLE,
    WAIT_S,
    At,
    at_desk,
    configuration,
)
from linli_hub.desk import Card, Desk, DeskError, Forbidden, Unavailable, subject
from linli_hub.people import Operation, Person, Role
from linli_hub.privacy import Purpose
from linli_hub.storage import StorageError

VIEWER, OPERATOR, INSTALLER, AUDITOR, ADMIN = Role
ALL = set(Role)
Deed = Callable[[Desk, Person], Awaitable[Any]]

MAY: dict[str, tuple[set[Role], Deed]] = {
    "site": (ALL, lambda desk, by: desk.site(by)),
    "fleet": (ALL, lambda desk, by: desk.fleet(by)),
    "radar": (ALL, lambda desk, by: desk.radar(by)),
    "updates": (ALL, lambda desk, by: desk.updates(by)),
    "incidents": ({OPERATOR, AUDITOR}, lambda desk, by: desk.incidents(by)),
    "incident": ({OPERATOR, AUDITOR}, lambda desk, by: desk.incident(by, 1)),
    "handle": ({OPERATOR}, lambda desk, by: desk.handle(by, 1, 1)),
    "passages": ({OPERATOR}, lambda desk, by: desk.passages(by)),
    "meters": ({OPERATOR}, lambda desk, by: desk.meters(by)),
    "meter use": ({OPERATOR}, lambda desk, by: desk.meter_use(by, METER, 0, 1)),
    "audit": ({AUDITOR}, lambda desk, by: desk.audit(by)),
    "verify": ({AUDITOR}, lambda desk, by: desk.verify(by)),
    "people": ({ADMIN}, lambda desk, by: desk.people(by)),
    "add": ({ADMIN}, lambda desk, by: desk.add_person(by, " ", VIEWER, PASSWORD)),
    "role": ({ADMIN}, lambda desk, by: desk.set_role(by, "nobody", VIEWER)),
    "password": ({ADMIN}, lambda desk, by: desk.set_password(by, "nobody", PASSWORD)),
    "token": (ALL, lambda desk, by: desk.make_token(by, 1)),
    "tokens": (ALL, lambda desk, by: desk.tokens(by)),
    "enrol": ({INSTALLER, ADMIN}, lambda desk, by: desk.enrol(by, 1, "door", [])),
    "place": ({INSTALLER, ADMIN}, lambda desk, by: desk.place(by, DOOR, None, "a/b")),
    "placements": ({OPERATOR, INSTALLER, ADMIN}, lambda desk, by: desk.placements(by)),
    "cards": ({OPERATOR, INSTALLER, ADMIN}, lambda desk, by: desk.cards(by)),
    "give": ({INSTALLER, ADMIN}, lambda desk, by: desk.give(by, [], 1, None, Card(26, 1, 1))),
    "revoke": ({OPERATOR, INSTALLER, ADMIN}, lambda desk, by: desk.revoke(by, 1)),
    "update": ({INSTALLER, ADMIN}, lambda desk, by: desk.begin_update(by, b"")),
    "end update": ({INSTALLER, ADMIN}, lambda desk, by: desk.end_update(by, 1)),
    "consents": ({OPERATOR, ADMIN}, lambda desk, by: desk.consents(by, HOUSEHOLD)),
    "consent": (
        {OPERATOR, ADMIN},
        lambda desk, by: desk.consent(by, HOUSEHOLD, Purpose.DOOR_HISTORY, True, ""),
    ),
    "erase": ({ADMIN}, lambda desk, by: desk.erase(by, HOUSEHOLD, "")),
    "propose": (
        {OPERATOR, INSTALLER, ADMIN},
        lambda desk, by: desk.propose(by, Operation.DOOR_RELEASE, {"device": DOOR}, ""),
    ),
    "propose a key": (
        {INSTALLER, ADMIN},
        lambda desk, by: desk.propose(by, Operation.KEY_EXPORT, {"device": DOOR}, ""),
    ),
    "propose its end": (
        {INSTALLER, ADMIN},
        lambda desk, by: desk.propose(by, Operation.DECOMMISSION, {"device": BUTTON}, ""),
    ),
    "proposals": ({OPERATOR, INSTALLER, AUDITOR, ADMIN}, lambda desk, by: desk.proposals(by)),
    "approve": ({OPERATOR, ADMIN}, lambda desk, by: desk.approve(by, 1)),
    "withdraw": ({OPERATOR, ADMIN}, lambda desk, by: desk.withdraw(by, 1)),
}


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


def test_each_role_may_do_what_its_work_needs_and_no_more(settings: Any) -> None:
    async def may(at: At, person: Person, deed: Deed) -> bool:
        try:
            await deed(at.desk, person)
        except Forbidden:
            return False
        except DeskError:
            # It is let in, and told that this makes no sense.
            return True
        return True

    async def story() -> None:
        async with at_desk(settings) as at:
            for what, (roles, deed) in MAY.items():
                allowed = {
                    PEOPLE[name] for name, each in at.people.items() if await may(at, each, deed)
                }
                assert allowed == roles, what

    asyncio.run(story())


def test_a_role_that_was_taken_away_counts_at_once(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            wang = at.people["wang"]
            assert await at.desk.meters(wang) == []
            await at.desk.set_role(at.people["lin"], "wang", Role.VIEWER)
            with pytest.raises(Forbidden, match="wang may not: see meters"):
                await at.desk.meters(wang)
            await at.desk.set_role(at.people["lin"], "wang", None)
            with pytest.raises(Forbidden):
                await at.desk.fleet(wang)

    asyncio.run(story())


LOOKS: dict[str, tuple[str, str, str, Deed]] = {
    "incidents": ("wang", "incidents", "", lambda desk, by: desk.incidents(by)),
    "doors": (
        "wang",
        "doors",
        "device 00000011",
        lambda desk, by: desk.passages(by, DOOR),
    ),
    "meters": ("wang", "meters", "", lambda desk, by: desk.meters(by)),
    "use": (
        "wang",
        "meters",
        "device 00000022 by the hour",
        lambda desk, by: desk.meter_use(by, METER, 0, 1, "hour"),
    ),
    "audit": ("kong", "audit", "lin", lambda desk, by: desk.audit(by, "lin")),
    "consents": ("lin", "consents", "household 12", lambda desk, by: desk.consents(by, HOUSEHOLD)),
    "cards": ("ian", "cards", "door 00000011", lambda desk, by: desk.cards(by, DOOR)),
    "radar": ("wang", "radar", "", lambda desk, by: desk.radar(by)),
}


def test_nothing_is_shown_before_the_audit_has_it_on_disk(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            may_write = threading.Event()
            may_write.set()
            writing = at.site.database.writing

            def slow(copied: bool = True) -> Any:
                may_write.wait()
                return writing(copied)

            monkeypatch.setattr(at.site.database, "writing", slow)
            for name, what, about, look in LOOKS.values():
                may_write.clear()
                shown = asyncio.ensure_future(look(at.desk, at.people[name]))
                await asyncio.sleep(0.05)
                assert not shown.done(), what
                may_write.set()
                await shown
                [newest] = await at.desk.audit(at.people["kong"], name, "access", limit=1)
                if name != "kong":
                    assert (newest.told["what"], newest.told["about"]) == (what, about)

    asyncio.run(story())


def test_nothing_is_shown_or_done_for_sure_while_the_database_takes_nothing(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "_DURABLE_S", 0.2)

    async def story() -> None:
        async with at_desk(settings) as at:
            with monkeypatch.context() as broken:

                def full(copied: bool = True) -> Any:
                    raise StorageError("the disk is full")

                broken.setattr(at.site.database, "writing", full)
                for look in (at.desk.meters, at.desk.incidents):
                    with pytest.raises(Unavailable, match="the disk is full"):
                        await look(at.people["wang"])
                with pytest.raises(Unavailable):
                    await at.desk.place(at.people["ian"], METER, 30, "hemu/4")
                state = await at.desk.site(at.people["vera"])
                assert state.troubles == {"database": "the disk is full"}
            monkeypatch.setattr(subject, "_DURABLE_S", WAIT_S)
            assert await at.desk.meters(at.people["wang"]) == []
            looks = await at.desk.audit(at.people["kong"], "wang", "access")
            assert [each.told["what"] for each in looks] == ["meters", "incidents", "meters"]

    asyncio.run(story())


def test_the_site_and_the_fleet_are_open_and_leave_no_trail(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            state = await at.desk.site(at.people["vera"])
            assert state.devices == {"door": 1, "meter": 1, "panic": 1}
            assert (state.heard, state.open_incidents, state.waiting_proposals) == (0, None, None)
            assert len(await at.desk.fleet(at.people["vera"])) == 3
            assert (await at.desk.site(at.people["wang"])).open_incidents == 0
            assert "access" not in at.kinds()

    asyncio.run(story())
