"""What is on the boards of a rig: their configuration, and an emulated one's whole flash."""

import json
from typing import Any

import emulated
from linli_hil.emulator import make_image
from linli_hil.rig.rig_file import Emulated, Serial

BLOCKS = 384
# Every pulse is on flash within a second, so that a cut costs none that was taken (apps.totals).
METER = {"pulse_ml": 1000, "checkpoint_l": 1}
SETTINGS = {"meter": METER, "valve_meter": METER}
BATTERY = {"ratio": [2, 1]}


def configuration(board: Emulated | Serial) -> dict[str, Any]:
    """Return the configuration with which a board is tested."""
    pins: dict[str, Any] = {name: wire.as_setting() for name, wire in board.wiring.items()}
    if "battery_adc" in pins:
        pins["battery_adc"] |= BATTERY
    if "pulse" in pins:
        pins["pulse"] |= {"electronic": True}
    return {
        "bearers": [emulated.LINE],
        "pins": pins,
        "association": {"join_spread_ms": 50, "join_retry_ms": 500},
        "settings": SETTINGS.get(board.app, {}),
    }


def flash_of(board: Emulated) -> bytes:
    """Return the flash of an emulated board: the rig's image, or one with app and configuration."""
    if board.image is not None:
        return board.image.read_bytes()
    files = emulated.files(board.app)
    files["config/config.json"] = json.dumps(configuration(board)).encode()
    return make_image(files, BLOCKS)
