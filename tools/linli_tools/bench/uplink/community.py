"""The community whose uplink was lost, and what it has said meanwhile.

Assumption: of twelve devices eleven are meters in one of a thousand households, and one a door that
all share; of a meter's twelve rows one is its health; one row in 10 000 is an alarm.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from linli_hub.configuration import load
from linli_hub.log import Record
from linli_hub.privacy import PLACED
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import codes, messages

_HOUSEHOLDS = 1000
_CYCLE = 12
_ALARM_EVERY = 10_000
_BUTTON = 3
_US = 1_000_000
_WAIT_S = 60.0


@dataclass(frozen=True)
class Outage:
    """How long nothing went up, and how much was said: `rows_a_day` by each of `devices`."""

    hours: float
    devices: int
    rows_a_day: float

    @property
    def rows(self) -> int:
        """How many rows waited at its end."""
        return round(self.hours / 24 * self.devices * self.rows_a_day)

    @property
    def rows_s(self) -> float:
        """How many rows there are a second, always."""
        return self.devices * self.rows_a_day / 86_400


def make_site(folder: Path, outage: Outage, port: int, pace: float) -> Site:
    """Return a site with its devices placed, whose uplink goes to `port` at `pace` rows/s."""
    now_us = time.time_ns() // 1000 - round((outage.hours + 1) * 3600 * _US)
    path = make(folder, "bench", "of no use to anybody", now_us)
    path.write_text(
        f'[mqtt]\nsite = "bench"\nhost = "127.0.0.1"\nport = {port}\ntls = false\n'
        f'sealed = ["personal", "health"]\nhistory = true\nbacklog_rows_s = {pace}\n'
    )
    site = Site(load(path))
    site.journal.start([site.keeper])
    for device in range(1, outage.devices + 1):
        kind = _kind(device)
        body = {"device": device, "kind": kind, "generation": 0, "ways": [], "by": "bench"}
        site.tell(ENROLLED, body, now_us)
        home = None if kind == "door" else device % _HOUSEHOLDS
        site.tell(PLACED, {"device": device, "household": home, "place": "bench"}, now_us)
        _keep_pace(site)
    site.journal.wait(site.journal.position, _WAIT_S)
    return site


def fill(site: Site, outage: Outage, progress: Callable[[int, int], None]) -> None:
    """Have the site write down what was said in the outage."""
    end_us = time.time_ns() // 1000
    step_us = outage.hours * 3600 * _US / outage.rows
    for number in range(outage.rows):
        time_us = end_us - round((outage.rows - number) * step_us)
        for record in said(site, outage, number, time_us):
            site.journal.add(record)
        _keep_pace(site)
        if number % 1000 == 0:
            progress(number, outage.rows)
    site.journal.wait(site.journal.position, _WAIT_S)


async def live(site: Site, outage: Outage, told: Callable[[int], None]) -> None:
    """Go on as ever until cancelled; `told` hears of each meter's register, which comes once."""
    number = outage.rows
    while True:
        await asyncio.sleep(1 / outage.rows_s)
        number += 1
        time_us = time.time_ns() // 1000
        meter = 1 + number % outage.devices
        # No such message is in the backlog, so that these are told apart.
        fields = {"time": time_us // _US, "volume_l": number}
        for record in site.keep(meter, messages.READINGS, fields, time_us):
            told(number)
            site.journal.add(record)


def alarm(site: Site, incident: int, time_us: int) -> Record:
    """Return the record of somebody's call for help."""
    fields = {"incident": incident, "time": time_us // _US, "cause": codes.PRESS, "presses": 1}
    (record,) = site.keep(_BUTTON, messages.ALARM, fields, time_us)
    return record


def said(site: Site, outage: Outage, number: int, time_us: int) -> Iterator[Record]:
    """Yield the records of the `number`-th message."""
    device = 1 + number % outage.devices
    at_s = time_us // _US
    if number % _ALARM_EVERY == _ALARM_EVERY - 1:
        yield alarm(site, 0, time_us)
    elif _kind(device) == "door":
        event = {"sequence": number, "time": at_s, "code": codes.NOT_OPENED, "subject": 77}
        yield from site.keep(device, messages.EVENT, event, time_us)
    elif device == _BUTTON or number // outage.devices % _CYCLE == 0:
        health = {"time": at_s, "uptime_s": number, "battery_mv": 3600, "rssi_dbm": -97}
        yield from site.keep(device, messages.HEALTH, health, time_us)
    else:
        reading = {"time": at_s, "volume_l": number, "flags": 0, "battery_mv": 3600}
        yield from site.keep(device, messages.READING, reading, time_us)


def _kind(device: int) -> str:
    if device == _BUTTON:
        return "panic"
    return "door" if device % _CYCLE == 1 else "meter"


def _keep_pace(site: Site) -> None:
    if site.journal.full:
        site.journal.wait(site.journal.position, _WAIT_S)
