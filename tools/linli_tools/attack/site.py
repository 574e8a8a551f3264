"""A hub with a door, a meter and a button, whose line belongs to somebody who keeps everything."""

from collections.abc import Callable
from random import Random
from typing import Any

from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.store import MemoryStore
from linli_hostsim.card_reader import wiegand_frame
from linli_hub.core import Hub
from linli_protocol import access_list, codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.types import Fields

from .loot import Heard

DOOR, METER, BUTTON, JOINING_DOOR, JOINING_METER = range(0x02000001, 0x02000006)
KINDS = {
    DOOR: codes.DOOR,
    METER: codes.METER,
    BUTTON: codes.PANIC,
    JOINING_DOOR: codes.DOOR,
    JOINING_METER: codes.METER,
}
UNIX_S = 1_800_000_000
WAY = "line"
MTU = 240

_APPS = {codes.DOOR: Door, codes.METER: Meter, codes.PANIC: Panic}
_CARD = (34, 7, 1001)
_SETTINGS = {"association": {"join_spread_ms": 0}}


class Site:
    """The devices of `kinds`, kinds by address, and their hub, on lines that take no time.

    `heard` is all that was sent. What `holds(device, is_down, packet)` says is held back.
    """

    def __init__(self, seed: int, community_key: bytes, kinds: dict[int, int] = KINDS) -> None:
        self.now = 0
        self.heard: list[Heard] = []
        self.holds: Callable[[int, bool, bytes], bool] = lambda device, is_down, data: False
        self.told: list[tuple[int, int, Fields]] = []
        self.strikes: dict[int, int] = dict.fromkeys(kinds, 0)
        self._random = Random(seed)
        self.hub = Hub(
            community_key,
            MemoryStore(),
            self._random.randbytes,
            lambda now: (UNIX_S + now // 1000, 480),
            lambda device, kind, fields, now: self.told.append((device, kind, fields)),
        )
        self.devices: dict[int, Device] = {}
        self.apps: dict[int, Any] = {}
        for device, kind in kinds.items():
            self.hub.enrol(device, [Bearer(WAY, MTU)])
            self._add(device, kind, keys.root_key(community_key, device))
        self.run(30)
        # Who opens a door that stands open is not told; one app has the contact.
        for device, kind in kinds.items():
            if kind == codes.DOOR:
                self.apps[device].set_contact(False, self.now)
                card = access_list.Credential(access_list.card_token(*_CARD), 1)
                self.hub.peers[device].access_list.publish([(access_list.ADD, card)])
                self.hub.offer_list(device, self.now)
        self.run(30)

    def epochs(self) -> dict[int, int]:
        """Return the epochs of the sessions under which the devices send."""
        return {device: self._epoch(device, False) for device in self.devices}

    def settle(self) -> None:
        """Let everybody do what is due."""
        moving = True
        while moving:
            moving = False
            for address, device in self.devices.items():
                outputs, packets = device.poll(self.now)
                for output in outputs:
                    if output.name == "strike":
                        self.strikes[address] = output.value
                for _, data in packets:
                    moving = True
                    if self._passes(address, False, data):
                        self.hub.receive(WAY, data, self.now)
            for address, _, data in self.hub.poll(self.now):
                moving = True
                if self._passes(address, True, data):
                    self.devices[address].receive(0, data, self.now)

    def run(self, seconds: int) -> None:
        """Let time pass."""
        end = self.now + seconds * 1000
        self.settle()
        while True:
            due = [device.next_deadline() for device in self.devices.values()]
            known = [at for at in (*due, self.hub.next_deadline()) if at is not None]
            if not known or min(known) > end:
                break
            self.now = max(min(known), self.now)
            self.settle()
        self.now = end

    def rejoin(self, *devices: int) -> None:
        """Have devices ask for a new session, now."""
        for device in devices:
            self.devices[device].link.rejoin(self.now)
        self.settle()

    def live(self, rounds: int) -> None:
        """Let everybody have something to tell, and be told something, `rounds` times."""
        for _ in range(rounds):
            for address, device in self.devices.items():
                device.report(codes.TASK_RESTARTED, self.now)
                self.hub.command(address, codes.REPORT_HEALTH, self.now, 60)
            self.settle()
            self.run(1)

    def show_card(self, door: int) -> None:
        """Hold the known card before a door's reader."""
        self.apps[door].read_card(wiegand_frame(*_CARD), _CARD[0], self.now)
        self.settle()

    def press(self, button: int) -> None:
        """Press a button and let it go."""
        self.apps[button].set_button(True, self.now)
        self.run(1)
        self.apps[button].set_button(False, self.now)
        self.run(1)

    def of(self, device: int, kind: int) -> list[Fields]:
        """Return the fields of a device's messages of a kind, as the hub counts them."""
        return [fields for sender, each, fields in self.told if (sender, each) == (device, kind)]

    def _add(self, device: int, kind: int, root: bytes) -> None:
        clock = Clock()
        store = FlashStore(RamFiles())
        app = _APPS[kind]({"device": device}, store, clock)
        identity = {"device": device, "device_kind": kind, "firmware": 0x000100}
        self.apps[device] = app
        self.devices[device] = Device(
            identity,
            root,
            app,
            clock,
            [Bearer(WAY, MTU)],
            store,
            self._random.randbytes,
            _SETTINGS,
        )
        self.devices[device].start(self.now, codes.POWER_ON)

    def _epoch(self, device: int, is_hub: bool) -> int:
        end = self.hub.peers[device].link if is_hub else self.devices[device].link
        session = end.association.current
        return -1 if session is None else session.epoch

    def _passes(self, device: int, is_down: bool, data: bytes) -> bool:
        passes = not self.holds(device, is_down, data)
        self.heard.append(Heard(device, is_down, self._epoch(device, is_down), data, passes))
        return passes


JOINS = frozenset({messages.JOIN_REQUEST, messages.JOIN_ACCEPT})
