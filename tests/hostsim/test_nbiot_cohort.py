"""Reports as arrays against modems as events, closed forms, and one sector's whole day."""

import random

import numpy as np
import pytest
from simpy import Environment

from linli_hostsim.clockwork import US_PER_H, US_PER_S, at, now_us
from linli_hostsim.nbiot import report
from linli_hostsim.nbiot.carrier import Tones, tones
from linli_hostsim.nbiot.cohort import Rules, resolve
from linli_hostsim.nbiot.coverage import CLASSES, Mode, class_number
from linli_hostsim.nbiot.modem import Air, Modem
from linli_hostsim.nbiot.nprach import Nprach, attempts_per_s
from linli_hostsim.nbiot.power_saving import PowerSaving
from linli_hostsim.nbiot.sector import coupling_losses_db
from linli_hostsim.nbiot.traffic import DEVICES_PER_SECTOR, NOTHING, Population
from linli_hostsim.packet import HUB, Direction, Fate, Packet
from linli_hostsim.tracker import Tracker

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def burst(devices: int, spread_s: float, seed: int) -> Arrays:
    """Return start, loss and payload of reports that begin within `spread_s`."""
    generator = np.random.default_rng(seed)
    start_us = np.sort((generator.random(devices) * spread_s * US_PER_S).astype(np.int64))
    losses = generator.choice([130.0, 150.0, 160.0], devices, p=[0.8, 0.15, 0.05])
    return start_us, losses, generator.integers(20, 200, devices).astype(float)


def as_events(reports: Arrays, seed: int) -> tuple[list[Fate], np.ndarray]:
    """Return the fates and latencies of the same reports from simulated modems."""
    env, tracker = Environment(), Tracker()
    nprach = [Nprach(env, random.Random(seed), one) for one in CLASSES]
    shared = Tones(env, tones())
    packets: list[Packet] = []
    latencies = np.zeros(len(reports[0]))

    def up(packet: Packet) -> None:
        latencies[packet.source] = now_us(env) - packet.sent_us
        tracker.settle(packet, Fate.DELIVERED)

    for device, (start, loss, payload) in enumerate(zip(*reports, strict=True)):
        number = int(class_number(loss))
        air = Air(nprach[number], shared, Mode.IN_BAND, report.OVERHEAD_BYTES, 0.0)
        source = random.Random(seed * 10_000 + device)
        modem = Modem(
            env, tracker, source, device, float(loss), CLASSES[number], air, PowerSaving()
        )
        modem.up = up
        modem.connected = lambda modem: None
        packet = Packet(device, HUB, bytes(int(payload)), 3, 0, "nbiot", Direction.UP, int(start))
        tracker.create(packet)
        packets.append(packet)
        at(env, int(start), modem.put, packet)
    env.run()
    return [Fate.IN_FLIGHT if packet.fate is None else packet.fate for packet in packets], latencies


def test_one_report_alone_takes_exactly_as_long_as_as_an_event() -> None:
    for seed in range(20):
        reports = burst(1, 10, seed)
        outcome = resolve(*reports, np.random.default_rng(seed))
        fates, latencies = as_events(reports, seed)
        assert fates == [Fate.DELIVERED] == [Fate(fate) for fate in outcome.fate]
        assert outcome.latency_us == pytest.approx(latencies, abs=2)


@pytest.mark.parametrize(("devices", "spread_s"), [(400, 60.0), (1_500, 60.0)])
def test_a_burst_fares_as_arrays_as_it_does_as_events(devices: int, spread_s: float) -> None:
    """From light contention to an overload in which six reports in ten are lost."""
    means: dict[str, list[list[float]]] = {"events": [], "arrays": []}
    for seed in range(8):
        reports = burst(devices, spread_s, seed)
        fates, latencies = as_events(reports, seed)
        heard = np.array(fates) == Fate.DELIVERED
        means["events"].append([heard.mean(), latencies[heard].mean() / US_PER_S])
        outcome = resolve(*reports, np.random.default_rng(seed))
        heard = outcome.fate == Fate.DELIVERED
        means["arrays"].append([heard.mean(), outcome.latency_us[heard].mean() / US_PER_S])
    differences = np.subtract(means["events"], means["arrays"])
    errors = differences.std(axis=0, ddof=1) / np.sqrt(len(differences))
    assert (abs(differences.mean(axis=0)) <= 4 * errors + [0.0005, 0.005]).all()


def test_attempts_rise_to_alohas_fixed_point() -> None:
    generator = np.random.default_rng(1)
    rate_per_s, span_s = 8.0, 7_200
    count = round(rate_per_s * span_s)
    start_us = (generator.random(count) * span_s * US_PER_S).astype(np.int64)
    rules = Rules(attempts=200, backoff_s=60.0)
    outcome = resolve(start_us, np.full(count, 120.0), np.full(count, 20.0), generator, rules)
    expected = attempts_per_s(rate_per_s, 0.320, 12) / rate_per_s
    assert outcome.attempts.mean() == pytest.approx(expected, rel=0.01)
    assert (outcome.fate == Fate.DELIVERED).all()


def test_a_report_alone_needs_the_tables_energy() -> None:
    losses = np.array(report.LOSSES_DB)
    start_us = np.arange(3) * 100 * US_PER_S
    outcome = resolve(start_us, losses, np.full(3, 200.0), np.random.default_rng(1))
    assert outcome.energy_j == pytest.approx(report.ENERGY_200_J)


def test_cells_do_not_disturb_each_other() -> None:
    start_us, losses, payloads = burst(800, 30.0, 1)
    rules = Rules(attempts=1)
    together = resolve(start_us, losses, payloads, np.random.default_rng(1), rules)
    cell = np.arange(800) % 8
    apart = resolve(start_us, losses, payloads, np.random.default_rng(1), rules, cell)
    lost = [(outcome.fate == Fate.COLLIDED).mean() for outcome in (together, apart)]
    assert lost[1] < lost[0] / 3


def test_nobody_is_heard_beyond_164_db_or_delivered_when_all_is_lost() -> None:
    start_us = np.arange(4, dtype=np.int64) * 100 * US_PER_S
    losses = np.array([120.0, 150.0, 164.0, 164.1])
    rules = Rules(loss=1.0)
    outcome = resolve(start_us, losses, np.full(4, 20.0), np.random.default_rng(1), rules)
    assert outcome.fate.tolist() == [Fate.CORRUPTED] * 3 + [Fate.BELOW_SENSITIVITY]
    assert outcome.energy_j[3] == 0


def test_no_reports_have_no_outcome() -> None:
    nothing = np.zeros(0)
    outcome = resolve(nothing.astype(np.int64), nothing, nothing, np.random.default_rng(1))
    assert len(outcome.fate) == 0


def test_a_full_sector_is_served_within_10_s_but_for_one_in_a_thousand() -> None:
    """What TR 45.820 wants for 52 547 devices on one carrier: exception reports within 10 s."""
    generator = np.random.default_rng(1)
    losses = coupling_losses_db(DEVICES_PER_SECTOR, generator)
    population = Population(DEVICES_PER_SECTOR, generator)
    messages = population.messages(0, 6 * US_PER_H, generator)
    sends = messages.up_bytes != NOTHING
    outcome = resolve(
        messages.time_us[sends],
        losses[messages.device[sends]],
        messages.up_bytes[sends].astype(float),
        generator,
    )
    reached = losses[messages.device[sends]] <= 164
    in_time = (outcome.fate == Fate.DELIVERED) & (outcome.latency_us <= 10 * US_PER_S)
    assert in_time[reached].mean() > 0.999
