"""Linked images at work: an emulated board starts one, joins a hub and reports."""

import json
import socket
import time

import pytest

from linli_firmware.store import MemoryStore
from linli_hil.emulator import EmulatedBoard, make_image
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from linli_tools.image import application
from support import Random

COMMUNITY_KEY = bytes(range(16))  # test key
ADDRESS = 0x01020304
UNIX_S = 1_800_000_000
BEARERS = [{"kind": "uart", "number": 1, "tx": 1, "rx": 2}]
READER = {"pull": "up", "inverted": True}
BATTERY = {"number": 34, "ratio": [2, 1]}
APPS = {
    "door": (
        {"strike": 18, "d0": {"number": 16, **READER}, "d1": {"number": 17, **READER}}
        | {"contact": 4, "led": 2},
        codes.DOOR,
    ),
    "valve_meter": (
        {"pulse": 4, "valve_open": 5, "valve_close": 6, "end_open": 7, "end_closed": 8}
        | {"battery_adc": BATTERY},
        codes.METER,
    ),
    "panic": (
        {"button": 4, "magnet": 5, "led": 6, "buzzer": 7, "battery_adc": BATTERY},
        codes.PANIC,
    ),
}


class Hub:
    """The hub's end of a board's serial line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._line.settimeout(0.05)
        self._decoder = FrameDecoder()
        random = Random(7).bytes
        store = MemoryStore()
        root = keys.root_key(COMMUNITY_KEY, ADDRESS)
        association = HubAssociation(
            root, ADDRESS, store, random, lambda now: (UNIX_S + now // 1000, 0)
        )
        self.link = Link(association, [Bearer("line", 240)], store, random)
        self.received: list[tuple[int, dict[str, object]]] = []

    def wait_for(self, kind: int, timeout_s: float = 30) -> "dict[str, object]":
        """Return the fields of the first message of `kind`."""
        begun = time.monotonic()
        while True:
            for received, fields in self.received:
                if received == kind:
                    return fields
            now = int((time.monotonic() - begun) * 1000)
            assert now < timeout_s * 1000, f"heard only {self.received}"
            self._exchange(now)

    def _exchange(self, now: int) -> None:
        try:
            arrived = self._line.recv(4096)
        except TimeoutError:
            arrived = b""
        for packet in self._decoder.feed(arrived):
            delivery = self.link.receive(0, packet, now)
            if delivery is not None:
                self.received.append((delivery.kind, delivery.fields))
        for _, packet in self.link.poll(now):
            self._line.sendall(encode_frame(packet))


@pytest.mark.parametrize("app", APPS)
def test_a_linked_image_starts_joins_and_reports(app: str) -> None:
    pins, kind = APPS[app]
    config = {"bearers": BEARERS, "pins": pins, "association": {"join_spread_ms": 0}}
    files = application(app, "x64", 0x000100)
    # A new configuration that is none, so that there is something to report.
    files["config/config.json"] = b"{"
    files["config/config.good.json"] = json.dumps(config).encode()
    root = keys.root_key(COMMUNITY_KEY, ADDRESS)
    identity = {"linli/identity": ADDRESS.to_bytes(4, "big") + root}
    board = EmulatedBoard(make_image(files), identity)
    try:
        hub = Hub(board.power_on())
        hello = hub.wait_for(messages.HELLO)
        assert (hello["device_kind"], hello["firmware"], hello["boots"]) == (kind, 0x000100, 1)
        assert hub.wait_for(messages.EVENT)["code"] == codes.CONFIG_REFUSED
    finally:
        board.power_off()
        print(board.printed.decode())
        board.close()
