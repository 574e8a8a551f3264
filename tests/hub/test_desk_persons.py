"""Logging in, tokens, and who may log in at all."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desk_site import PASSWORD, At, at_desk, configuration
from linli_hub.desk import Forbidden, NotFound, Refused
from linli_hub.desk.persons import SESSION_H
from linli_hub.people import Role

OTHER = "battery staple horse"


@pytest.fixture
def settings(address: str, tmp_path: Path) -> Any:
    return configuration(address, tmp_path)


async def whose(at: At, token: str) -> str | None:
    person = await at.desk.with_token(token)
    return None if person is None else person.name


def test_who_logs_in_is_known_by_the_token_for_a_shift_and_over_a_restart(settings: Any) -> None:
    tokens: list[str] = []

    async def before() -> None:
        async with at_desk(settings) as at:
            person, token = await at.desk.log_in("wang", PASSWORD)
            assert person.role is Role.OPERATOR
            tokens.append(token)
            assert PASSWORD not in repr(person)
            assert "scrypt" not in repr(person)

    async def after() -> None:
        async with at_desk(settings) as at:
            assert await whose(at, tokens[0]) == "wang"
            assert await whose(at, tokens[0] + "x") is None
            at.later(SESSION_H * 3600)
            assert await whose(at, tokens[0]) is None

    asyncio.run(before())
    asyncio.run(after())


def test_who_fails_to_log_in_is_in_the_audit_but_not_what_was_typed(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            for name, password in (("wang", OTHER), (PASSWORD, "wang"), ("", "")):
                with pytest.raises(Forbidden, match="no such name and password"):
                    await at.desk.log_in(name, password, "192.0.2.7")
            trail = await at.desk.audit(at.people["kong"], kind="login failed")
            assert [each.by for each in trail] == ["(unknown)", "(unknown)", "wang"]
            assert {each.told["origin"] for each in trail} == {"192.0.2.7"}
            assert PASSWORD not in repr(trail)

    asyncio.run(story())


def test_who_logs_out_or_revokes_a_token_has_ended_it(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            wang, first = await at.desk.log_in("wang", PASSWORD)
            second = await at.desk.make_token(wang, 30)
            await at.desk.log_out(first)
            assert (await whose(at, first), await whose(at, second)) == (None, "wang")
            [left] = await at.desk.tokens(wang)
            with pytest.raises(NotFound):
                await at.desk.revoke_token(at.people["zhao"], left.hash)
            # Who manages people sees and ends everybody's.
            assert left in await at.desk.tokens(at.people["lin"])
            await at.desk.revoke_token(at.people["lin"], left.hash)
            assert await whose(at, second) is None
            for days in (0, 367):
                with pytest.raises(Refused):
                    await at.desk.make_token(wang, days)
            trail = repr(await at.desk.audit(at.people["kong"], "wang"))
            assert first not in trail
            assert left.hash not in trail

    asyncio.run(story())


def test_tokens_end_with_the_password_and_with_the_role_also_after_a_restart(
    settings: Any,
) -> None:
    tokens: dict[str, str] = {}

    async def before() -> None:
        async with at_desk(settings) as at:
            lin = at.people["lin"]
            for name in ("wang", "zhao", "ian"):
                tokens[name] = (await at.desk.log_in(name, PASSWORD))[1]
            await at.desk.set_password(lin, "wang", OTHER)
            await at.desk.set_role(lin, "zhao", None)
            # Somebody of the same name is somebody else.
            await at.desk.add_person(lin, "zhao", Role.VIEWER, OTHER)
            await at.desk.set_role(lin, "ian", Role.OPERATOR)
            assert [await whose(at, tokens[name]) for name in tokens] == [None, None, "ian"]

    async def after() -> None:
        async with at_desk(settings) as at:
            assert [await whose(at, tokens[name]) for name in tokens] == [None, None, "ian"]
            assert (await at.desk.with_token(tokens["ian"])).role is Role.OPERATOR  # type: ignore[union-attr]
            assert (await at.desk.log_in("wang", OTHER))[0].name == "wang"

    asyncio.run(before())
    asyncio.run(after())


def test_ones_own_password_takes_the_old_one(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            for name in ("wang", "lin"):
                for old in (None, OTHER):
                    with pytest.raises(Forbidden):
                        await at.desk.set_password(at.people[name], name, OTHER, old)
            with pytest.raises(Refused, match="12 characters or more, this one 5"):
                await at.desk.set_password(at.people["wang"], "wang", "short", PASSWORD)
            await at.desk.set_password(at.people["wang"], "wang", OTHER, PASSWORD)
            await at.desk.log_in("wang", OTHER)
            with pytest.raises(Forbidden):
                await at.desk.log_in("wang", PASSWORD)

    asyncio.run(story())


def test_people_come_change_and_go_but_one_administrator_stays(settings: Any) -> None:
    async def story() -> None:
        async with at_desk(settings) as at:
            lin = at.people["lin"]
            await at.desk.add_person(lin, " mei ", Role.AUDITOR, OTHER)
            with pytest.raises(Refused, match="there is a mei already"):
                await at.desk.add_person(lin, "mei", Role.ADMIN, OTHER)
            for name in ("", "a\nb", "(hub)", "x" * 65):
                with pytest.raises(Refused):
                    await at.desk.add_person(lin, name, Role.VIEWER, OTHER)
            for role in (None, Role.OPERATOR):
                with pytest.raises(Refused, match="lin is the only administrator"):
                    await at.desk.set_role(lin, "lin", role)
            await at.desk.set_role(lin, "mei", Role.ADMIN)
            await at.desk.set_role(lin, "lin", None)
            mei, _ = await at.desk.log_in("mei", OTHER)
            assert [each.name for each in await at.desk.people(mei)] == [
                "ian",
                "kong",
                "mei",
                "vera",
                "wang",
                "zhao",
            ]
            with pytest.raises(NotFound):
                await at.desk.set_role(mei, "lin", Role.VIEWER)

    asyncio.run(story())
