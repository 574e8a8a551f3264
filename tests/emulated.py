"""Emulated boards with the firmware on their flash, and a hub at the other end of the line."""

import json
import socket
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.emulator.board import HEAP
from linli_hil.hub import DeviceHub
from linli_hil.identity import identity_of
from linli_hil.rig.interfaces import Line
from linli_hil.rig.lines import SocketLine
from linli_protocol import keys
from linli_tools import bundle, signing
from linli_tools.board.wiring import LINE, SERVICE_PIN
from linli_tools.image import application

COMMUNITY_KEY = bytes(range(16))  # test key
VENDOR_KEY = 0x1234567890ABCDEF1234567890ABCDEF1234567890ABCDEF1234567890ABCDEF  # test key
ADDRESS = 0x01020304
ROOT = keys.root_key(COMMUNITY_KEY, ADDRESS)
IDENTITY = identity_of(ADDRESS, ROOT)
OLD = 0x000100
NEW = 0x000101

PINS: dict[str, dict[str, Any]] = {
    "door": {"strike": 18, "contact": 4, "exit_button": 5, "led": 2, "buzzer": 19},
    "valve_meter": {
        "pulse": 4,
        "valve_open": 5,
        "valve_close": 6,
        "end_open": 7,
        "end_closed": 8,
        "battery_adc": {"number": 34, "ratio": [2, 1]},
    },
    "panic": {
        "button": 4,
        "magnet": 5,
        "led": 6,
        "buzzer": 7,
        "battery_adc": {"number": 34, "ratio": [2, 1]},
    },
}
READER: dict[str, Any] = {
    "d0": {"number": 16, "pull": "up", "inverted": True},
    "d1": {"number": 17, "pull": "up", "inverted": True},
}


def files(app: str, version: int = OLD, production: bool = False) -> dict[str, bytes]:
    """Return the files of an app's image, as `application` names them."""
    return dict(_files(app, version, production))


@cache
def _files(app: str, version: int, production: bool) -> dict[str, bytes]:
    return application(
        app,
        "x64",
        version,
        production=production,
        vendor_keys=[signing.public_key(VENDOR_KEY)],
        bearers=[LINE],
        service_pin=SERVICE_PIN,
        transports=["uart"],
    )


def configuration(app: str, **settings: Any) -> dict[str, bytes]:
    """Return the configuration file of an app wired to a board's pins."""
    config = {
        "bearers": [LINE],
        "pins": PINS[app] | (READER if app == "door" else {}),
        "association": {"join_spread_ms": 50, "join_retry_ms": 500},
        "settings": settings,
    }
    return {"config/config.json": json.dumps(config).encode()}


def board(
    content: dict[str, bytes], nvs: dict[str, bytes] = IDENTITY, heap: str = HEAP
) -> EmulatedBoard:
    """Return a board with `content` on its flash."""
    return EmulatedBoard(make_image(content, 384), nvs, heap)


def update(app: str, kind: int, content: dict[str, bytes], version: int = NEW) -> bytes:
    """Return the signed bundle of an image's files."""
    slot = {
        path.removeprefix("lib/"): data for path, data in content.items() if path.startswith("lib/")
    }
    target = bundle.Target(kind, version, bundle.abi("x64"))
    signer = signing.public_key(VENDOR_KEY)
    return bundle.build(target, slot, signer, lambda signed: signing.sign(VENDOR_KEY, signed))


def comes(condition: Callable[[], object], timeout_s: float = 20) -> bool:
    """Wait for a condition; return whether it came."""
    end = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


class LiveHub(DeviceHub):
    """The hub of the one device here, in real time, at the other end of its board's socket."""

    def __init__(self) -> None:
        super().__init__(COMMUNITY_KEY, ADDRESS)

    def serve(
        self,
        line: Line | socket.socket,
        until: Callable[[], object],
        timeout_s: float = 20,
        late_ms: int = 0,
    ) -> bool:
        """Talk over `line` until `until()` holds, the board hangs up, or time is over."""
        stream = SocketLine(line) if isinstance(line, socket.socket) else line
        return super().serve(stream, until, timeout_s, late_ms)
