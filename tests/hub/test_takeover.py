"""One hub takes over from another: a whole device, and two cores that both take it for theirs.

What a standby has of its primary's store is all but the latest readings: what the hub sends, and
what it promises, waits for it (docs/PROTOCOL.md, 5.8).
"""

import copy
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from linli_firmware.apps.door import Door
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_hub.core import Hub
from linli_protocol import codes, keys, messages, refusals
from linli_protocol.bearer import Bearer
from linli_protocol.session import TX_BLOCK
from linli_protocol.types import Fields

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = 7
UNIX_S = 1_800_000_000


class Site:
    """A door and the hubs of its site; `led_by` is the one that the door has a way to."""

    def __init__(self) -> None:
        self.now = 0
        self.random = random.Random(3).randbytes
        self.heard: list[tuple[int, int, Fields]] = []
        self.released = 0
        self.store = MemoryStore()
        clock = Clock()
        self.door = Door({"device": DEVICE}, self.store, clock)
        identity = {"device": DEVICE, "device_kind": codes.DOOR, "firmware": 1}
        root = keys.root_key(COMMUNITY_KEY, DEVICE)
        config = {"association": {"join_spread_ms": 0}}
        self.device = Device(
            identity,
            root,
            self.door,
            clock,
            [Bearer("line", 240)],
            self.store,
            self.random,
            config,
        )
        self.led_by = self.hub(1, MemoryStore())
        self.device.start(0, codes.POWER_ON)
        self.door.set_contact(False, 0)
        self.run(5)

    def hub(self, term: int, store: MemoryStore) -> Hub:
        """Return a hub that begins to serve on `store`."""

        def hear(device: int, kind: int, fields: Fields, now: int) -> None:
            self.heard.append((term, kind, fields))

        hub = Hub(
            COMMUNITY_KEY,
            store,
            self.random,
            lambda now: (UNIX_S + now // 1000, 0),
            hear,
            term=term,
        )
        hub.enrol(DEVICE, [Bearer("line", 240)])
        return hub

    def settle(self) -> None:
        moving = True
        while moving:
            outputs, packets = self.device.poll(self.now)
            self.released += sum(each.name == "strike" and each.value == 1 for each in outputs)
            for _, data in packets:
                self.led_by.receive("line", data, self.now)
            answers = self.led_by.poll(self.now)
            for _, _, data in answers:
                self.device.receive(0, data, self.now)
            moving = bool(packets or answers)

    def run(self, seconds: int) -> None:
        end = self.now + seconds * 1000
        while self.now < end:
            self.settle()
            self.now = min(end, self.now + 500)
        self.settle()

    def measure(self, value: int) -> None:
        """Have the device send a reading, the one kind of message that no standby waits for."""
        fields = {"time": UNIX_S, "quantity": codes.POWER_W, "value": value}
        self.device.link.send(messages.MEASUREMENT, fields, self.now)
        self.run(1)

    def results(self) -> list[tuple[int, int]]:
        """Return (term of the hub that heard it, status) of the results."""
        return [
            (term, each["status"]) for term, kind, each in self.heard if kind == messages.RESULT
        ]

    def values(self, term: int) -> list[int]:
        """Return the readings that the hub of `term` has heard."""
        return [
            each["value"]
            for by, kind, each in self.heard
            if (by, kind) == (term, messages.MEASUREMENT)
        ]

    def joins(self) -> int:
        return sum(kind == messages.HELLO for _, kind, _ in self.heard)


def site_about_to_change() -> Site:
    """Return a site whose hub has all but used up the counters that it has reserved.

    Of the others it could send under, most lie below the device's window as soon as the next hub
    has sent something, and are refused as replayed.
    """
    site = Site()
    # So numbers of commands and of messages are reserved, too.
    site.led_by.command(DEVICE, codes.REPORT_HEALTH, site.now, 60)
    session = site.led_by.peers[DEVICE].association.current
    assert session is not None
    while session._counter.next < TX_BLOCK - 12:
        site.measure(0)
    site.heard.clear()
    return site


def test_the_new_hub_goes_on_in_the_same_session_and_the_old_one_opens_nothing() -> None:
    site = site_about_to_change()
    old, store = site.led_by, _store_of(site.led_by)
    site.led_by = new = site.hub(2, copy.deepcopy(store))
    site.measure(1)
    new.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    site.run(2)
    assert (site.joins(), site.values(2), site.released) == (0, [1], 1)
    # The network changes its mind, and the door hears the old hub again.
    site.led_by = old
    site.measure(2)
    old.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    site.run(2)
    assert site.released == 1 and old.superseded and not new.superseded
    assert site.results() == [(2, codes.DONE), (1, codes.SUPERSEDED)]


def test_nor_does_it_destroy_set_a_clock_change_a_list_or_have_the_device_join() -> None:
    site = site_about_to_change()
    old = site.led_by
    site.led_by = site.hub(2, copy.deepcopy(_store_of(old)))
    site.led_by.command(DEVICE, codes.REPORT_HEALTH, site.now, 60)
    site.run(2)
    site.led_by = old
    old.decommission(DEVICE, site.now, 60)
    old.peers[DEVICE].access_list.publish([])
    old.peers[DEVICE].access_list.steps.append(b"")
    old.offer_list(DEVICE, site.now)
    old.peers[DEVICE].time_sent_at = None
    site.measure(1)
    site.run(60)
    site.device.link.rejoin(site.now)
    site.run(60)
    assert not site.device.decommissioned and site.door.list_version == 0
    refused = site.device.link.association.refused.counts
    assert refused[refusals.SUPERSEDED] > 1 and site.joins() == 0
    events = [each for _, kind, each in site.heard if kind == messages.EVENT]
    assert events[-1]["code"] == codes.LIST_REFUSED


def test_most_of_what_the_old_hub_may_still_send_is_taken_for_replayed() -> None:
    site = Site()
    old = site.led_by
    site.led_by = new = site.hub(2, copy.deepcopy(_store_of(old)))
    for value in range(5):
        site.measure(value)
    site.led_by = old
    old.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    site.run(2)
    assert site.released == 0 and not site.results() and not old.superseded
    assert site.device.link.association.refused.counts[refusals.REPLAYED] > 0
    # It is not acknowledged either, and the hub that leads is obeyed.
    site.led_by = new
    new.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    site.run(2)
    assert site.released == 1


def test_a_late_answer_to_the_old_hub_does_not_stop_the_new_one() -> None:
    site = site_about_to_change()
    old = site.led_by
    new = site.hub(2, copy.deepcopy(_store_of(old)))
    new.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    (packet,) = [data for _, _, data in new.poll(site.now)]
    site.device.receive(0, packet, site.now)
    old.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    for _, _, data in old.poll(site.now):
        site.device.receive(0, data, site.now)
    site.led_by = new
    site.run(2)
    assert (2, codes.SUPERSEDED) in site.results() and not new.superseded


@settings(max_examples=25, deadline=None)
@given(
    before=st.integers(0, 70),
    lost=st.integers(0, 70),
    after=st.integers(1, 5),
    restarted=st.booleans(),
)
def test_readings_that_the_standby_lacks_are_all_it_lacks(
    before: int, lost: int, after: int, restarted: bool
) -> None:
    site = Site()
    for value in range(before):
        site.measure(value)
    copied = copy.deepcopy(_store_of(site.led_by))
    for value in range(before, before + lost):
        site.measure(value)
    # What the primary sent rests on counters that the standby has.
    _with_counters(copied, _store_of(site.led_by))
    site.led_by = new = site.hub(2, copied)
    if restarted:
        site.device.link.rejoin(site.now)
    for value in range(after):
        site.measure(1000 + value)
    new.command(DEVICE, codes.RELEASE_DOOR, site.now, 60)
    site.run(2)
    assert site.values(1) == list(range(before + lost))
    assert site.values(2) == [1000 + value for value in range(after)]
    assert site.released == 1 and site.joins() == 1 + restarted
    assert site.device.link.association.refused.total() == 0
    assert new.peers[DEVICE].association.refused.total() == 0


def _store_of(hub: Hub) -> MemoryStore:
    store = hub._store
    assert isinstance(store, MemoryStore)
    return store


def _with_counters(copied: MemoryStore, store: MemoryStore) -> None:
    """Bring what a hub reserves before it sends up to date: counters and message numbers."""
    for key, value in store._values.items():
        if key.rpartition("/")[2][:2] in ("tx", "li"):
            copied.put(key, value)
