"""The stream of what happens: nothing is missed, and nobody who is slow is waited for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from linli_hub.people import Role
from linli_hub.people.accounts import TOKEN_REVOKED, token_hash
from linli_hub.privacy import MESSAGE
from linli_hub.web import notices, stream
from linli_protocol import codes, messages
from web_site import BUTTON, DOOR, METER, Served, told

NOW_S = 1_800_000_000
EVENTS = "/api/v1/events"


class Follower:
    """A client of the stream; `last_id` is where it would go on."""

    def __init__(self, response: httpx.Response) -> None:
        self.last_id = ""
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Return the next event's name and data."""
        event = ""
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                return event, json.loads(value)
        raise EOFError

    async def begin(self) -> None:
        """Wait until the stream has said where it begins."""
        async for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line[4:]
                return


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, last_id: str = "", **query: Any
) -> AsyncIterator[Follower]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", EVENTS, headers=headers, params=query) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield Follower(response)


def alarm(incident: int) -> dict[str, int]:
    return {"incident": incident, "time": NOW_S, "cause": codes.PRESS, "presses": 1}


def test_an_alarm_is_told_at_once_and_none_is_missed_on_a_lost_connection(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client, site.device(BUTTON) as button:
            async with following(client, kinds="incident") as follower:
                await follower.begin()
                button.send(messages.ALARM, alarm(1))
                kind, notice = await follower.next()
                assert (kind, notice["what"], notice["device"]) == ("incident", "raised", BUTTON)
                last_id = follower.last_id
                assert int(last_id) == notice["row"] == notice["about"]
            # Nobody follows while more happens.
            for incident in (2, 3):
                button.send(messages.ALARM, alarm(incident))
            while len((await client.get("/api/v1/incidents")).json()) < 3:
                await asyncio.sleep(0.05)
            await client.post(f"/api/v1/incidents/{last_id}/steps", json={"state": "received"})
            async with following(client, last_id, kinds="incident") as follower:
                told = [(await follower.next())[1] for _ in range(3)]
            assert [each["what"] for each in told] == ["raised", "raised", "received"]
            assert told[2]["about"] == int(last_id)

    told(story, tmp_path)


def test_each_is_told_what_the_role_may_see(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with (
            site.client(Role.OPERATOR) as operator,
            site.client(Role.VIEWER) as viewer,
            site.device(DOOR) as door,
            site.device(METER) as meter,
            site.device(BUTTON) as button,
            following(operator) as all_of_it,
            following(viewer) as open_only,
        ):
            await all_of_it.begin()
            await open_only.begin()
            event = {"sequence": 0, "time": NOW_S, "code": codes.GRANTED, "subject": 104}
            door.send(messages.EVENT, event)
            reading = {"time": NOW_S, "volume_l": 9, "flags": 0, "battery_mv": 3600}
            meter.send(messages.READING, reading)
            button.send(messages.ALARM, alarm(1))
            door.send(messages.HEALTH, {"time": NOW_S, "uptime_s": 7})
            told = set()
            while {"passage", "reading", "incident", "heard"} - told:
                kind, notice = await all_of_it.next()
                told.add(kind)
                # Nothing of what was said: that is asked of the API.
                assert set(notice) == {"row", "time_us", "kind", "what", "device", "about"}
            kinds, what = set(), ""
            while what != "health":
                kind, notice = await open_only.next()
                kinds.add(kind)
                what = notice["what"]
            assert kinds == {"heard"}

    told(story, tmp_path)


def test_that_somebody_follows_is_in_the_audit(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client, following(client, kinds="incident"):
            pass
        async with site.client(Role.AUDITOR) as auditor:
            [deed] = (await auditor.get("/api/v1/audit?by=operator&kind=access")).json()
            assert (deed["told"]["what"], deed["told"]["about"]) == ("events", "incident")

    told(story, tmp_path)


def test_a_stream_ends_with_the_token(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        token = site.token(Role.OPERATOR)
        async with site.client() as client:
            client.headers["Authorization"] = f"Bearer {token}"
            async with following(client) as follower:
                await follower.begin()
                body = {"hash": token_hash(token), "by": "operator"}
                site.running.site.tell(TOKEN_REVOKED, body, 1)
                with pytest.raises(EOFError):
                    await follower.next()

    told(story, tmp_path)


def test_who_was_away_for_too_long_is_told_to_load_everything_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_FAR", 5)

    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client:
            for last_id in ("1", "1000000"):
                async with following(client, last_id) as follower:
                    assert await follower.next() == ("reset", {})

    told(story, tmp_path)


def test_a_quiet_stream_says_that_it_is_there_and_moves_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_HEARTBEAT_S", 0.1)

    async def story(site: Served) -> None:
        async with (
            site.client(Role.OPERATOR) as client,
            following(client, kinds="incident") as follower,
        ):
            await follower.begin()
            began = int(follower.last_id)
            body = {"message": "health", "time": NOW_S, "device": DOOR}
            site.running.site.tell(MESSAGE, body, 1)
            while int(follower.last_id) == began:
                await follower.begin()

    told(story, tmp_path)


def test_a_client_that_takes_nothing_is_let_go_and_hurts_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_PATIENCE_S", 0.5)

    async def story(site: Served) -> None:
        token = site.token(Role.OPERATOR)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, limit=1024)
        request = f"GET {EVENTS} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(request.encode())
        await reader.readuntil(b"id: ")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        async with (
            site.client(Role.OPERATOR) as client,
            site.device(BUTTON) as button,
            following(client, kinds="incident") as follower,
        ):
            await follower.begin()
            # More than the sockets' buffers hold.
            body = {"message": "health", "time": NOW_S, "device": DOOR}
            for _ in range(60_000):
                site.running.site.tell(MESSAGE, body, 1)
            button.send(messages.ALARM, alarm(1))
            assert (await follower.next())[1]["what"] == "raised"
            while b"linli_stream_dropped_total 1.0" not in await figures(client):
                await asyncio.sleep(0.1)
        writer.close()

    told(story, tmp_path)


async def figures(client: httpx.AsyncClient) -> bytes:
    return (await client.get("/metrics")).content


def test_clients_are_counted_and_one_too_many_is_sent_away(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client:
            async with following(client) as follower:
                await follower.begin()
                second = await client.get(EVENTS)
                assert second.status_code == 503
                assert second.json()["status"] == 503
                assert b"linli_stream_clients 1.0" in await figures(client)
            while b"linli_stream_clients 0.0" not in await figures(client):
                await asyncio.sleep(0.05)

    told(story, tmp_path, "streams = 1\n")


def test_one_person_does_not_take_all_places(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with (
            site.client(Role.VIEWER) as viewer,
            site.client(Role.OPERATOR) as operator,
            following(viewer) as first,
            following(viewer) as second,
        ):
            await first.begin()
            await second.begin()
            third = await viewer.get(EVENTS)
            assert third.status_code == 429
            assert third.headers["Retry-After"] == "10"
            async with following(operator) as duty:
                await duty.begin()

    told(story, tmp_path, "streams = 8\n")


def test_every_kind_of_notice_takes_a_permission() -> None:
    assert set(notices.SEES) == set(notices.Kind)
    assert notices.may_follow(Role.VIEWER) == {notices.Kind.HEARD}
