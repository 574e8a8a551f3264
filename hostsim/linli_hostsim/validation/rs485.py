"""Polling cycles and an alarm's wait on the simulated RS-485 bus, against Modbus RTU's timing."""

import random
from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_MS, US_PER_S, at, now_us
from ..packet import Direction, Fate, Out, Packet
from ..rs485 import (
    ADDRESS_BYTES,
    BITS_PER_BYTE,
    FRAME_OVERHEAD_BYTES,
    IDLE_ANSWER_BYTES,
    Bus,
)
from ..streams import stream
from ..tracker import Tracker
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .closed_forms import poll_s

_REQUEST_BYTES = 8
_RESPONSE_BYTES = 25
_TURNAROUND_US = 5 * US_PER_MS
BAUDS = (9600, 19200, 38400, 57600, 115200)
DEVICES = (10, 32, 64, 128, 247)
_CYCLES = 5
_WITH_DEAD = (115200, 32)
_TIMEOUT_US = 200 * US_PER_MS
_RETRIES = 2

_ALARM_BAUD = 115200
_ALARM_DEVICES = 32
_ALARM_BYTES = 20
_ALARM_RELEASE_US = 5 * US_PER_MS
_ALARMS = 500


def cycle_s(baud: int, devices: int, dead: int = 0) -> float:
    """Return how long polling `devices` takes by Modbus RTU's timing when some are `dead`."""
    poll = poll_s(baud, _REQUEST_BYTES, _RESPONSE_BYTES, _TURNAROUND_US / US_PER_S)
    unanswered_s = _REQUEST_BYTES * BITS_PER_BYTE / baud + _TIMEOUT_US / US_PER_S
    return (devices - dead) * poll + dead * (1 + _RETRIES) * unanswered_s


def _cycle(baud: int, devices: int, dead: int, _: int) -> Sequence[float]:
    """Return the mean cycle of a bus on which every poll carries a packet each way.

    The last `dead` of the devices get requests and do not answer.
    """

    def settled(packet: Packet) -> None:
        if packet.fate is Fate.LINK_DOWN and packet.destination:
            request(packet.destination)

    env, tracker = Environment(), Tracker(settled)
    numbers = range(1, devices + 1)
    bus = Bus(
        env,
        tracker,
        random.Random(0),
        numbers,
        baud,
        loss=0.0,
        turnaround_us=_TURNAROUND_US,
        release_us=0,
        timeout_us=_TIMEOUT_US,
        retries=_RETRIES,
    )
    heard_us = []

    def send(source: int, destination: int, length: int, enter: Out) -> None:
        direction = Direction.DOWN if destination else Direction.UP
        packet = Packet(source, destination, bytes(length), 3, 0, "rs485", direction, now_us(env))
        tracker.create(packet)
        enter(packet)

    def request(device: int) -> None:
        length = _REQUEST_BYTES - ADDRESS_BYTES - FRAME_OVERHEAD_BYTES
        send(0, device, length, bus.put)

    def respond(device: int) -> None:
        length = _RESPONSE_BYTES - FRAME_OVERHEAD_BYTES
        send(device, 0, length, bus.ports[device].put)

    # What a poll has taken is there again long before the next.
    def hear_request(packet: Packet) -> None:
        tracker.settle(packet, Fate.DELIVERED)
        request(packet.destination)

    def hear_response(packet: Packet) -> None:
        tracker.settle(packet, Fate.DELIVERED)
        if packet.source == 1:
            heard_us.append(now_us(env))
        respond(packet.source)

    bus.out = hear_response
    for device in numbers:
        bus.ports[device].out = hear_request
        request(device)
        respond(device)
    for device in numbers[devices - dead :]:
        bus.set_dead(device, True)
    while len(heard_us) <= _CYCLES:
        env.step()
    return [(heard_us[-1] - heard_us[0]) / _CYCLES / US_PER_S]


def _alarm_waits(number: int) -> Sequence[float]:
    """Return median and 99th percentile of an alarm's time to the master, in ms."""
    source = stream(number, "rs485", "alarms")
    waits_us = sorted(_alarm_wait_us(source) for _ in range(_ALARMS))
    places = (_ALARMS // 2, 99 * _ALARMS // 100)
    return [waits_us[place] / US_PER_MS for place in places]


def _alarm_wait_us(source: random.Random) -> int:
    env, tracker = Environment(), Tracker()
    numbers = range(1, _ALARM_DEVICES + 1)
    bus = Bus(
        env,
        tracker,
        source,
        numbers,
        _ALARM_BAUD,
        loss=0.0,
        turnaround_us=_TURNAROUND_US,
        release_us=_ALARM_RELEASE_US,
    )
    port = bus.ports[source.choice(numbers)]
    arrived_us = []

    def hear(packet: Packet) -> None:
        tracker.settle(packet, Fate.DELIVERED)
        arrived_us.append(now_us(env))

    def press() -> None:
        packet = Packet(1, 0, bytes(_ALARM_BYTES), 0, 0, "rs485", Direction.UP, now_us(env))
        tracker.create(packet)
        port.put(packet)

    bus.out = port.out = hear
    pressed_us = source.randrange(10 * bus.idle_cycle_us)
    at(env, pressed_us, press)
    env.run()
    return arrived_us[0] - pressed_us


def _alarm() -> Experiment:
    def poll_ms(answer_bytes: int) -> float:
        request_bytes = ADDRESS_BYTES + FRAME_OVERHEAD_BYTES
        return 1000 * poll_s(_ALARM_BAUD, request_bytes, answer_bytes, _TURNAROUND_US / US_PER_S)

    cycle_ms = _ALARM_DEVICES * (poll_ms(IDLE_ANSWER_BYTES) + _ALARM_RELEASE_US / US_PER_MS)
    own_ms = poll_ms(_ALARM_BYTES + FRAME_OVERHEAD_BYTES)
    checks = [
        Check(
            f"rs485/alarm-p{percent}",
            f"alarm of {_ALARM_BYTES} B among {_ALARM_DEVICES} idle devices at {_ALARM_BAUD} Bd: "
            f"p{percent}",
            "ms",
            percent / 100 * cycle_ms + own_ms,
            Tolerance(standard_errors=STANDARD_ERRORS, relative=0.01),
            "closed form: uniform wait of at most a cycle, and its own poll",
            place,
        )
        for place, percent in enumerate((50, 99))
    ]
    return Experiment(checks, _alarm_waits, 20, 10)


def group() -> Group:
    """Return the checks of the bus."""
    cases = [(baud, devices, 0) for baud in BAUDS for devices in DEVICES]
    cases.append((*_WITH_DEAD, 1))
    cycles = [
        Experiment(
            [
                Check(
                    f"rs485/{baud}-{devices}" + (f"-{dead}-dead" if dead else ""),
                    f"cycle of {devices} devices{f', {dead} dead,' if dead else ''} at {baud} Bd, "
                    f"{_REQUEST_BYTES} B and {_RESPONSE_BYTES} B, 5 ms turnaround",
                    "s",
                    cycle_s(baud, devices, dead),
                    # Silences are rounded up to whole microseconds.
                    Tolerance(relative=0.001),
                    "closed form: Modbus over serial line 1.02",
                )
            ],
            partial(_cycle, baud, devices, dead),
        )
        for baud, devices, dead in cases
    ]
    return Group(
        "rs485",
        "RS-485: polling",
        "packets through the simulated bus; cycles without our boards' pause after an answer",
        [*cycles, _alarm()],
    )
