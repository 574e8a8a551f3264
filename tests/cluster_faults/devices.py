"""The devices of the site, a process: buttons are pressed, strangers come, meters count.

    python -m cluster_faults.devices FOLDER COMMUNITY_KEY_FILE HOST...

Each second one button is pressed, of those whose last call is closed, a stranger comes to one door,
and one meter reports. It ends with a terminate signal.
"""

import itertools
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import ALARM_TOKEN, Panic
from linli_hub.site import read_key
from linli_protocol import codes, messages

from .device import Installed
from .records import DEVICES, Records

BUTTONS = range(0x100, 0x120)
DOORS = range(0x200, 0x204)
METERS = range(0x300, 0x304)
# A door that nobody comes to: it says nothing of itself.
QUIET = DOORS[0]

_APPS: dict[int, tuple[Any, dict[str, Any]]] = {
    codes.DOOR: (Door, {"release_s": 3}),
    codes.METER: (Meter, {}),
    # Whose answer was lost with a hub asks again soon, so that there are buttons to press.
    codes.PANIC: (Panic, {"repeat_s": 5, "repeat_max_s": 10}),
}
_PERIOD_S = 0.02
_TOKEN = 1_000_000
_STRANGER, _BITS = 0b10111101100010001110101110, 26


def plan() -> Iterator[tuple[int, int, str]]:
    """Yield address, code and word of the kind of each device."""
    yield from ((address, codes.PANIC, "panic") for address in BUTTONS)
    yield from ((address, codes.DOOR, "door") for address in DOORS)
    yield from ((address, codes.METER, "meter") for address in METERS)


class Site:
    """All devices; `tick` once a second has some of them used."""

    def __init__(self, records: Records, community_key: bytes, hosts: list[str]) -> None:
        self.devices = {
            address: Installed(records, community_key, address, kind, *_APPS[kind], hosts, _now())
            for address, kind, _ in plan()
        }
        self._records = records
        self._turns = itertools.cycle(BUTTONS)
        self._numbers = itertools.count(1)

    def poll(self) -> None:
        """Let all devices do what is due; what they remember of it is on disk then."""
        for each in self.devices.values():
            each.poll(_now())
        self._records.sync()

    def tick(self) -> None:
        """Have a button pressed, a stranger at a door, and a meter report."""
        self._press()
        number = next(self._numbers)
        busy = [each for each in DOORS if each != QUIET]
        self.devices[busy[number % len(busy)]].app.read_card(_STRANGER, _BITS, _now())
        meter = self.devices[METERS[number % len(METERS)]]
        fields = {"time": int(time.time()), "volume_l": number, "flags": 0}
        meter.device.sent[_TOKEN + number] = {"volume_l": number}
        self._records.add("read", device=meter.address, volume_l=number)
        meter.device.link.send(messages.READING, fields, _now(), token=_TOKEN + number)

    def _press(self) -> None:
        for _ in BUTTONS:
            button = self.devices[next(self._turns)]
            if button.app.open_incident is None:
                break
        else:
            self._records.add("no button")
            return
        button.app.set_button(True, _now())
        incident = button.app.open_incident
        button.device.sent[ALARM_TOKEN - incident] = {"incident": incident}
        self._records.add("raised", device=button.address, incident=incident)
        self._records.sync()
        button.app.set_button(False, _now())


def _now() -> int:
    return time.monotonic_ns() // 1_000_000


def main() -> None:
    """Let the devices live."""
    folder, key, *hosts = sys.argv[1:]
    records = Records(Path(folder) / DEVICES)
    site = Site(records, read_key(Path(key)), hosts)
    is_over = False

    def end(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    begun = tick_at = time.monotonic()
    while not is_over:
        site.poll()
        now = time.monotonic()
        # They join first.
        if now >= tick_at and now - begun > 5:
            site.tick()
            tick_at = max(tick_at, begun + 5) + 1
        time.sleep(_PERIOD_S)
    for each in DOORS:
        records.add("released", device=each, times=site.devices[each].released)
    records.close()


if __name__ == "__main__":
    main()
