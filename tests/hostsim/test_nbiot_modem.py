"""Modems in a cell: latency, collisions, and when which device can be reached."""

import random
import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.nbiot import report
from linli_hostsim.nbiot.carrier import Tones, tones
from linli_hostsim.nbiot.coverage import CLASSES, Mode, class_number
from linli_hostsim.nbiot.downlink import HELD_PACKETS, Downlinks
from linli_hostsim.nbiot.modem import QUEUE_PACKETS, Air, Modem
from linli_hostsim.nbiot.nprach import Nprach
from linli_hostsim.nbiot.power_saving import PowerSaving
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker

DEAF = PowerSaving(inactivity_s=10.0, cycle_s=2.56, active_s=4.0, update_s=3_600.0)
HOLD_S = 60.0


class Cell:
    """A stand-alone cell whose arrivals are written down."""

    def __init__(self, attempts: int = 10, others_per_s: float = 0.0) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.downlinks = Downlinks(
            self.env,
            self.tracker,
            random.Random(1),
            Mode.STAND_ALONE,
            28,
            0.0,
            round(HOLD_S * US_PER_S),
        )
        self._attempts = attempts
        self._nprach = [Nprach(self.env, random.Random(2), one, others_per_s) for one in CLASSES]
        self._tones = Tones(self.env, tones())
        self.arrived_s: dict[int, float] = {}

    def modem(
        self, loss_db: float = 120.0, power_saving: PowerSaving = DEAF, device: int = 1
    ) -> Modem:
        number = int(class_number(loss_db))
        air = Air(
            self._nprach[number],
            self._tones,
            Mode.STAND_ALONE,
            report.OVERHEAD_BYTES,
            0.0,
            self._attempts,
        )
        made = Modem(
            self.env,
            self.tracker,
            random.Random(device),
            device,
            loss_db,
            CLASSES[number],
            air,
            power_saving,
        )
        made.up = made.out = self._arrive
        self.downlinks.attach(made)
        return made

    def send(self, modem: Modem, length: int = 20) -> Packet:
        packet = self._packet(modem.device, HUB, length, Direction.UP)
        modem.put(packet)
        return packet

    def answer(self, modem: Modem, length: int = 20) -> Packet:
        packet = self._packet(HUB, modem.device, length, Direction.DOWN)
        self.downlinks.put(packet)
        return packet

    def run(self, until_s: float) -> None:
        self.env.run(until=round(until_s * US_PER_S))

    def _packet(self, source: int, destination: int, length: int, way: Direction) -> Packet:
        packet = Packet(source, destination, bytes(length), 3, 0, "nbiot", way, now_us(self.env))
        self.tracker.create(packet)
        return packet

    def _arrive(self, packet: Packet) -> None:
        self.arrived_s[id(packet)] = now_us(self.env) / US_PER_S
        self.tracker.settle(packet, Fate.DELIVERED)


@pytest.mark.parametrize(("loss_db", "expected_s"), [(144.0, 0.3), (154.0, 0.7), (164.0, 5.1)])
def test_a_lone_report_takes_on_average_as_long_as_in_the_table(
    loss_db: float, expected_s: float
) -> None:
    latencies = []
    for phase in range(40):
        cell = Cell()
        modem = cell.modem(loss_db)
        begin_s = (50 + (phase + 0.5) / 40) * CLASSES[int(class_number(loss_db))].nprach_period_s
        cell.run(begin_s)
        packet = cell.send(modem)
        cell.run(begin_s + 20)
        latencies.append(cell.arrived_s[id(packet)] - begin_s)
    assert statistics.mean(latencies) == pytest.approx(expected_s, abs=0.001)


@settings(max_examples=25)
@given(st.floats(100, 164), st.floats(0, 20), st.integers(0, 200))
def test_a_weaker_device_is_not_sooner_within_its_class(
    loss_db: float, more_db: float, length: int
) -> None:
    weaker_db = min(loss_db + more_db, 164.0)
    if class_number(loss_db) != class_number(weaker_db):
        return
    latencies = []
    for loss in (loss_db, weaker_db):
        cell = Cell()
        packet = cell.send(cell.modem(loss), length)
        cell.run(60)
        latencies.append(cell.arrived_s[id(packet)])
    assert latencies[0] <= latencies[1]


def test_what_waits_goes_in_one_connection() -> None:
    cell = Cell()
    modem = cell.modem()
    packets = [cell.send(modem) for _ in range(4)]
    cell.run(2)
    arrivals = [cell.arrived_s[id(packet)] for packet in packets]
    each_s = float(report.transmit_s(120.0, 20))
    gaps = [after - before for before, after in pairwise(arrivals)]
    assert gaps == pytest.approx([each_s] * 3, abs=1e-5)


def test_a_full_modem_drops_and_one_out_of_coverage_sends_nothing() -> None:
    cell = Cell()
    modem, far = cell.modem(), cell.modem(164.5, device=2)
    packets = [cell.send(modem) for _ in range(QUEUE_PACKETS + 1)]
    lost = cell.send(far), cell.answer(far)
    cell.run(2)
    assert [packet.fate for packet in packets].count(Fate.QUEUE_FULL) == 1
    assert [packet.fate for packet in lost] == [Fate.BELOW_SENSITIVITY] * 2


def test_a_device_that_is_always_refused_gives_up_and_can_try_again() -> None:
    cell = Cell(attempts=3, others_per_s=1e6)
    modem = cell.modem()
    first = cell.send(modem)
    cell.run(30)
    assert first.fate is Fate.COLLIDED
    second = cell.send(modem)
    cell.run(60)
    assert second.fate is Fate.COLLIDED


def test_a_connected_device_is_answered_at_once() -> None:
    cell = Cell()
    modem = cell.modem()
    cell.send(modem)
    cell.run(5)
    answer = cell.answer(modem)
    cell.run(6)
    assert cell.arrived_s[id(answer)] == pytest.approx(5.01, abs=0.01)


def test_a_deaf_device_hears_what_waited_when_it_calls() -> None:
    cell = Cell()
    modem = cell.modem()
    cell.run(100)
    answer = cell.answer(modem)
    cell.run(130)
    assert answer.fate is None
    cell.send(modem)
    cell.run(131)
    assert answer.fate is Fate.DELIVERED


def test_what_a_deaf_device_does_not_fetch_is_given_up() -> None:
    cell = Cell()
    modem = cell.modem()
    cell.run(100)
    answers = [cell.answer(modem) for _ in range(HELD_PACKETS + 1)]
    cell.run(100 + HOLD_S + 1)
    fates = [answer.fate for answer in answers]
    assert fates.count(Fate.QUEUE_FULL) == 1
    assert fates.count(Fate.RECEIVER_ASLEEP) == HELD_PACKETS


@pytest.mark.parametrize("cycle_s", [2.56, 20.48])
def test_a_device_that_listens_is_paged_within_its_cycle(cycle_s: float) -> None:
    cell = Cell()
    modem = cell.modem(power_saving=PowerSaving(cycle_s=cycle_s))
    waits = []
    for number in range(30):
        # Long after the last connection, and anywhere in the cycle.
        begin_s = 67.3 * (number + 1)
        cell.run(begin_s)
        answer = cell.answer(modem)
        cell.run(begin_s + 30)
        waits.append(cell.arrived_s[id(answer)] - begin_s)
    assert max(waits) <= cycle_s + 0.6
    assert statistics.mean(waits) == pytest.approx(cycle_s / 2 + 0.3, abs=cycle_s / 6)


def test_a_deaf_device_can_be_paged_for_a_while_after_its_connection() -> None:
    cell = Cell()
    modem = cell.modem()
    cell.send(modem)
    cell.run(10.5)
    assert not modem.is_connected
    soon = cell.answer(modem)
    cell.run(14.5)
    assert soon.fate is Fate.DELIVERED


def test_a_silent_deaf_device_calls_when_its_timer_ends() -> None:
    cell = Cell()
    modem = cell.modem()
    cell.run(DEAF.update_s - 1)
    answer = cell.answer(modem)
    cell.run(DEAF.update_s + 2)
    assert answer.fate is Fate.DELIVERED


def test_a_power_cut_takes_what_waits_and_ends_the_connection() -> None:
    cell = Cell()
    modem = cell.modem()
    packet = cell.send(modem)
    at(cell.env, 50_000, modem.switch_off)
    cell.run(5)
    assert packet.fate is Fate.LINK_DOWN
    assert not modem.is_connected
    again = cell.send(modem)
    cell.run(10)
    assert again.fate is Fate.DELIVERED


def test_a_modems_time_is_that_of_its_report() -> None:
    cell = Cell()
    modem = cell.modem(154.0)
    cell.send(modem, 50)
    cell.run(1000)
    time = modem.time(1000.0)
    assert time.transmit_s == pytest.approx(report.transmit_s(154.0, 50), abs=1e-5)
    paging_s = DEAF.active_s / DEAF.cycle_s * CLASSES[1].npdcch_repetitions / 1000
    assert time.receive_s == pytest.approx(report.receive_s(154.0) + paging_s, abs=1e-5)
    assert time.idle_s == pytest.approx(10 + report.transmit_s(154.0, 50), abs=1e-5)
