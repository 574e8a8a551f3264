"""BLE advertisements that are alone and heard, simulated, against closed forms."""

import random
from collections.abc import Sequence
from functools import partial

from simpy import Environment

from ..ble import advertising
from ..ble.gateway import EXCHANGE_US, Gateway, Peripheral
from ..ble.link import Link, Rules
from ..ble.packets import ADVERTISEMENT_US
from ..clockwork import US_PER_MS, US_PER_S
from ..streams import stream
from ..tracker import Tracker
from .check import STANDARD_ERRORS, Check, Experiment, Group, Tolerance

DEVICES = (10, 50, 200)
INTERVALS_MS = (100, 1000)
_SCAN_US = 60_000, 60_000
_EVENTS = 20
# Nothing that is sent arrives, so that everybody goes on advertising.
_RULES = Rules(50_000, 0, 10_000, 247, 251, loss=1.0, supervision_us=US_PER_S)


class _Counting(Gateway):
    """Counts the events that it would have answered."""

    answered = 0
    ended = 0

    def connects(self, start_us: int) -> bool:
        found = super().connects(start_us)
        self.answered += found
        self.ended += 1
        return found


def _shares(devices: int, interval_ms: int, number: int) -> Sequence[float]:
    """Return the share of events that are alone and heard."""
    env = Environment()
    gateway = _Counting(env, *_SCAN_US)
    for device in range(devices):
        source: random.Random = stream(number, "ble", devices, interval_ms, device)
        link = Link(env, Tracker(), source, _RULES)
        peripheral = Peripheral(gateway, link, source, interval_ms)
        gateway.add(peripheral)
        peripheral.switch_on()
    env.run(until=_EVENTS * interval_ms * US_PER_MS)
    return [gateway.answered / gateway.ended]


def group() -> Group:
    """Return the checks of BLE."""
    experiments = []
    for interval_ms in INTERVALS_MS:
        for devices in DEVICES:
            alone = advertising.clear_probability(
                devices - 1, interval_ms, ADVERTISEMENT_US, EXCHANGE_US
            )
            heard = advertising.heard_probability(*_SCAN_US, ADVERTISEMENT_US)
            check = Check(
                f"ble/heard-{interval_ms}-{devices}",
                f"{devices} devices advertise every {interval_ms} ms: events alone and heard",
                "",
                alone * heard,
                Tolerance(standard_errors=STANDARD_ERRORS),
                "closed form: unsynchronised events of equal length",
            )
            experiments.append(Experiment([check], partial(_shares, devices, interval_ms), 20, 5))
    return Group(
        "ble",
        "BLE: advertisements",
        "a simulated gateway with devices that it never connects to",
        experiments,
    )
