"""How much may be asked, and how often a password may be tried."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from linli_hub.people import Role, passwords
from linli_hub.web.context import Context
from linli_hub.web.limits import MOST_CHECKS, MOST_CHECKS_OF_ADDRESS, Checks, Crowded, LogIns, Rate
from web_site import PASSWORD, Served, told

DESK, THIEF = "192.0.2.1", "192.0.2.66"
LOG_IN = "/api/v1/log-in"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_rate_lets_a_few_through_at_once_and_then_as_many_as_it_says() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    taken = [rate.take("li") for _ in range(11)]
    assert taken == [0.0] * 10 + [1.0]
    assert rate.take("wang") == 0.0
    clock.now_s += 0.5
    assert rate.take("li") == 0.5
    clock.now_s += 0.5
    assert rate.take("li") == 0.0
    through = 0
    for _ in range(6000):
        clock.now_s += 0.1
        through += not rate.take("li")
    assert 599 <= through <= 600


def test_who_is_refused_does_not_wait_longer_for_it() -> None:
    clock = Clock()
    rate = Rate(60, clock)
    for _ in range(1000):
        rate.take("li")
    clock.now_s += 1
    assert rate.take("li") == 0.0


def test_a_limit_does_not_remember_everybody_for_ever() -> None:
    rate = Rate(60, Clock())
    for number in range(30_000):
        rate.take(str(number))
    assert len(rate._buckets) == 10_000


def test_who_fails_waits_longer_each_time_and_a_minute_at_most() -> None:
    clock = Clock()
    log_ins = LogIns(clock)
    waits = []
    for _ in range(12):
        log_ins.failed("li", DESK)
        waits.append(log_ins.wait_s("li", DESK))
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    clock.now_s += 59
    assert log_ins.wait_s("li", DESK) == 1
    clock.now_s += 1
    assert log_ins.wait_s("li", DESK) == 0
    log_ins.succeeded("li", DESK)
    log_ins.failed("li", DESK)
    assert log_ins.wait_s("li", DESK) == 0


def test_a_thief_does_not_shut_the_duty_desk_out() -> None:
    log_ins = LogIns(Clock())
    log_ins.succeeded("duty", DESK)
    for number in range(1000):
        log_ins.failed("duty", THIEF)
        log_ins.failed(f"name {number}", DESK)
    assert log_ins.wait_s("duty", THIEF) == 60
    assert log_ins.wait_s("duty", DESK) == 0
    assert log_ins.wait_s("another", DESK) == 60


def test_many_addresses_do_not_make_many_tries_of_a_name() -> None:
    clock = Clock()
    log_ins = LogIns(clock)
    log_ins.seen("duty", DESK)
    tried = 0
    for second in range(3600):
        thief = f"2001:db8::{second:x}"
        if not log_ins.wait_s("duty", thief):
            tried += 1
            log_ins.failed("duty", thief)
        clock.now_s += 1
    assert tried <= 50 + 6 + 60
    assert log_ins.wait_s("duty", "198.51.100.1") > 0
    assert log_ins.wait_s("duty", DESK) == 0
    # Those who mistype there wait as ever, and the thief's failures are not theirs.
    log_ins.failed("duty", DESK)
    assert log_ins.wait_s("duty", DESK) == 0


def test_a_password_tried_with_many_names_makes_the_address_wait() -> None:
    clock = Clock()
    log_ins = LogIns(clock)
    tried = 0
    for second in range(3600):
        if not log_ins.wait_s(f"name {second}", THIEF):
            tried += 1
            log_ins.failed(f"name {second}", THIEF)
        clock.now_s += 1
    assert tried <= 20 + 6 + 60


def test_a_name_that_nobody_has_is_answered_as_one_that_somebody_has(tmp_path: Path) -> None:
    """Nor is there less work: each takes one password hash of the same cost."""

    async def story(site: Served) -> None:
        told = []
        for name in ("operator", "nobody at all"):
            async with site.client() as client:
                wrong = {"name": name, "password": "wrong horse battery"}
                answers = [await client.post(LOG_IN, json=wrong) for _ in range(6)]
                # Which of a second and the next it is, the clock decides.
                told.append([(each.status_code, each.json()["title"]) for each in answers])
                assert answers[0].json()["detail"] == "no such name and password"
        assert told[0] == told[1]

    hashes: list[tuple[object, ...]] = []
    hash_ = passwords._hash

    def counted(password: str, salt: bytes, *cost: int) -> bytes:
        hashes.append((len(salt), *cost))
        return hash_(password, salt, *cost)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hash", counted)
        told(story, tmp_path)
    # The site's own persons come first.
    assert len(hashes[-10:]) == 10
    assert len(set(hashes[-10:])) == 1


def test_where_somebody_has_a_token_a_thief_does_not_make_them_wait(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        context: Context = site.server._context
        async with site.client(Role.OPERATOR) as desk:
            assert (await desk.get("/api/v1/me")).status_code == 200
        for number in range(200):
            context.log_ins.failed("operator", f"192.0.2.{number}")
            context.log_ins.failed("auditor", f"192.0.2.{number}")
        async with site.client() as client:
            asked = {"name": "operator", "password": PASSWORD}
            assert (await client.post(LOG_IN, json=asked)).status_code == 200
            asked = {"name": "auditor", "password": PASSWORD}
            assert (await client.post(LOG_IN, json=asked)).status_code == 429

    told(story, tmp_path)


def test_failures_are_forgotten_after_an_hour() -> None:
    clock = Clock()
    log_ins = LogIns(clock)
    for _ in range(10):
        log_ins.failed("li", DESK)
    clock.now_s += 3601
    log_ins.failed("li", DESK)
    assert log_ins.wait_s("li", DESK) == 0


def test_a_password_is_not_even_looked_at_before_the_wait_is_over(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client() as client:
            wrong = {"name": "operator", "password": "wrong horse battery"}
            answers = [await client.post(LOG_IN, json=wrong) for _ in range(6)]
            assert [each.status_code for each in answers] == [401] * 5 + [429]
            assert answers[-1].headers["Retry-After"] == "2"
            right = {"name": "operator", "password": PASSWORD}
            assert (await client.post(LOG_IN, json=right)).status_code == 429
            right["name"] = "viewer"
            assert (await client.post(LOG_IN, json=right)).status_code == 200
        async with site.client(Role.AUDITOR) as auditor:
            failed = (await auditor.get("/api/v1/audit?kind=login%20failed")).json()
            assert [each["told"]["origin"] for each in failed] == ["127.0.0.1"] * 5

    told(story, tmp_path)


def test_a_crowd_at_the_door_does_not_keep_the_hub_busy_with_passwords(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client() as client:
            tries = [{"name": f"name {number}", "password": PASSWORD} for number in range(40)]
            answers = await asyncio.gather(*(client.post(LOG_IN, json=each) for each in tries))
            statuses = [each.status_code for each in answers]
            assert set(statuses) == {401, 429}
            assert statuses.count(401) <= MOST_CHECKS_OF_ADDRESS

    told(story, tmp_path)


def test_not_too_many_wait_for_their_turn_from_one_address_or_all() -> None:
    checks = Checks()
    with ExitStack() as crowd:
        for _ in range(MOST_CHECKS_OF_ADDRESS):
            crowd.enter_context(checks.waiting(THIEF))
        with pytest.raises(Crowded), checks.waiting(THIEF):
            pass
        for number in range(MOST_CHECKS - MOST_CHECKS_OF_ADDRESS):
            crowd.enter_context(checks.waiting(f"address {number}"))
        with pytest.raises(Crowded), checks.waiting(DESK):
            pass
    with checks.waiting(THIEF), checks.waiting(DESK):
        pass


def test_one_person_and_one_address_may_ask_so_much(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.VIEWER) as viewer, site.client(Role.AUDITOR) as auditor:
            statuses = [(await viewer.get("/api/v1/me")).status_code for _ in range(7)]
            assert statuses == [200] * 5 + [429] * 2
            assert (await auditor.get("/api/v1/me")).status_code == 200
            refused = await auditor.get("/healthz")
            while refused.status_code == 200:
                refused = await auditor.get("/healthz")
            assert refused.json()["status"] == 429
            assert int(refused.headers["Retry-After"]) >= 1

    web = "person_requests_min = 30\naddress_requests_min = 90\n"
    told(story, tmp_path, web)
