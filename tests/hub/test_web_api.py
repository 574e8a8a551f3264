"""The API: who may do what, and what is told of what goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from linli_hub.people import Permission, Role
from linli_hub.web import openapi, sessions
from linli_protocol import codes, messages
from web_site import BUTTON, DOOR, HOLDER_NUMBER, METER, PASSWORD, Served, told

P = Permission
API = "/api/v1"
NOW_S = 1_800_000_000
# What everybody may ask, or everybody with a token.
OPEN = {("post", "/log-in"), ("get", "/healthz"), ("get", "/readyz")}
OWN = {
    ("post", "/log-out"),
    ("get", "/me"),
    ("put", "/me/password"),
    ("get", "/tokens"),
    ("post", "/tokens"),
    ("delete", "/tokens/{hash}"),
    ("get", "/events"),
}


class Ask(NamedTuple):
    """A request, and any one of the permissions that it takes."""

    method: str
    route: str
    permissions: tuple[Permission, ...]
    path: str = ""
    body: Any = None


ASKS = [
    Ask("get", "/site", (P.SEE_SITE,)),
    Ask("get", "/radar", (P.SEE_SITE,)),
    Ask("get", "/devices", (P.SEE_SITE,)),
    Ask("get", "/metrics", (P.SEE_SITE,)),
    Ask("get", "/incidents", (P.SEE_INCIDENTS,)),
    Ask("get", "/incidents/{row}", (P.SEE_INCIDENTS,), "/incidents/1"),
    Ask(
        "post",
        "/incidents/{row}/steps",
        (P.HANDLE_INCIDENTS,),
        "/incidents/1/steps",
        {"state": "received"},
    ),
    Ask("get", "/passages", (P.SEE_DOORS,)),
    Ask("get", "/cards", (P.ENROL, P.SEE_DOORS)),
    Ask(
        "post",
        "/cards",
        (P.ENROL,),
        body={"doors": ["00000011"], "holder": 7, "household": 12, "pin": "4711"},
    ),
    Ask("post", "/cards/revocation", (P.ENROL, P.HANDLE_INCIDENTS), body={"holder": 9}),
    Ask("get", "/updates", (P.SEE_SITE,)),
    Ask("post", "/updates", (P.ENROL,), body={"no": "bundle"}),
    Ask("post", "/updates/{number}/end", (P.ENROL,), "/updates/7/end"),
    Ask("get", "/meters", (P.SEE_METERS,)),
    Ask(
        "get",
        "/meters/{device}/use",
        (P.SEE_METERS,),
        "/meters/00000022/use?begin_s=0&end_s=4000000000&by=hour",
    ),
    Ask("get", "/audit", (P.SEE_AUDIT,)),
    Ask("get", "/chain", (P.SEE_AUDIT,)),
    Ask(
        "post",
        "/devices",
        (P.ENROL,),
        body={"device": "00000044", "kind": "meter", "ways": ["tcp"]},
    ),
    Ask("get", "/places", (P.ENROL, P.CONSENT)),
    Ask(
        "put", "/places/{device}", (P.ENROL,), "/places/00000011", {"household": 12, "place": "a/1"}
    ),
    Ask("get", "/people", (P.MANAGE_PEOPLE,)),
    Ask(
        "post",
        "/people",
        (P.MANAGE_PEOPLE,),
        body={"name": "wang", "role": "viewer", "password": PASSWORD},
    ),
    Ask(
        "put", "/people/{name}/role", (P.MANAGE_PEOPLE,), "/people/viewer/role", {"role": "viewer"}
    ),
    Ask(
        "put",
        "/people/{name}/password",
        (P.MANAGE_PEOPLE,),
        "/people/nobody/password",
        {"password": PASSWORD},
    ),
    Ask("get", "/households/{household}/consents", (P.CONSENT,), "/households/12/consents"),
    Ask(
        "put",
        "/households/{household}/consents/{purpose}",
        (P.CONSENT,),
        "/households/12/consents/door%20history",
        {"given": True, "how": "signed form"},
    ),
    Ask(
        "post",
        "/households/{household}/erasure",
        (P.ERASE,),
        "/households/99/erasure",
        {"reason": "asked for it"},
    ),
    Ask("get", "/proposals", (P.PROPOSE, P.SEE_AUDIT)),
    Ask(
        "post",
        "/proposals",
        (P.PROPOSE,),
        body={
            "operation": "door release",
            "arguments": {"device": "00000011"},
            "reason": "locked out",
        },
    ),
    Ask("post", "/proposals/{number}/approval", (P.APPROVE,), "/proposals/77/approval"),
    Ask("post", "/proposals/{number}/withdrawal", (P.APPROVE,), "/proposals/77/withdrawal"),
]
# What is there to be collected is the proposer's own, whoever that is.
ASKED_ELSEWHERE = {("post", "/proposals/{number}/collection")}


def path_of(ask: Ask) -> str:
    path = ask.path or ask.route
    return path if path == "/metrics" else API + path


def is_problem(answer: httpx.Response, status: int) -> bool:
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    return bool(problem["status"] == status and problem["title"] and problem["detail"])


def test_each_role_may_do_what_its_permissions_say_and_nothing_else(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        for ask in ASKS:
            async with site.client() as nobody:
                answer = await nobody.request(ask.method, path_of(ask), json=ask.body)
                assert is_problem(answer, 401), ask
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        for role in Role:
            async with site.client(role) as client:
                for ask in ASKS:
                    answer = await client.request(ask.method, path_of(ask), json=ask.body)
                    may = any(map(role.may, ask.permissions))
                    assert (answer.status_code != 403) == may, (role, ask, answer.text)
                    assert answer.status_code not in (401, 422), (ask, answer.text)
                    assert answer.status_code < 500, (ask, answer.text)

    told(story, tmp_path, "person_requests_min = 10000\naddress_requests_min = 10000\n")


def test_no_route_is_left_out_of_the_tables_above(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client() as client:
            described = (await client.get(openapi.PATH)).json()
        routes = {
            (method, path.removeprefix(API))
            for path, operations in described["paths"].items()
            for method in operations
        }
        assert routes == OPEN | OWN | ASKED_ELSEWHERE | {(ask.method, ask.route) for ask in ASKS}

    told(story, tmp_path)


def test_a_name_and_a_password_give_a_token_that_can_be_ended(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client() as client:
            wrong = {"name": "operator", "password": "wrong horse battery"}
            assert is_problem(await client.post(f"{API}/log-in", json=wrong), 401)
            right = {"name": "operator", "password": PASSWORD}
            foreign = {"Sec-Fetch-Site": "cross-site"}
            assert is_problem(await client.post(f"{API}/log-in", json=right, headers=foreign), 403)
            token = (await client.post(f"{API}/log-in", json=right)).json()["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            me = (await client.get(f"{API}/me")).json()
            assert (me["name"], me["role"]) == ("operator", "operator")
            assert "see doors" in me["permissions"]
            assert (await client.post(f"{API}/log-out")).status_code == 204
            assert is_problem(await client.get(f"{API}/me"), 401)

    told(story, tmp_path)


def test_a_token_that_is_over_or_revoked_lets_nobody_in(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        over = {"Authorization": f"Bearer {site.token(Role.OPERATOR, life_s=-1)}"}
        async with site.client(Role.OPERATOR) as client:
            assert is_problem(await client.get(f"{API}/me", headers=over), 401)
            made = await client.post(f"{API}/tokens", json={"days": 30})
            other = {"Authorization": f"Bearer {made.json()['token']}"}
            assert (await client.get(f"{API}/me", headers=other)).status_code == 200
            tokens = (await client.get(f"{API}/tokens")).json()
            newest = max(tokens, key=lambda each: int(each["expires_us"]))
            ended = await client.delete(f"{API}/tokens/{newest['hash']}")
            assert ended.status_code == 204
            assert is_problem(await client.get(f"{API}/me", headers=other), 401)
            assert (await client.get(f"{API}/me")).status_code == 200

    told(story, tmp_path)


def test_who_may_log_in_no_more_is_out_at_once(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as operator, site.client(Role.ADMIN) as admin:
            assert (await operator.get(f"{API}/incidents")).status_code == 200
            await admin.put(f"{API}/people/operator/role", json={"role": "viewer"})
            assert is_problem(await operator.get(f"{API}/incidents"), 403)
            await admin.put(f"{API}/people/operator/role", json={"role": None})
            assert is_problem(await operator.get(f"{API}/me"), 401)

    told(story, tmp_path)


def test_a_session_in_a_cookie_changes_nothing_without_the_page_s_word(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        token = site.token(Role.OPERATOR)
        body = {"given": True, "how": "signed form"}
        path = f"{API}/households/12/consents/door%20history"
        async with site.client() as client:
            client.cookies[sessions.COOKIE] = token
            assert (await client.get(f"{API}/me")).status_code == 200
            assert is_problem(await client.put(path, json=body), 403)
            wrong = {sessions.CSRF_HEADER: sessions.csrf_of("another")}
            assert is_problem(await client.put(path, json=body, headers=wrong), 403)
            right = {sessions.CSRF_HEADER: sessions.csrf_of(token)}
            assert (await client.put(path, json=body, headers=right)).status_code == 204

    told(story, tmp_path)


def test_a_call_for_help_goes_from_raised_to_closed_and_not_back(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client, site.device(BUTTON) as button:
            alarm = {"incident": 1, "time": NOW_S, "cause": codes.FALL, "presses": 1}
            button.send(messages.ALARM, alarm)
            while not (found := (await client.get(f"{API}/incidents")).json()):
                await asyncio.sleep(0.05)
            [call] = found
            assert (call["device"], call["cause"], call["state"]) == ("00000033", "fall", "raised")
            assert call["place"] == "a/1/2/3"
            steps = f"{API}/incidents/{call['row']}/steps"
            done = await client.post(steps, json={"state": "received", "grade": 2})
            assert done.status_code == 204
            while not any(kind == messages.ALARM_STATUS for kind, _ in button.got):
                await asyncio.sleep(0.01)
            assert (await client.post(steps, json={"state": "closed"})).status_code == 204
            assert is_problem(await client.post(steps, json={"state": "received"}), 409)
            assert (await client.get(f"{API}/incidents")).json() == []
            call = (await client.get(f"{API}/incidents/{call['row']}")).json()
            assert [step["state"] for step in call["steps"]] == ["received", "closed"]
            assert (call["by"], call["grade"]) == ("operator", 2)
            assert is_problem(await client.get(f"{API}/incidents/1"), 404)

    told(story, tmp_path)


def test_a_name_goes_with_the_consent_and_meters_tell_what_was_used(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with (
            site.client(Role.OPERATOR) as client,
            site.device(DOOR) as door,
            site.device(METER) as meter,
        ):
            granted = {
                "sequence": 0,
                "time": NOW_S,
                "code": codes.GRANTED,
                "subject": HOLDER_NUMBER,
            }
            door.send(messages.EVENT, granted)
            reading = {"time": NOW_S, "volume_l": 900, "flags": codes.FLAG_LEAK, "battery_mv": 3600}
            meter.send(messages.READING, reading)
            while not (passages := (await client.get(f"{API}/passages")).json()):
                await asyncio.sleep(0.05)
            while not (meters := (await client.get(f"{API}/meters")).json()):
                await asyncio.sleep(0.05)
            assert (passages[0]["event"], passages[0]["holders"]) == ("granted", [HOLDER_NUMBER])
            assert (meters[0]["volume_l"], list(meters[0]["conditions"])) == (900, ["leak"])
            word = {"given": False, "how": "by telephone"}
            await client.put(f"{API}/households/12/consents/door%20history", json=word)
            [passage] = (await client.get(f"{API}/passages?device=00000011")).json()
            assert passage["holders"] == []
            words = (await client.get(f"{API}/households/12/consents")).json()
            assert {each["purpose"]: each["given"] for each in words}["door history"] is False

    told(story, tmp_path)


def test_a_door_is_released_by_two_persons(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with (
            site.client(Role.OPERATOR) as operator,
            site.client(Role.ADMIN) as admin,
            site.device(DOOR) as door,
        ):
            asked = {
                "operation": "door release",
                "arguments": {"device": "00000011"},
                "reason": "locked out",
            }
            proposal = (await operator.post(f"{API}/proposals", json=asked)).json()
            assert proposal["arguments"] == {"device": "00000011"}
            approval = f"{API}/proposals/{proposal['number']}/approval"
            assert is_problem(await operator.post(approval), 409)
            approving = asyncio.create_task(admin.post(approval))
            while not (commands := [body for kind, body in door.got if kind == messages.COMMAND]):
                await asyncio.sleep(0.01)
            [command] = commands
            assert command["operation"] == codes.RELEASE_DOOR
            door.send(messages.RESULT, {"id": command["id"], "status": codes.DONE})
            answer = await approving
            assert answer.status_code == 200
            [entry] = (await operator.get(f"{API}/proposals")).json()
            assert (entry["state"], entry["by"]) == ("proposal done", "admin")
            assert entry["outcome"] == answer.json()["outcome"]
            assert is_problem(await admin.post(approval), 409)

    told(story, tmp_path)


def test_a_key_is_handed_to_its_proposer_once(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with (
            site.client(Role.INSTALLER) as installer,
            site.client(Role.ADMIN) as admin,
        ):
            asked = {
                "operation": "key export",
                "arguments": {"device": "00000011"},
                "reason": "the board burnt",
            }
            number = (await installer.post(f"{API}/proposals", json=asked)).json()["number"]
            collection = f"{API}/proposals/{number}/collection"
            assert is_problem(await installer.post(collection), 404)
            await admin.post(f"{API}/proposals/{number}/approval")
            assert is_problem(await admin.post(collection), 409)
            assert (await installer.post(collection)).json()["device"] == "00000011"
            assert is_problem(await installer.post(collection), 404)

    told(story, tmp_path)


def test_who_was_shown_what_is_in_the_audit(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as operator, site.client(Role.AUDITOR) as auditor:
            for what in ("incidents", "passages", "meters"):
                await operator.get(f"{API}/{what}")
            deeds = (await auditor.get(f"{API}/audit?by=operator&kind=access")).json()
            assert [each["told"]["what"] for each in deeds] == ["meters", "doors", "incidents"]
            chain = (await auditor.get(f"{API}/chain")).json()
            assert chain["head"].startswith(f"{chain['rows']}:")

    told(story, tmp_path)


NONSENSE = [
    ("get", "/passages?device=11", None, "8 hexadecimal digits"),
    ("get", "/passages?limit=0", None, "greater than or equal to 1"),
    ("get", "/incidents/99999999999999999999", None, "row"),
    ("get", "/audit?by=%00", None, "printed"),
    ("put", "/places/00000011", {"place": "a//b"}, "pattern"),
    ("put", "/places/00000011", {"where": "a"}, "where"),
    ("post", "/incidents/1/steps", {"state": "forgotten"}, "'received'"),
    ("post", "/incidents/1/steps", {"state": "received", "grade": "1"}, "integer"),
    ("post", "/proposals", {"operation": "party"}, "'door release'"),
    ("post", "/devices", {"device": "\ud800"}, "device"),
    ("post", "/people", {"name": "a\nb", "role": "viewer", "password": "x"}, "printed"),
    ("put", "/households/-1/consents/door%20history", {}, "household"),
]


def test_what_makes_no_sense_is_told_with_its_place(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.ADMIN) as client:
            client.headers["Content-Type"] = "application/json"
            for method, path, body, says in NONSENSE:
                answer = await client.request(method, API + path, content=json.dumps(body))
                assert is_problem(answer, 422), path
                problem = answer.json()
                assert says in problem["detail"], problem
                assert problem["mistakes"][0]["where"], problem

    told(story, tmp_path)


def test_neither_noise_nor_a_flood_is_an_error_of_the_hub(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.ADMIN) as client:
            client.headers["Content-Type"] = "application/json"
            path = f"{API}/people"
            assert is_problem(await client.post(path, content=b"{"), 422)
            assert is_problem(await client.post(path, content=b"\xff\xfe"), 422)
            large = b'"' + 100_000 * b"x" + b'"'
            assert is_problem(await client.post(path, content=large), 413)

            async def endless() -> AsyncIterator[bytes]:
                yield b"x"

            assert is_problem(await client.post(path, content=endless()), 411)
            assert is_problem(await client.get("/api/v1/nothing"), 404)
            assert is_problem(await client.delete(path), 405)

    told(story, tmp_path)


def test_a_hub_whose_database_takes_nothing_is_not_ready(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.VIEWER) as client:
            assert (await client.get("/readyz")).json() == {"status": "ok"}
            site.running.site.journal.trouble = "disk full"
            assert is_problem(await client.get("/readyz"), 503)
            assert (await client.get("/healthz")).json() == {"status": "ok"}
            site.running.site.journal.trouble = None

    told(story, tmp_path)
