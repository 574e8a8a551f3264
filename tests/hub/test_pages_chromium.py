"""The dashboard in a real browser: a night at the duty desk, two persons, a withdrawn consent."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest

import chromium
from desk_site import DoorList
from linli_hub.people import Role
from linli_hub.privacy import Purpose
from linli_protocol import access_list, codes, deltas, messages
from site_in_thread import SiteInThread
from tcp_device import TcpDevice
from web_site import BUTTON, DOOR, HOLDER_NUMBER, HOUSEHOLD, METER, PASSWORD, Served, made

pytestmark = pytest.mark.skipif(chromium.CHROMIUM is None, reason=chromium.MISSING)

PHONE, DESK = 390, 1280
PATHS = {
    Role.OPERATOR: (
        "/",
        "/incidents",
        "/duty",
        "/doors",
        "/meters",
        f"/meters/{METER:08x}?by=hour&days=7",
        "/fleet",
        "/proposals",
        f"/consent?household={HOUSEHOLD}",
        "/radar",
        "/account",
        "/published",
    ),
    Role.INSTALLER: ("/install", f"/install/{DOOR:08x}", "/cards", "/updates"),
    Role.ADMIN: ("/people",),
    Role.AUDITOR: ("/audit",),
}
NEW_DOOR = 0x12
# A script that a page had in itself would be seen to have run.
INLINE = "<script>window.ran = 1</script>"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    with chromium.Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(autouse=True)
def pages_closed(browser: chromium.Chromium) -> Iterator[None]:
    yield
    browser.close_pages()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteInThread]:
    # No person looks at so many pages a minute.
    settings = "address_requests_min = 100000\nperson_requests_min = 100000\n"
    with SiteInThread(made(tmp_path_factory.mktemp("sites") / "site", settings)) as at_work:
        yield at_work


class Devices:
    """The site's devices, at work until the context ends."""

    def __init__(self, site: SiteInThread) -> None:
        self._site = site
        self._stack = contextlib.AsyncExitStack()
        self.devices: dict[int, TcpDevice] = {}

    def __enter__(self) -> "Devices":
        async def begin(here: Served) -> None:
            for address in (DOOR, METER, BUTTON):
                device = await self._stack.enter_async_context(here.device(address))
                self.devices[address] = device

        self._site.do(begin)
        return self

    def __exit__(self, *_: object) -> None:
        self._site.do(lambda here: self._stack.aclose())

    def send(self, address: int, kind: int, fields: dict) -> None:
        async def sent(here: Served) -> None:
            self.devices[address].send(kind, fields)

        self._site.do(sent)

    def wait_for(self, address: int, kind: int, **fields: int) -> None:
        """Wait until a device is sent a message with these fields."""

        async def came(here: Served) -> None:
            got = self.devices[address].got
            while not any(of == kind and fields.items() <= told.items() for of, told in list(got)):
                await asyncio.sleep(0.02)

        self._site.do(came)


@pytest.fixture(scope="module")
def devices(site: SiteInThread) -> Iterator[Devices]:
    with Devices(site) as at_work:
        at_work.send(METER, messages.READING, {"time": 1, "volume_l": 5, "flags": 0})

        async def told(here: Served) -> None:
            # Their greetings, and the reading.
            while here.running.messages < 4:
                await asyncio.sleep(0.02)
            await here.running.service.durable(here.running.site.journal.position)

        site.do(told)
        yield at_work


@contextlib.contextmanager
def new_door(site: SiteInThread) -> Iterator[DoorList]:
    """Have a door that the hub may not know switched on within; yield the list that it keeps."""
    there = DoorList()
    tasks: list[asyncio.Task[None]] = []

    async def begin(here: Served) -> None:
        device = TcpDevice(here.running.site.community_key, NEW_DOOR, codes.DOOR)
        device.hello["list_version"] = there.credentials.version
        tcp = here.running.ways["tcp"]
        tasks.append(asyncio.create_task(device.run(tcp.port)))  # type: ignore[attr-defined]
        tasks.append(asyncio.create_task(there.follow(device)))

    async def end(here: Served) -> None:
        for task in tasks:
            task.cancel()

    site.do(begin)
    try:
        yield there
    finally:
        site.do(end)


def log_in(
    browser: chromium.Chromium,
    site: SiteInThread,
    role: Role,
    path: str = "/",
    width: int = DESK,
    language: str = "en",
) -> chromium.Page:
    """Return a page of somebody of a role, who has just logged in and is at `path`."""
    address = site.served.address
    start = f"{address}/language/{language}?back=/login"
    page = browser.open(start, width, visitor=browser.visitor())
    fill(page, "name", role)
    fill(page, "password", PASSWORD)
    page.leave(lambda: page.press("Enter"))
    if path != "/":
        page.go(address + path)
    return page


def fill(page: chromium.Page, name: str, text: str, of: str = "main") -> None:
    """Type into a field as a person does."""
    page.value(f"document.querySelector(`{of} [name='{name}']`).focus()")
    page.call("Input.insertText", text=text)


def click(page: chromium.Page, selector: str) -> None:
    """Press a button that leads to a page."""
    page.leave(lambda: page.value(f"document.querySelector(`{selector}`).click()"))


def shows(text: str, selector: str = "main") -> str:
    return f"document.querySelector(`{selector}`)?.innerText.includes(`{text}`)"


def test_a_call_for_help_from_the_press_to_the_end(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices
) -> None:
    page = log_in(browser, site, Role.OPERATOR, "/duty")
    page.wait_for(shows("All quiet"))
    page.wait_for("document.getElementById('live').textContent == 'live'")
    devices.send(
        BUTTON, messages.ALARM, {"incident": 1, "time": 1, "cause": codes.FALL, "presses": 3}
    )
    page.wait_for(shows("a/1/2/3"))
    assert page.value(shows("fall")) and page.value(shows("Not acknowledged: 1", "[role=alert]"))
    page.wait_for("document.querySelector('[data-since]').textContent != '0:00'")
    # Whoever sits there has touched something, so it sounds until somebody acknowledges.
    page.press("z")
    page.wait_for("document.getElementById('sound').textContent == 'Sound on'")
    page.wait_for("Number(document.getElementById('sound').dataset.beeps) > 0")
    page.press("a")
    page.wait_for("document.querySelector('.call.received')")
    devices.wait_for(BUTTON, messages.ALARM_STATUS, state=codes.RECEIVED)
    page.press("e")
    page.wait_for("document.querySelector('.call.coming')")
    devices.wait_for(BUTTON, messages.ALARM_STATUS, state=codes.HELP_COMING)
    page.value("document.querySelector('[name=grade]').value = '3'")
    page.value("document.querySelector('form:has([name=grade]) button').click()")
    page.wait_for(shows("All quiet"))
    devices.wait_for(BUTTON, messages.ALARM_STATUS, state=codes.CLOSED)
    page.leave(lambda: page.press("2"))
    assert page.value(shows("III annoyance", "table"))
    page.wait_for("document.getElementById('sound').textContent == 'Sound on'")
    assert page.complaints == []


def test_another_page_says_at_once_that_somebody_calls(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices
) -> None:
    page = log_in(browser, site, Role.OPERATOR, "/fleet")
    page.wait_for("document.getElementById('live').textContent == 'live'")
    devices.send(BUTTON, messages.ALARM, {"incident": 2, "time": 2, "cause": codes.PRESS})
    page.wait_for(shows("nobody has acknowledged: 1", ".banner[role=alert]"))
    page.leave(lambda: page.press("o"))
    assert page.value("location.pathname") == "/incidents"
    page.press("a")
    page.wait_for("document.querySelector('.call.received')")
    # Somebody is about to close it when another call comes: what was chosen stays chosen.
    page.value("document.querySelector('.received [name=grade]').value = '2'")
    devices.send(BUTTON, messages.ALARM, {"incident": 3, "time": 3, "cause": codes.PRESS})
    page.wait_for("document.querySelectorAll('.call').length == 2")
    assert page.value("document.querySelector('.received [name=grade]').value") == "2"
    assert page.complaints == []


def test_sound_and_keys_can_be_switched_off(browser: chromium.Chromium, site: SiteInThread) -> None:
    page = log_in(browser, site, Role.OPERATOR)
    page.value("document.getElementById('sound').click()")
    page.wait_for("document.getElementById('sound').textContent == 'Sound off'")
    page.value("document.getElementById('keys-toggle').click()")
    page.press("5")
    assert page.value("document.getElementById('keys-toggle').textContent") == "Keys off"
    assert page.value("location.pathname") == "/"
    page.value("document.getElementById('keys-toggle').click()")
    page.press("?")
    page.wait_for("document.querySelector('dialog[open]')")
    page.value("document.querySelector('dialog[open]').close()")
    page.leave(lambda: page.press("5"))
    assert page.value("location.pathname") == "/fleet"


def test_a_door_is_released_by_two_persons_and_not_by_one(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices
) -> None:
    one = log_in(browser, site, Role.OPERATOR, "/proposals")
    fill(one, "device", f"{DOOR:08x}")
    fill(one, "reason", "an ambulance waits")
    click(one, "form:has([value='door release']) button")
    assert one.value(shows("an ambulance waits", ".call"))
    assert not one.value("document.querySelector('[action$=approve]')")
    other = log_in(browser, site, Role.ADMIN, "/proposals")
    assert other.value(shows("operator", ".call"))
    other.value("document.querySelector('[action$=approve] button').click()")
    devices.wait_for(DOOR, messages.COMMAND, operation=codes.RELEASE_DOOR)
    number = next(
        fields["id"] for kind, fields in devices.devices[DOOR].got if kind == messages.COMMAND
    )
    devices.send(DOOR, messages.RESULT, {"id": number, "status": codes.DONE})
    # The first person's page follows by itself.
    one.wait_for(shows("done", "table"))
    assert one.value(shows(f"command {number} to {DOOR:08x}: done"))
    assert one.complaints == []


def test_a_withdrawn_consent_hides_data_and_says_so(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices
) -> None:
    now_s = int(time.time())
    hours = deltas.encode([7] * 24)
    devices.send(METER, messages.READINGS, {"time": now_s, "volume_l": 900, "deltas": bytes(hours)})
    event = {"sequence": 1, "time": now_s, "code": codes.GRANTED, "subject": HOLDER_NUMBER}
    devices.send(DOOR, messages.EVENT, event)
    doors = log_in(browser, site, Role.OPERATOR, "/doors")
    doors.wait_for(shows(f"holder {HOLDER_NUMBER}", "table"))
    address = site.served.address
    by_hour = f"{address}/meters/{METER:08x}?by=hour&days=2"
    page = log_in(browser, site, Role.OPERATOR)
    page.go(by_hour)
    page.wait_for("document.querySelector('.chart canvas')")
    assert page.value("document.querySelectorAll('#use tbody tr').length") == 24
    page.go(f"{address}/consent?household={HOUSEHOLD}")
    for purpose in (Purpose.CONSUMPTION_PROFILE, Purpose.DOOR_HISTORY):
        of = f"form:has([value='{purpose}'])"
        fill(page, "how", "told the desk", of)
        click(page, f"{of} button")
    page.go(by_hour)
    assert page.value(shows("has not consented", "#hidden"))
    assert not page.value("document.querySelector('#use')")
    doors.go(f"{address}/doors")
    assert doors.value(shows("not shown: no consent", "table"))
    assert not doors.value(shows(f"holder {HOLDER_NUMBER}"))
    assert page.complaints == doors.complaints == []


def test_an_installer_brings_a_door_into_service_with_a_phone(
    browser: chromium.Chromium, site: SiteInThread
) -> None:
    page = log_in(browser, site, Role.INSTALLER, "/install", PHONE)
    fill(page, "device", "0000 0012")
    page.value("document.querySelector('[name=kind]').value = 'door'")
    click(page, "[action='/install'] button")
    assert page.value(shows("not heard yet", "#heard"))
    page.wait_for("document.getElementById('live').textContent == 'live'")
    with new_door(site) as there:
        # The page says so by itself, and leaves alone what is being typed.
        fill(page, "household", str(HOUSEHOLD))
        page.wait_for("document.querySelector('#heard .mark.good')")
        assert page.value("document.querySelector('[name=household]').value") == str(HOUSEHOLD)
        page.value("document.querySelector('[value=household]').checked = true")
        fill(page, "building", "9")
        click(page, "[action$='/place'] button")
        assert page.value(shows("a/9"))
        page.go(f"{site.served.address}/cards?door={NEW_DOOR:08x}")
        for name, text in (("holder", "77"), ("facility", "7"), ("card", "1")):
            fill(page, name, text, "[action='/cards'][method=post]")
        click(page, "[action='/cards'][method=post] button")

        async def arrived(here: Served) -> None:
            while not here.running.doors.is_current(NEW_DOOR):
                await asyncio.sleep(0.02)

        site.do(arrived)
        credential = there.credentials.find(access_list.card_token(26, 7, 1))
        assert credential is not None and credential.person == 77
        page.go(f"{site.served.address}/cards?holder=77")
        assert page.value(shows("there", ".mark.good"))
        click(page, "[action='/cards/revoke']:has([name=token]) button")
        site.do(arrived)
        assert there.credentials.count == 0
    assert page.value("document.documentElement.scrollWidth") == PHONE
    assert page.complaints == []


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_quiet_and_fits(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices, width: int, language: str
) -> None:
    address = site.served.address
    for role, paths in PATHS.items():
        page = log_in(browser, site, role, width=width, language=language)
        for path in paths:
            page.go(address + path)
            assert page.value("document.documentElement.scrollWidth") == width, path
            assert page.value("document.documentElement.lang").startswith(language)
        assert page.complaints == []
        assert all(url.startswith((address, "data:")) for url in page.requests)


def test_a_phone_has_the_navigation_in_a_menu(
    browser: chromium.Chromium, site: SiteInThread
) -> None:
    page = log_in(browser, site, Role.OPERATOR, width=PHONE)
    shown = "document.querySelector('#menu a').checkVisibility()"
    assert not page.value(shown)
    page.value("document.querySelector('.open-menu').click()")
    assert page.value(shown)


def test_the_first_tab_offers_to_skip_to_the_contents(
    browser: chromium.Chromium, site: SiteInThread
) -> None:
    page = log_in(browser, site, Role.VIEWER)
    page.press("Tab")
    assert page.value("document.activeElement.className") == "skip"
    assert page.value("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter")
    page.wait_for("document.activeElement.id == 'contents'")
    page.press("Tab")
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_what_is_inline_does_not_run(browser: chromium.Chromium, site: SiteInThread) -> None:
    page = log_in(browser, site, Role.VIEWER)
    page.value(
        f"document.querySelector('main').append(document.createRange()"
        f".createContextualFragment(`{INLINE}`)); 0"
    )
    page.value("document.querySelector('main').setAttribute('style', 'color: red')")
    assert page.value("window.ran") is None
    assert page.value("getComputedStyle(document.querySelector('main')).color") != "rgb(255, 0, 0)"


def test_markup_that_somebody_has_typed_anywhere_is_text_everywhere(
    browser: chromium.Chromium, site: SiteInThread, devices: Devices
) -> None:
    evil = '"><img src=x onerror=window.ran=1>'

    async def typed(here: Served) -> None:
        where = f"/api/v1/households/{HOUSEHOLD}/consents/{Purpose.DOOR_HISTORY}"
        asks = [
            (
                Role.INSTALLER,
                "PUT",
                f"/api/v1/places/{METER:08x}",
                {"household": 12, "place": evil},
            ),
            (
                Role.ADMIN,
                "POST",
                "/api/v1/people",
                {"name": evil, "role": "viewer", "password": PASSWORD},
            ),
            (Role.OPERATOR, "PUT", where, {"given": True, "how": evil}),
            (
                Role.OPERATOR,
                "POST",
                "/api/v1/proposals",
                {
                    "operation": "door release",
                    "arguments": {"device": f"{DOOR:08x}"},
                    "reason": evil,
                },
            ),
        ]
        for role, method, path, body in asks:
            async with here.client(role) as client:
                answer = await client.request(method, path, json=body)
                assert answer.is_success, answer.text

    site.do(typed)
    shown = set()
    where_shown = {
        Role.OPERATOR: ("/meters", "/proposals", f"/consent?household={HOUSEHOLD}"),
        Role.INSTALLER: ("/install",),
        Role.ADMIN: ("/people",),
        Role.AUDITOR: ("/audit",),
    }
    for role, paths in where_shown.items():
        page = log_in(browser, site, role)
        for path in paths:
            page.go(site.served.address + path)
            assert page.value("document.querySelectorAll('[onerror], [src=x]').length") == 0, path
            if page.value(shows(evil)):
                shown.add(path.partition("?")[0])
        assert page.value("window.ran") is None
        assert page.complaints == []
    assert {"/people", "/proposals", "/audit"} <= shown
