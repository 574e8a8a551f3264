"""Every page of every role, in both languages: who may open it, and that everybody can use it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

import updates
from linli_hub.people import Role
from linli_hub.web import sessions
from linli_protocol import codes, messages
from web_site import BUTTON, DOOR, HOLDER_NUMBER, HOUSEHOLD, METER, PASSWORD, Served, made, served

EVERYBODY = frozenset(Role)
PAGES = {
    "/": EVERYBODY,
    "/incidents": {Role.OPERATOR, Role.AUDITOR},
    "/incidents/open": {Role.OPERATOR, Role.AUDITOR},
    "/incidents/banner": {Role.OPERATOR, Role.AUDITOR},
    "/duty": {Role.OPERATOR, Role.AUDITOR},
    "/doors": {Role.OPERATOR},
    "/cards": {Role.OPERATOR, Role.INSTALLER, Role.ADMIN},
    f"/cards?door={DOOR:08x}&holder={HOLDER_NUMBER}": {Role.OPERATOR, Role.INSTALLER, Role.ADMIN},
    "/meters": {Role.OPERATOR},
    f"/meters/{METER:08x}": {Role.OPERATOR},
    f"/meters/{METER:08x}?by=hour&days=2": {Role.OPERATOR},
    "/fleet": EVERYBODY,
    "/install": {Role.INSTALLER, Role.ADMIN},
    f"/install/{DOOR:08x}": {Role.INSTALLER, Role.ADMIN},
    f"/install/{DOOR:08x}/state": {Role.INSTALLER, Role.ADMIN},
    "/updates": EVERYBODY,
    "/updates/list": EVERYBODY,
    "/proposals": {Role.OPERATOR, Role.INSTALLER, Role.ADMIN, Role.AUDITOR},
    "/consent": {Role.OPERATOR, Role.ADMIN},
    f"/consent?household={HOUSEHOLD}": {Role.OPERATOR, Role.ADMIN},
    "/radar": EVERYBODY,
    "/audit": {Role.AUDITOR},
    "/people": {Role.ADMIN},
    "/account": EVERYBODY,
    "/published": EVERYBODY,
}
PARTS = (
    "/incidents/open",
    "/incidents/banner",
    f"/install/{DOOR:08x}/state",
    "/updates/list",
)
_VOID = {"input", "link", "meta", "br", "line", "circle", "polygon"}


class Page(HTMLParser):
    """What is to be checked of a page; `faults` is what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.counts: dict[str, int] = {}
        self._ids: list[str] = []
        self._open: list[str] = []
        self._table_parts: list[set[str]] = []
        self.feed(text)
        self.close()
        self.faults += [f"id {each} twice" for each in set(self._ids) if self._ids.count(each) > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if "id" in found:
            self._ids.append(str(found["id"]))
        if "style" in found or tag == "style" or (tag == "script" and not found.get("src")):
            self.faults.append(f"inline {tag}")
        self.faults += [f"inline {name}" for name in found if name.startswith("on")]
        is_shown = found.get("type") != "hidden" and "hidden" not in found
        is_named = "label" in self._open or "aria-label" in found
        if tag in ("input", "select", "textarea") and is_shown and not is_named:
            self.faults.append(f"{tag} {found.get('name')} without a label")
        if tag == "th" and "scope" not in found:
            self.faults.append("th without a scope")
        if tag == "table":
            self._table_parts.append(set())
        elif self._table_parts:
            self._table_parts[-1].add(tag)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> out of place")
        if tag == "table" and not {"caption", "thead", "th"} <= self._table_parts.pop():
            self.faults.append("table without a caption or headings")

    def close(self) -> None:
        super().close()
        self.faults += [f"<{tag}> left open" for tag in self._open if tag != "option"]


def at(folder: Path, story: Callable[[Served], Awaitable[None]]) -> None:
    async def told() -> None:
        async with served(made(folder)) as here:
            await story(here)

    asyncio.run(told())


@asynccontextmanager
async def browser(
    here: Served, role: Role, language: str = "en"
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client with a session, as a browser without JavaScript has one."""
    async with httpx.AsyncClient(
        base_url=here.address,
        cookies={sessions.COOKIE: here.token(role)},
        headers={"Accept-Language": language},
        timeout=20,
    ) as client:
        yield client


def form(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the first form of a page that posts to `action`."""
    (first, *_) = re.findall(
        rf'<form[^>]*method="post" action="{re.escape(action)}".*?</form>', page, re.S
    )
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', first))


async def has_happened(here: Served) -> None:
    """Have each device say something."""
    async with (
        here.device(DOOR) as door,
        here.device(METER) as meter,
        here.device(BUTTON) as button,
    ):
        event = {"sequence": 1, "time": 1_800_000_000, "code": codes.GRANTED}
        door.send(messages.EVENT, {**event, "subject": HOLDER_NUMBER})
        meter.send(messages.READING, {"time": 1, "volume_l": 5, "flags": codes.FLAG_LEAK})
        button.send(messages.ALARM, {"incident": 1, "time": 1, "cause": codes.PRESS, "presses": 2})
        while here.running.messages < 6:
            await asyncio.sleep(0.02)
    await here.running.service.durable(here.running.site.journal.position)


def test_every_page_is_for_its_roles_and_for_everybody_to_use(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        await has_happened(here)
        for role in Role:
            for language in ("zh", "en"):
                async with browser(here, role, language) as client:
                    for path, roles in PAGES.items():
                        answer = await client.get(path)
                        expected = 200 if role in roles else 403
                        assert answer.status_code == expected, (role, path, answer.text)
                        page = Page(answer.text)
                        assert page.faults == [], (role, path)
                        if path not in PARTS:
                            assert page.counts["h1"] == page.counts["main"] == 1, path
                            assert f'<html lang="{language}' in answer.text

    at(tmp_path / "site", story)


def test_whoever_is_not_logged_in_is_led_there_and_back(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with httpx.AsyncClient(base_url=here.address, timeout=20) as client:
            answer = await client.get("/doors?device=00000011")
            assert answer.headers["location"] == "/login?back=%2Fdoors%3Fdevice%3D00000011"
            part = await client.get("/incidents/banner", headers={"HX-Request": "true"})
            assert part.headers["hx-redirect"] == "/login"
            asked = await client.get(answer.headers["location"])
            assert Page(asked.text).faults == []
            said = {"name": "operator", "password": "wrong", **form(asked.text, "/login")}
            wrong = await client.post("/login", data=said)
            assert wrong.status_code == 401 and "Nobody has that name" in wrong.text
            right = await client.post("/login", data={**said, "password": PASSWORD})
            assert right.headers["location"] == "/doors?device=00000011"
            cookie = right.headers["set-cookie"].lower()
            assert "httponly" in cookie and "samesite=strict" in cookie
            page = (await client.get("/doors")).text
            left = await client.post("/logout", data=form(page, "/logout"))
            assert left.headers["location"] == "/login"
            assert (await client.get("/doors")).status_code == 303

    at(tmp_path / "site", story)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_to_another_site(tmp_path: Path, elsewhere: str) -> None:
    async def story(here: Served) -> None:
        async with httpx.AsyncClient(base_url=here.address, timeout=20) as client:
            said = {"name": "operator", "password": PASSWORD, "back": elsewhere}
            answer = await client.post("/login", data=said)
            assert answer.headers["location"] == "/"
            spoken = await client.get("/language/zh", params={"back": elsewhere})
            assert spoken.headers["location"] == "/"

    at(tmp_path / "site", story)


def test_the_language_chosen_stays(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.VIEWER, "en") as client:
            await client.get("/language/zh")
            assert '<html lang="zh-CN"' in (await client.get("/")).text

    at(tmp_path / "site", story)


def test_a_form_of_another_site_does_nothing(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.ADMIN) as client:
            said = {"name": "mallory", "role": "admin", "password": "correct horse battery"}
            answer = await client.post("/people", data=said)
            assert answer.status_code == 403
            assert "mallory" not in (await client.get("/people")).text

    at(tmp_path / "site", story)


def test_people_and_consent_are_changed_without_javascript(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.ADMIN) as client:
            hidden = form((await client.get("/people")).text, "/people")
            said = {"name": "wang", "role": "operator", "password": "correct horse battery"}
            added = await client.post("/people", data={**hidden, **said})
            assert added.headers["location"] == "/people?done=person_added"
            page = (await client.get(added.headers["location"])).text
            assert ">wang<" in page and "Added." in page
            again = await client.post("/people", data={**hidden, **said})
            assert again.status_code == 409 and "there is a wang already" in again.text
            assert Page(again.text).faults == []
            hidden = form((await client.get(f"/consent?household={HOUSEHOLD}")).text, "/consent")
            assert hidden["given"] == "no"
            await client.post("/consent", data={**hidden, "how": "letter of today"})
            page = (await client.get(f"/consent?household={HOUSEHOLD}")).text
            assert "letter of today" in page and "Record consent" in page
            bad = await client.post("/consent", data={**hidden, "how": "x", "household": "many"})
            assert bad.status_code == 422 and "household" in bad.text

    at(tmp_path / "site", story)


def test_a_token_is_shown_once_and_can_be_ended(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.OPERATOR) as client:
            page = (await client.get("/account")).text
            made_ = await client.post(
                "/account/token", data={**form(page, "/account/token"), "days": 9}
            )
            (token,) = re.findall(r'<code class="secret">([^<]+)</code>', made_.text)
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(base_url=here.address, headers=headers) as program:
                assert (await program.get("/api/v1/me")).json()["name"] == "operator"
            assert token not in (await client.get("/account")).text

    at(tmp_path / "site", story)


def test_what_was_typed_is_text_and_never_markup(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.OPERATOR) as client:
            hidden = form((await client.get("/proposals")).text, "/proposals")
            said = {"device": f"{DOOR:08x}", "reason": "<script>alert(1)</script>"}
            await client.post("/proposals", data={**hidden, **said})
            page = (await client.get("/proposals")).text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert Page(page).faults == []
            found = await client.get("/fleet", params={"find": '"><script>'})
            assert Page(found.text).faults == []

    at(tmp_path / "site", story)


def test_a_device_is_enrolled_and_placed_without_javascript(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.INSTALLER) as client:
            hidden = form((await client.get("/install")).text, "/install")
            typed = {**hidden, "kind": "panic", "way": "tcp"}
            wrong = await client.post("/install", data={**typed, "device": "2a"})
            assert wrong.status_code == 422 and "“2a” is no address" in wrong.text
            assert Page(wrong.text).faults == []
            enrolled = await client.post("/install", data={**typed, "device": " 0000:002A "})
            path, _, query = enrolled.headers["location"].partition("?")
            assert path == "/install/0000002a" and query.endswith("done=enrolled")
            page = (await client.get(enrolled.headers["location"])).text
            assert "not heard yet" in page and "not placed" in page
            hidden = form(page, f"{path}/place")
            where = {**hidden, "where": "household", "household": "", "flat": "1204"}
            for text, more in (("Which household?", {}), ("has no gaps", {"household": "9"})):
                answer = await client.post(f"{path}/place", data={**where, **more})
                assert answer.status_code == 422 and text in answer.text
                assert 'value="1204"' in answer.text and Page(answer.text).faults == []
            whole = {"household": "9", "site": "hemu", "building": "3", "floor": "12"}
            placed = await client.post(f"{path}/place", data={**where, **whole})
            page = (await client.get(placed.headers["location"])).text
            assert "hemu/3/12/1204" in page and 'name="household"' in page
            assert "0000002a" in (await client.get("/install")).text
            missing = await client.get("/install/000000ff", headers={"Accept-Language": "zh"})
            assert missing.status_code == 404 and "设备 000000ff 未登记" in missing.text

    at(tmp_path / "site", story)


def test_a_known_address_is_enrolled_again_with_the_next_generation(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.INSTALLER) as client:
            hidden = form((await client.get("/install")).text, "/install")
            typed = {**hidden, "device": f"{DOOR:08x}", "kind": "door", "way": "tcp"}
            again = await client.post("/install", data=typed)
            assert again.status_code == 422 and "is enrolled already" in again.text
            assert re.search(r'name="generation"[^>]*value="1"', again.text)
            assert here.running.site.registry[DOOR].generation == 0
            await client.post("/install", data={**typed, "generation": "1"})
            assert here.running.site.registry[DOOR].generation == 1

    at(tmp_path / "site", story)


def test_a_device_is_taken_out_by_a_proposal(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.INSTALLER) as client:
            page = (await client.get(f"/install/{BUTTON:08x}")).text
            said = {**form(page, "/proposals"), "reason": "stolen", "lost": "yes"}
            proposed = await client.post("/proposals", data=said)
            assert proposed.headers["location"] == "/proposals?done=proposed"
        async with browser(here, Role.ADMIN) as client:
            hidden = form((await client.get("/proposals")).text, "/proposals/1/approve")
            await client.post("/proposals/1/approve", data=hidden)
            assert BUTTON not in here.running.site.registry
            settled = await client.post(
                "/proposals/1/approve", data=hidden, headers={"Accept-Language": "zh"}
            )
            assert settled.status_code == 409 and "提议 1 不再等待" in settled.text

    at(tmp_path / "site", story)


def test_a_card_is_given_and_taken_back_by_whoever_may(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.INSTALLER) as client:
            hidden = form((await client.get("/cards")).text, "/cards")
            typed = {
                **hidden,
                "doors": [f"{DOOR:08x}"],
                "holder": "77",
                "bits": "26",
                "facility": "7",
                "card": "1",
                "household": "",
                "pin": "",
                "begin": "",
                "end": "2027-01-31",
            }
            given = await client.post("/cards", data=typed)
            assert given.headers["location"] == "/cards?holder=77&done=given"
            page = (await client.get(given.headers["location"])).text
            assert "until 2027-02-01 00:00" in page and "staff" in page
            other = await client.post("/cards", data={**typed, "holder": "78"})
            assert other.status_code == 409 and "knows that as holder 77" in other.text
            nothing = await client.post("/cards", data={**typed, "card": ""})
            assert nothing.status_code == 409
        async with browser(here, Role.OPERATOR) as client:
            page = (await client.get("/cards")).text
            assert 'action="/cards"' not in page.replace('method="get" action="/cards"', "")
            hidden = form(page, "/cards/revoke")
            assert hidden["holder"] == "77"
            back = await client.post("/cards/revoke", data=hidden)
            assert "Nobody is let in" in (await client.get(back.headers["location"])).text

    at(tmp_path / "site", story)


def test_an_update_is_begun_with_a_file_and_ended(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.INSTALLER) as client:
            hidden = form((await client.get("/updates")).text, "/updates")
            no_bundle = await client.post(
                "/updates",
                data=hidden,
                files={"bundle": bytes(100_000)},
                headers={"Accept-Language": "zh"},
            )
            assert no_bundle.status_code == 409 and "不是完整的升级包" in no_bundle.text
            bundle = {"bundle": updates.NEW_BUNDLE}
            wrong = await client.post("/updates", data={**hidden, "devices": "11"}, files=bundle)
            assert wrong.status_code == 409 and "“11” is no address" in wrong.text
            begun = await client.post(
                "/updates", data={**hidden, "devices": f"{DOOR:08X}"}, files=bundle
            )
            page = (await client.get(begun.headers["location"])).text
            assert "under way" in page and f"{DOOR:08x}" in page and "0/1" in page
            assert Page(page).faults == []
            hidden = form(page, "/updates/1/end")
            ended = await client.post("/updates/1/end", data=hidden)
            page = (await client.get(ended.headers["location"])).text
            assert "/updates/1/end" not in page and "ended" in page
            foreign = await client.post("/updates", files=bundle)
            assert foreign.status_code == 403
        async with browser(here, Role.VIEWER) as client:
            assert 'name="bundle"' not in (await client.get("/updates")).text
        async with httpx.AsyncClient(base_url=here.address) as nobody:
            led = await nobody.post("/updates", files=bundle)
            assert led.headers["location"].startswith("/login")

    at(tmp_path / "site", story)


def test_what_is_refused_most_is_said_in_chinese(tmp_path: Path) -> None:
    async def story(here: Served) -> None:
        async with browser(here, Role.OPERATOR, "zh") as client:
            hidden = form((await client.get("/proposals")).text, "/proposals")
            proposal = {**hidden, "device": f"{DOOR:08x}"}
            await client.post("/proposals", data={**proposal, "reason": "an ambulance"})
            csrf = {"csrf": hidden["csrf"]}
            for path, fields, status, text in (
                ("/proposals", {**proposal, "reason": " "}, 409, "请填写理由。"),
                ("/proposals/1/approve", csrf, 409, "提议 1 是您自己提出的，须由另一人批准。"),
                (
                    "/account/password",
                    {**csrf, "old": "wrong", "password": "correct horse battery"},
                    403,
                    "当前密码不正确。",
                ),
                ("/cards/revoke", {**csrf, "holder": "5"}, 404, "没有门以此放行持卡人 5。"),
            ):
                answer = await client.post(path, data=fields)
                assert (answer.status_code, text in answer.text) == (status, True), path
            hidden_page = await client.get("/people")
            assert "您的角色没有此权限：管理人员。" in hidden_page.text
            assert "没有这个求助呼叫" in (await client.get("/incidents/1")).text

    at(tmp_path / "site", story)
