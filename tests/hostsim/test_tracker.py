"""The account of packets, and the small tools every element uses."""

import os
import subprocess
import sys

import pytest
from simpy import Environment

from linli_hostsim.clockwork import at, now_us
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.priority_queue import PriorityQueue
from linli_hostsim.streams import stream
from linli_hostsim.tracker import Tracker


def packet(priority: int = 3) -> Packet:
    return Packet(7, 0, b"12345", priority, 0x11, "lora", Direction.UP, 0)


def test_every_packet_is_settled_once() -> None:
    tracker = Tracker()
    delivered, lost, on_its_way = packet(), packet(), packet()
    for each in (delivered, lost, on_its_way):
        tracker.create(each)
    lost.airtime_us = 1000
    tracker.settle(delivered, Fate.DELIVERED)
    tracker.settle(lost, Fate.COLLIDED)
    tracker.finish()
    assert on_its_way.fate is Fate.IN_FLIGHT
    assert tracker.created == sum(tally.packets for tally in tracker.settled.values()) == 3
    collided = tracker.settled["lora", Direction.UP, Fate.COLLIDED]
    assert (collided.packets, collided.payload_bytes, collided.airtime_us) == (1, 5, 1000)


def test_a_second_fate_is_refused() -> None:
    tracker = Tracker()
    one = packet()
    tracker.create(one)
    tracker.settle(one, Fate.DELIVERED)
    with pytest.raises(ValueError, match="settled twice"):
        tracker.settle(one, Fate.COLLIDED)
    with pytest.raises(ValueError, match="created twice"):
        tracker.create(one)
    with pytest.raises(ValueError, match="never created"):
        tracker.settle(packet(), Fate.DELIVERED)


def test_the_queue_gives_up_the_least_urgent() -> None:
    queue = PriorityQueue(2)
    report, alarm, late_report = packet(3), packet(0), packet(3)
    assert queue.put(report) is None
    assert queue.put(alarm) is None
    assert queue.put(late_report) is late_report
    assert [queue.pop(), queue.pop()] == [alarm, report]


def test_the_newest_first_queue_gives_up_the_oldest_of_the_least_urgent() -> None:
    queue = PriorityQueue(2, newest_first=True)
    first, second, third = packet(), packet(), packet()
    assert queue.put(first) is None
    assert queue.put(second) is None
    assert queue.put(third) is first
    assert [queue.pop(), queue.pop()] == [third, second]


def test_callbacks_run_at_their_microsecond_in_order() -> None:
    env = Environment()
    seen: list[tuple[str, int]] = []

    def note(name: str) -> None:
        seen.append((name, now_us(env)))

    at(env, 2, note, "later")
    at(env, 1, note, "sooner")
    at(env, 2, note, "later still")
    env.run()
    assert seen == [("sooner", 1), ("later", 2), ("later still", 2)]


def test_streams_differ_by_label_and_not_by_hash_seed() -> None:
    assert stream(1, "a", "bc").random() != stream(1, "ab", "c").random()
    assert stream(1, "meter", 2).random() != stream(2, "meter", 2).random()
    command = "from linli_hostsim.streams import stream; print(stream(1, 'meter', 12).random())"
    printed = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert printed == {str(stream(1, "meter", 12).random())}
