"""A campaign: many devices and one bundle, over ways that lose, repeat and reorder messages."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import updates
from linli_firmware.update.record import TRIES
from linli_hub.core.updates import Campaign, Fate, Pace
from linli_protocol import codes, messages
from linli_protocol.types import Fields
from pair import Pair

NEW_BUNDLE = updates.bundle(updates.app(updates.NEW))
FAST = Pace(bytes_per_s=1_000_000)
DAY_MS = 86_400_000


class Community:
    """Devices and a hub, each message on its way for a while, some lost as `loss` says."""

    def __init__(self, campaign: Campaign, count: int, seed: int = 1, loss: float = 0.0) -> None:
        self.campaign = campaign
        self.random = random.Random(seed)
        self.loss = loss
        self.now = 0
        self.boards = {device: updates.running_old() for device in range(1, count + 1)}
        self.moving: list[tuple[int, bool, int, Fields]] = []
        self.at_once = 0
        self.slowest_ms = 200
        self.broken: set[int] = set()
        self.works = True
        campaign.add(self.boards)

    def run(self, until_ms: int, until: Callable[[], bool] = lambda: False) -> None:
        while self.now < until_ms and not until():
            for device, fields in self.campaign.poll(self.now):
                self._send(False, device, fields)
            progress = self.campaign.progress()
            under_way = progress.get(Fate.OFFERED, 0) + progress.get(Fate.RECEIVING, 0)
            self.at_once = max(self.at_once, under_way)
            times = [each[0] for each in self.moving]
            deadline = self.campaign.next_deadline()
            if deadline is not None:
                times.append(deadline)
            if not times:
                return
            self.now = max(self.now, min(times))
            for each in [each for each in self.moving if each[0] <= self.now]:
                self.moving.remove(each)
                self._arrive(*each[1:])

    def _send(self, is_up: bool, device: int, fields: Fields) -> None:
        self.moving.append(
            (self.now + self.random.randint(10, self.slowest_ms), is_up, device, fields)
        )

    def _arrive(self, is_up: bool, device: int, fields: Fields) -> None:
        if is_up:
            self.campaign.on_status(device, fields, self.now)
            return
        is_lost = device in self.broken or self.random.random() < self.loss
        self.campaign.on_outcome(device, not is_lost, self.now)
        if is_lost:
            return
        board = self.boards[device]
        if board.receiver is None:
            board.start_receiver()
        board.receiver.on_update(fields)
        for offset, state, image in board.poll():
            self._send(True, device, {"image": image, "offset": offset, "state": state})
        if board.receiver.is_ready:
            board.boot()
            if self.works:
                self.campaign.on_hello(device, board.version, self.now)
                board.confirm()
            else:
                for _ in range(TRIES):
                    board.boot()
                self.campaign.on_hello(device, board.version, self.now)


class Sleepers:
    """Devices of which one is heard every half hour, each at its time of the day.

    What the hub has for one follows at once, half a minute each, unless it is in `cut_off`: then
    nothing more is heard of it until its time tomorrow.
    """

    def __init__(self, campaign: Campaign, count: int) -> None:
        self.campaign = campaign
        self.boards = {device: updates.running_old() for device in range(1, count + 1)}
        self.queues: dict[int, deque[Fields]] = {device: deque() for device in self.boards}
        self.contacts = [(device * 1_800_000, device) for device in self.boards]
        self.cut_off: set[int] = set()
        self.now = 0
        campaign.add(self.boards, sleep=True)

    def run(self, until_ms: int) -> None:
        while True:
            deadline = self.campaign.next_deadline()
            at, device = min(self.contacts)
            if min(at, at if deadline is None else deadline) > until_ms:
                return
            if deadline is not None and deadline < at:
                self.now = max(self.now, deadline)
                self._poll()
                continue
            self.now = max(self.now, at)
            self.contacts.remove((at, device))
            self._hear(device)

    def _poll(self) -> None:
        for device, fields in self.campaign.poll(self.now):
            self.queues[device].append(fields)

    def _hear(self, device: int) -> None:
        self.campaign.on_heard(device, self.now)
        self._poll()
        in_contact = bool(self.queues[device]) and device not in self.cut_off
        if in_contact:
            self._deliver(device, self.queues[device].popleft())
        tomorrow = (self.now // DAY_MS + 1) * DAY_MS + device * 1_800_000
        self.contacts.append((self.now + 30_000 if in_contact else tomorrow, device))

    def _deliver(self, device: int, fields: Fields) -> None:
        board = self.boards[device]
        self.campaign.on_outcome(device, True, self.now)
        if board.receiver is None:
            board.start_receiver()
        board.receiver.on_update(fields)
        for offset, state, image in board.poll():
            status = {"image": image, "offset": offset, "state": state}
            self.campaign.on_status(device, status, self.now)
        if board.receiver.is_ready:
            board.boot()
            self.campaign.on_hello(device, board.version, self.now)
            board.confirm()


ASLEEP = Pace(bytes_per_s=1_000_000, silence_ms=DAY_MS + 3_600_000)


def test_devices_that_sleep_are_begun_as_they_are_heard_and_need_no_second_day() -> None:
    campaign = Campaign(NEW_BUNDLE, ASLEEP)
    community = Sleepers(campaign, 40)
    community.run(1_800_000 - 1)
    assert campaign.progress() == {Fate.WAITING: 40}
    community.run(DAY_MS)
    assert campaign.progress() == {Fate.RUNNING: 40}


def test_the_first_that_are_heard_are_pilots_and_the_rest_waits_for_them() -> None:
    campaign = Campaign(NEW_BUNDLE, ASLEEP)
    community = Sleepers(campaign, 40)
    community.cut_off = {2}
    community.run(DAY_MS)
    assert campaign.progress() == {Fate.RUNNING: 2, Fate.OFFERED: 1, Fate.WAITING: 37}
    community.cut_off.clear()
    community.run(2 * DAY_MS)
    assert campaign.progress() == {Fate.RUNNING: 40}


def test_one_that_falls_silent_gives_its_place_to_others_and_goes_on_where_it_was() -> None:
    campaign = Campaign(NEW_BUNDLE, replace(ASLEEP, pilots=0, at_once=1))
    community = Sleepers(campaign, 10)
    board = community.boards[1]
    community.run(1_800_000 + 120_000)
    assert campaign.transfers[1].fate is Fate.RECEIVING
    had = board.receiver._position
    assert had > 0
    community.cut_off = {1}
    community.run(DAY_MS)
    assert campaign.progress() == {Fate.RECEIVING: 1, Fate.RUNNING: 9}
    community.cut_off.clear()
    sent = campaign.sent_bytes
    community.run(2 * DAY_MS)
    assert campaign.progress() == {Fate.RUNNING: 10}
    assert campaign.sent_bytes - sent <= len(NEW_BUNDLE) - had


def test_no_more_that_sleep_are_sent_to_at_once_than_have_places() -> None:
    campaign = Campaign(NEW_BUNDLE, replace(ASLEEP, pilots=0, at_once=2))
    community = Sleepers(campaign, 12)
    community.cut_off = set(community.boards)
    community.run(DAY_MS)
    assert campaign.progress() == {Fate.OFFERED: 12}
    community.cut_off.clear()
    community.contacts = [(DAY_MS, device) for device in community.boards]
    community.run(DAY_MS + 120_000)
    # All have heard the offer that waited for them.
    went_on = [each for each in campaign.transfers.values() if each.next_offset > 768]
    assert len(went_on) == 2
    community.run(10 * DAY_MS)
    assert campaign.progress() == {Fate.RUNNING: 12}


def test_all_devices_run_the_new_version_though_a_tenth_of_the_messages_are_lost() -> None:
    campaign = Campaign(NEW_BUNDLE, FAST)
    community = Community(campaign, 30, loss=0.1)
    community.run(24 * 3_600_000)
    assert campaign.progress() == {Fate.RUNNING: 30}
    assert all(board.version == updates.NEW for board in community.boards.values())
    assert community.at_once == FAST.at_once


def test_the_pace_is_kept() -> None:
    pace = Pace(bytes_per_s=500, at_once=4)
    campaign = Campaign(NEW_BUNDLE, pace)
    community = Community(campaign, 12)
    community.run(24 * 3_600_000)
    assert campaign.progress() == {Fate.RUNNING: 12}
    assert community.at_once == 4
    assert campaign.sent_bytes * 1000 / 500 <= community.now + 2_000


def test_only_what_a_device_lacks_is_sent() -> None:
    campaign = Campaign(NEW_BUNDLE, FAST)
    community = Community(campaign, 1)
    community.slowest_ms = 10
    community.run(3_600_000)
    # tiny/words.bin, 4500 bytes, is the same in both images; a window may be on its way too far.
    assert campaign.sent_bytes < len(NEW_BUNDLE) - 4500 + FAST.window * 768 + 768


def test_the_rest_waits_until_the_pilots_run() -> None:
    campaign = Campaign(NEW_BUNDLE, Pace(bytes_per_s=1_000_000, pilots=2))
    community = Community(campaign, 10)
    community.works = False
    community.run(24 * 3_600_000)
    assert campaign.progress() == {Fate.WAITING: 8, Fate.FAILED: 2}
    assert all(board.version == updates.OLD for board in community.boards.values())


def test_too_many_failures_stop_the_campaign() -> None:
    campaign = Campaign(NEW_BUNDLE, Pace(bytes_per_s=1_000_000, pilots=5, at_once=1, failures=1))
    community = Community(campaign, 10)
    community.works = False
    community.run(24 * 3_600_000)
    assert campaign.is_stopped()
    # One more may have been begun while the second was on trial.
    assert campaign.progress()[Fate.WAITING] >= 7


def test_a_refusal_ends_the_transfer_with_its_first_message() -> None:
    campaign = Campaign(updates.bundle(updates.app(updates.NEW), KIND=codes.METER), FAST)
    Community(campaign, 1).run(3_600_000)
    assert campaign.progress() == {Fate.REFUSED: 1}
    assert campaign.transfers[1].state == codes.UPDATE_REFUSED_KIND
    assert campaign.sent_bytes == 768


def test_a_pilot_out_of_reach_is_given_up_and_replaced() -> None:
    pace = Pace(bytes_per_s=1_000_000, pilots=1, offers=3)
    campaign = Campaign(NEW_BUNDLE, pace)
    community = Community(campaign, 5)
    community.broken = {1}
    community.run(24 * 3_600_000)
    assert campaign.progress() == {Fate.RUNNING: 4, Fate.GIVEN_UP: 1}


def test_a_device_that_restarts_in_the_middle_goes_on_where_it_was() -> None:
    campaign = Campaign(NEW_BUNDLE, Pace(bytes_per_s=1_000_000, window=1))
    community = Community(campaign, 1)
    board = community.boards[1]
    community.run(3_600_000, lambda: board.receiver is not None and board.receiver._position > 4096)
    board.boot()
    campaign.on_hello(1, board.version, community.now)
    community.run(3_600_000)
    assert campaign.progress() == {Fate.RUNNING: 1}
    assert campaign.sent_bytes < len(NEW_BUNDLE) - 4500 + 4096 + 3 * 768


def test_a_device_that_has_it_already_is_not_sent_anything() -> None:
    campaign = Campaign(NEW_BUNDLE, Pace(pilots=1))
    campaign.add((1, 2))
    campaign.on_hello(2, updates.NEW, 0)
    assert campaign.progress() == {Fate.WAITING: 1, Fate.RUNNING: 1}
    sent = deque(campaign.poll(0))
    assert {device for device, _ in sent} == {1}


def test_an_update_over_a_real_link_that_loses_and_repeats_packets() -> None:
    pair = Pair(mtu=255)
    pair.join()
    campaign = Campaign(NEW_BUNDLE, FAST)
    campaign.add((1,), 600)
    board = updates.running_old()
    board.start_receiver()
    source = random.Random(4)

    def fault(bearer: int, direction: str, packet: bytes) -> list[bytes]:
        chance = source.random()
        return [] if chance < 0.15 else [packet] * (2 if chance < 0.25 else 1)

    pair.fault = fault
    taken = {"up": 0, "down": 0}
    token = 1_000
    for _ in range(20_000):
        for _, fields in campaign.poll(pair.now):
            token += 1
            pair.hub.send(messages.UPDATE, fields, pair.now, token=token)
        pair.run(100)
        for each in [each for each in pair.outcomes["down"] if each and each > 1_000]:
            campaign.on_outcome(1, pair.outcomes["down"].pop(each), pair.now)
        for delivery in pair.received["down"][taken["down"] :]:
            taken["down"] += 1
            if delivery.kind == messages.UPDATE:
                board.receiver.on_update(delivery.fields)
                for offset, state, image in board.poll():
                    status = {"image": image, "offset": offset, "state": state}
                    pair.device.send(messages.UPDATE_STATUS, status, pair.now)
        for delivery in pair.received["up"][taken["up"] :]:
            taken["up"] += 1
            if delivery.kind == messages.UPDATE_STATUS:
                campaign.on_status(1, delivery.fields, pair.now)
        if campaign.progress() == {Fate.VERIFIED: 1}:
            break
    assert campaign.progress() == {Fate.VERIFIED: 1}
    board.boot()
    assert board.version == updates.NEW
