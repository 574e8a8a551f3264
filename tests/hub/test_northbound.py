"""The log goes up: all of it, alarms first, whatever the uplink does meanwhile."""

import asyncio
from collections.abc import Collection, Coroutine, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hub.northbound import Forwarder, Limits
from linli_hub.northbound.gaps import Gaps
from linli_hub.privacy import Sensitivity
from linli_hub.projections import Event
from linli_hub.storage import Database, open_database
from northbound_site import WAIT_S, LogSite

HEALTH = Sensitivity.HEALTH
DEFAULTS = Limits()


@pytest.fixture
def site(database: Database) -> Iterator[LogSite]:
    made = LogSite(database)
    yield made
    made.close()


class Uplink:
    """The far end: takes rows, but fails the deliveries of these numbers, counted from 1."""

    def __init__(self, fails: Collection[int] = ()) -> None:
        self.rows: list[int] = []
        self.late: list[int] = []
        self.largest = 0
        self._deliveries = 0
        self._fails = fails

    async def deliver(self, events: Sequence[Event], late: bool) -> None:
        self.largest = max(self.largest, len(events))
        self._deliveries += 1
        if self._deliveries in self._fails:
            raise OSError("the uplink is gone")
        numbers = [event.number for event in events]
        self.rows += numbers
        self.late += numbers if late else []


def forwarder(site: LogSite, limits: Limits = DEFAULTS, history: bool = True) -> Forwarder:
    return Forwarder(
        "test", site.journal, site.reader(HEALTH), site.unix_us, limits, history=history
    )


def run(story: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(WAIT_S):
            await story

    asyncio.run(bounded())


async def until_all_sent(sender: Forwarder, uplink: Uplink) -> None:
    """Send until nothing waits; after an error, again."""
    while True:
        task = asyncio.create_task(sender.run(uplink.deliver))
        while not task.done() and sender.waiting:
            await asyncio.sleep(0.005)
        if not task.done():
            # What was read may still be on its way.
            await asyncio.sleep(0.05)
            task.cancel()
        if not isinstance((await asyncio.gather(task, return_exceptions=True))[0], OSError):
            return


def test_rows_go_in_order_once(site: LogSite) -> None:
    async def story() -> None:
        sender, uplink = forwarder(site), Uplink()
        for number in range(250):
            site.message("health", number, uptime_s=1)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows == list(range(1, 251))
        assert uplink.largest <= 100
        site.message("health", 1, uptime_s=2)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows[250:] == [251]
        assert sender.sent == 251
        sender.close()

    run(story())


def test_a_delivery_that_fails_comes_again(site: LogSite) -> None:
    async def story() -> None:
        sender, uplink = forwarder(site), Uplink(fails={1, 3, 4, 6})
        for number in range(250):
            site.message("health", number, uptime_s=1)
        site.alarm(7, 1)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows == [251, *range(1, 251)]
        sender.close()

    run(story())


def test_a_hub_that_restarts_goes_on_where_it_was(address: str) -> None:
    async def story(is_first: bool) -> None:
        database = open_database(address)
        site = LogSite(database)
        sender, uplink = forwarder(site), Uplink()
        for number in range(120):
            site.message("health", number, uptime_s=1)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows == list(range(1, 121) if is_first else range(121, 241))
        sender.close()
        site.close()
        database.close()

    run(story(True))
    run(story(False))


def test_a_new_uplink_begins_now_unless_told_otherwise(site: LogSite) -> None:
    async def story() -> None:
        site.message("health", 1, uptime_s=1)
        site.settle()
        sender, uplink = forwarder(site, history=False), Uplink()
        site.message("health", 1, uptime_s=2)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows == [2]
        sender.close()

    run(story())


def test_alarms_go_first_and_the_newest_before_all(site: LogSite) -> None:
    async def story() -> None:
        sender, uplink = forwarder(site), Uplink()
        for number in range(300):
            site.message("health", number, uptime_s=1)
            if number in (10, 150, 299):
                site.alarm(number, 1)
        site.settle()
        await until_all_sent(sender, uplink)
        assert uplink.rows[:3] == [303, 153, 12]
        rest = uplink.rows[3:]
        assert rest == sorted(rest)
        assert sorted(uplink.rows) == list(range(1, 304))
        sender.close()

    run(story())


def test_what_happens_now_does_not_wait_behind_a_backlog(site: LogSite) -> None:
    async def story() -> None:
        sender, uplink = forwarder(site, Limits(backlog_rows_s=1500)), Uplink()
        for number in range(1500):
            site.message("health", number, uptime_s=1)
        site.settle()
        task = asyncio.create_task(sender.run(uplink.deliver))
        while not uplink.late:
            await asyncio.sleep(0.001)
        for number in range(5):
            site.message("health", number, uptime_s=2)
        site.settle()
        sender.wake()
        while sender.waiting:
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        at = uplink.rows.index(1501)
        assert uplink.rows[at : at + 5] == [1501, 1502, 1503, 1504, 1505]
        assert at < 1400
        assert uplink.late == list(range(1, 1501))
        assert sorted(uplink.rows) == list(range(1, 1506))
        sender.close()

    run(story())


def test_a_sink_that_takes_nothing_holds_one_delivery_only(site: LogSite) -> None:
    async def story() -> None:
        sender = forwarder(site)
        offered: list[int] = []

        async def stuck(events: Sequence[Event], late: bool) -> None:
            offered.append(len(events))
            await asyncio.sleep(WAIT_S)

        for number in range(1000):
            site.message("health", number, uptime_s=1)
        site.settle()
        task = asyncio.create_task(sender.run(stuck))
        while not offered:
            await asyncio.sleep(0.005)
        for _ in range(20):
            sender.wake()
            await asyncio.sleep(0.005)
        assert offered == [100]
        assert sender.waiting == 1000
        task.cancel()
        sender.close()

    run(story())


def test_too_many_rows_are_given_up_from_the_oldest_but_no_alarm(address: str) -> None:
    async def fill() -> None:
        database = open_database(address)
        site = LogSite(database)
        sender = forwarder(site, Limits(waiting_rows=400))
        site.alarm(7, 1)
        for number in range(498):
            site.message("health", number, uptime_s=1)
        site.alarm(7, 2)
        site.settle()
        assert sender.needed_from == 1
        await sender.keep_within_limits()
        assert sender.given_up == 104
        assert site.settle() == 501
        assert sender.needed_from == 105
        with database.writing() as transaction:
            # What an archive may do with rows that nobody needs any more.
            transaction.execute("DELETE FROM log WHERE number < ?", [sender.needed_from])
        sender.close()
        site.close()
        database.close()

    async def empty() -> None:
        database = open_database(address)
        site = LogSite(database)
        uplink, sender = Uplink(), forwarder(site)
        await until_all_sent(sender, uplink)
        assert uplink.rows == [500, 1, *range(105, 500), 501]
        assert sender.needed_from == 502
        assert site.settle() == 501
        sender.close()
        site.close()
        database.close()

    run(fill())
    run(empty())


def test_rows_that_were_given_up_are_named_in_the_log(site: LogSite) -> None:
    async def story() -> None:
        sender = forwarder(site, Limits(waiting_rows=100))
        for number in range(150):
            site.message("health", number, uptime_s=1)
        site.settle()
        await sender.keep_within_limits()
        site.settle()
        (said,) = [each for each in site.reader().page(1, 200, 200)[0] if each.kind == "given up"]
        assert said.body == {"uplink": "test", "first": 1, "last": 51}
        sender.close()

    run(story())


def test_only_what_may_leave_does(site: LogSite) -> None:
    site.message("health", 1, uptime_s=1)
    site.say("person", 0, {"name": "lin", "password": "scrypt"})
    site.say("token", 0, {"name": "lin", "hash": "…", "expires_us": 0})
    site.message("reading", 2, "household 1", time=1, volume_l=5, flags=0)
    site.message("event", 3, "household 1", sequence=1, subject=77)
    site.message("event", 2, "household 1", sequence=1, time=1, code=32)
    site.alarm(4, 1)
    site.say("something new", 5, {})
    last = site.settle()

    def goes(*classes: Sensitivity) -> set[int]:
        reader = site.reader(*classes)
        alarms = reader.alarms(1, last, 100)[0]
        return {event.number for event in [*reader.page(1, last, 100)[0], *alarms]}

    assert goes() == {1}
    assert goes(Sensitivity.PERSONAL) == {1, 4, 5, 6}
    assert goes(Sensitivity.HEALTH) == {1, 7}
    assert goes(Sensitivity.PERSONAL, Sensitivity.HEALTH) == {1, 4, 5, 6, 7}


def test_what_was_erased_goes_no_more(site: LogSite) -> None:
    site.message("reading", 2, "household 1", time=1, volume_l=5, flags=0)
    site.message("health", 2, uptime_s=1)
    keys = site.vault.erase("household 1")
    site.say("erasure", 0, {"household": 1, "keys": keys, "by": "lin", "reason": "asked"})
    last = site.settle()
    reader = site.reader(Sensitivity.PERSONAL)
    assert [event.number for event in reader.page(1, last, 100)[0]] == [2, 3]
    assert set(reader.slots(2)) == {"health"}


def test_a_row_that_does_not_open_stops_nothing(site: LogSite) -> None:
    site.message("reading", 2, "household 1", time=1, volume_l=5, flags=0)
    site.message("health", 2, uptime_s=1)
    last = site.settle()
    with site.database.writing() as transaction:
        transaction.execute("UPDATE log SET device = 3 WHERE number = 1")
    reader = site.reader(Sensitivity.PERSONAL)
    assert [event.number for event in reader.page(1, last, 100)[0]] == [2]
    assert reader.unreadable == 1


def test_a_device_s_state_is_made_of_the_newest_rows(site: LogSite) -> None:
    site.message("reading", 2, time=1, volume_l=5, flags=0)
    site.message("readings", 2, time=2, volume_l=6, deltas="00")
    site.message("event", 2, sequence=1, time=3, code=32)
    site.message("event", 2, sequence=2, time=4, code=33)
    site.message("event", 2, sequence=3, time=4, code=80)
    site.message("measurement", 2, time=5, quantity=5, value=21_000)
    site.message("measurement", 2, time=5, quantity=5, value=22_000, channel=1)
    site.settle()
    slots = {slot: event.number for slot, event in site.reader().slots(2).items()}
    assert slots == {
        "reading": 1,
        "readings": 2,
        "register": 2,
        "leak": 4,
        "tamper": 5,
        "measurement 5": 6,
        "measurement 5.1": 7,
    }
    assert site.reader().devices() == [2]


rows = st.integers(1, 60)


@given(st.lists(st.tuples(st.sampled_from(["take", "split"]), rows, rows), max_size=20), rows)
def test_gaps_are_the_rows_that_were_not_taken(
    steps: list[tuple[str, int, int]], head: int
) -> None:
    gaps, model = Gaps.after(0), set(range(1, 61))
    for what, a, b in steps:
        if what == "take":
            gaps.take(min(a, b), max(a, b))
            model -= set(range(min(a, b), max(a, b) + 1))
        elif a >= gaps.newest[0]:
            gaps.split(a)
    gaps = Gaps.decode(gaps.encode())
    parts = gaps.newest_first(head)
    waiting = sorted(row for row in model if row <= head)
    assert sorted(row for first, last in parts for row in range(first, last + 1)) == waiting
    assert parts == sorted(parts, reverse=True)
    assert gaps.waiting(head) == len(waiting)
    assert [gaps.nth(index + 1) for index in range(len(waiting))] == waiting
