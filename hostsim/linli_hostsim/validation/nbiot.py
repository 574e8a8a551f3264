"""NB-IoT's latency, battery life and random access by simulated modems, against TR 45.820."""

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_S, at, now_us
from ..nbiot import report
from ..nbiot.carrier import Tones, tones
from ..nbiot.coverage import CLASSES, CoverageClass, Mode, class_number
from ..nbiot.modem import Air, Modem
from ..nbiot.nprach import Nprach
from ..nbiot.power_saving import PowerSaving
from ..packet import Direction, Fate, Packet
from ..streams import stream
from ..tracker import Tracker
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance
from .lora_world import arrive

_LIBERG = "Liberg et al., Cellular Internet of Things (Rel-13), recalled"
LOSSES_DB = (144, 154, 164)

# Seconds of an exception report of 20 B at 144, 154 and 164 dB.
_LATENCY_S = {
    Mode.STAND_ALONE: (0.3, 0.7, 5.1),
    Mode.GUARD_BAND: (0.3, 0.9, 8.0),
    Mode.IN_BAND: (0.3, 1.1, 8.3),
}
# Payload and interval: years on 5 Wh, 15 µW asleep, without self-discharge.
LIFE_YEARS = {
    (50, 7_200): (22.4, 11.0, 2.5),
    (200, 7_200): (18.2, 5.9, 1.5),
    (50, 86_400): (36.0, 31.6, 17.5),
    (200, 86_400): (34.9, 26.2, 12.8),
}
_ROUNDING = 0.055
"""Half of the tables' last digit, and what 144 dB's two rows of 50 B disagree by."""

# At once back to deep sleep: what the tables assume.
_NO_TAIL = PowerSaving(inactivity_s=0.0, active_s=0.0, update_s=1e7)
_REPORTS = 64

_SECTOR_PER_S = 6.81
_ONE_CLASS = CoverageClass(0, 0.640, 48, 1, 8, 2.0)
_ACCESS_S = 3600
_ACCESS_CLEAR = 0.9132


def _reports(
    loss_db: float, mode: Mode, payload_bytes: int, interval_s: int
) -> tuple[float, float]:
    """Return mean latency in s and mean power in W of a modem that is alone in its cell.

    Its reports come at evenly spread times of NPRACH's period.
    """
    env, tracker = Environment(), Tracker()
    one = CLASSES[int(class_number(loss_db))]
    nprach = Nprach(env, random.Random(0), one)
    air = Air(nprach, Tones(env, tones()), mode, report.OVERHEAD_BYTES, loss=0.0)
    modem = Modem(env, tracker, random.Random(0), 1, loss_db, one, air, _NO_TAIL)
    latencies_us = []

    def deliver(packet: Packet) -> None:
        tracker.settle(packet, Fate.DELIVERED)
        latencies_us.append(now_us(env) - packet.sent_us)

    def send() -> None:
        payload = bytes(payload_bytes)
        packet = Packet(1, 0, payload, 3, 0, "nbiot", Direction.UP, now_us(env))
        tracker.create(packet)
        modem.put(packet)

    modem.up = deliver
    modem.connected = _send_nothing_down
    period_us = round(one.nprach_period_s * US_PER_S)
    for number in range(_REPORTS):
        at(env, number * interval_s * US_PER_S + period_us * number // _REPORTS, send)
    span_s = _REPORTS * interval_s
    env.run(until=span_s * US_PER_S)
    spent = modem.time(span_s)
    energy_j = report.TRANSMIT_W * spent.transmit_s + report.RECEIVE_W * spent.receive_s
    power_w = report.SLEEP_W + energy_j / span_s
    return sum(latencies_us) / len(latencies_us) / US_PER_S, power_w


def _send_nothing_down(modem: Modem) -> None:
    """Leave the modem's connection unused."""


def _latency(loss_db: float, mode: Mode, _: int) -> Sequence[float]:
    return [_reports(loss_db, mode, report.EXCEPTION_BYTES, 7_200)[0]]


def _life(loss_db: float, payload_bytes: int, interval_s: int, _: int) -> Sequence[float]:
    power_w = _reports(loss_db, Mode.STAND_ALONE, payload_bytes, interval_s)[1]
    return [report.BATTERY_J / power_w / report.SECONDS_PER_YEAR]


def _access(number: int) -> Sequence[float]:
    """Return the share of attempts on NPRACH that were heard, in an hour of a sector's load."""
    env = Environment()
    nprach = Nprach(env, stream(number, "nprach", "preambles"), _ONE_CLASS)
    counted: Counter[bool] = Counter()

    def answer(is_heard: bool) -> None:
        counted[is_heard] += 1

    def ask() -> None:
        nprach.ask(answer)

    arrive(env, stream(number, "nprach", "arrivals"), US_PER_S / _SECTOR_PER_S, ask)
    env.run(until=_ACCESS_S * US_PER_S)
    return [counted[True] / counted.total()]


def group() -> Group:
    """Return the checks of NB-IoT's latency, batteries and random access."""
    latencies = [
        Experiment(
            [
                Check(
                    f"nbiot/latency-{mode.value}-{loss_db}dB",
                    f"exception report of 20 B, {mode.value}, {loss_db} dB",
                    "s",
                    theirs,
                    Tolerance(absolute=_ROUNDING),
                    _LIBERG,
                )
            ],
            partial(_latency, loss_db, mode),
        )
        for mode, row in _LATENCY_S.items()
        for loss_db, theirs in zip(LOSSES_DB, row, strict=True)
    ]
    lives = [
        Experiment(
            [
                Check(
                    f"nbiot/life-{payload_bytes}B-{interval_s // 3600}h-{loss_db}dB",
                    f"5 Wh at {payload_bytes} B every {interval_s // 3600} h, {loss_db} dB",
                    "years",
                    theirs,
                    Tolerance(absolute=_ROUNDING),
                    _LIBERG,
                )
            ],
            partial(_life, loss_db, payload_bytes, interval_s),
        )
        for (payload_bytes, interval_s), row in LIFE_YEARS.items()
        for loss_db, theirs in zip(LOSSES_DB, row, strict=True)
    ]
    access = Check(
        "nbiot/nprach",
        "attempts heard at 6.81 1/s, 640 ms, 48 preambles",
        "",
        _ACCESS_CLEAR,
        Tolerance(standard_errors=STANDARD_ERRORS),
        "closed form: e^(-6.81 x 0.64 / 48)",
    )
    return Group(
        "nbiot",
        "NB-IoT: latency, battery life, random access",
        "a simulated modem alone in its cell, asleep between reports (what one costs was fitted "
        "to these tables: the modem is checked, not the tables); attempts on a simulated NPRACH",
        [*latencies, *lives, Experiment([access], _access, 20, 10)],
    )
