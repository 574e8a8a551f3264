"""What is on an emulated board's flash and in its key storage: at first, and from run to run."""

import json
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from linli_firmware.node import config as node_config
from linli_hil.emulator import EmulatedBoard
from linli_hil.emulator.nvs import read_nvs
from linli_hil.flash_image import BLOCK_SIZE, grown, read_image
from linli_hil.identity import TEST_DEVICE, TEST_KEY, device_in, identity_of
from linli_protocol.keys import root_key

from ..failure import Failure
from ..firmware.boards import App, Board
from ..firmware.build import RELEASED
from ..firmware.packing import Order, pack
from ..versions import parse_version
from .hand import Pins, pins_of
from .wiring import LINE, SERVICE_PIN, configuration

# The partition "vfs" of an ESP32 with 4 MB of flash has 2 MB.
BLOCKS = 512

FLASH = "flash.bin"
KEYS = "keys.json"


@dataclass(frozen=True)
class Content:
    """What a board has when it is switched on: `flash`, and `keys` as "namespace/key" to bytes."""

    flash: bytes
    keys: dict[str, bytes]

    @property
    def app(self) -> str:
        """What the device does, as its image says."""
        return str(self._json("lib/build.json").get("app", "board"))

    @property
    def device(self) -> str | None:
        """Its address, None when it has none."""
        return device_in(self.keys)

    @property
    def test_key(self) -> str | None:
        """The community key, when it is the one that everybody knows."""
        return TEST_KEY.hex() if _test_identity().items() <= self.keys.items() else None

    @property
    def pins(self) -> Pins:
        """The pins that its configuration names."""
        return pins_of(self._json(f"config/{node_config.FILE}").get("pins", {}))

    def _json(self, path: str) -> dict[str, Any]:
        found = json.loads(read_image(self.flash).get(path, b"{}"))
        return found if isinstance(found, dict) else {}


def new(
    app: App | None,
    image: Path | None,
    config: Path | None,
    production: bool,
    nvs: Path | None,
) -> Content:
    """Return what a board begins with; Failure says which file is wrong."""
    keys = _test_identity() if nvs is None else _provisioned(nvs)
    if image is not None:
        return Content(_flashed(_read(image), image), keys)
    assert app is not None
    return Content(_flashed(_image(app, config, production), app), keys)


def kept(folder: Path) -> Content | None:
    """Return what `keep` has left in a folder, None when there is nothing."""
    if not (folder / FLASH).exists():
        return None
    flash, text = _read(folder / FLASH), _read(folder / KEYS)
    try:
        read_image(flash)
        keys = {name: bytes.fromhex(value) for name, value in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise Failure(f"{folder}: {error}") from None
    return Content(flash, keys)


def keep(folder: Path, board: EmulatedBoard) -> None:
    """Leave what a board has, for its owner only; Failure when it cannot be written."""
    keys = board.nvs.rstrip(b"\x00\xff") or b"{}"
    try:
        for name, content in ((KEYS, keys), (FLASH, board.flash)):
            path = folder / name
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from error


def _test_identity() -> dict[str, bytes]:
    return identity_of(TEST_DEVICE, root_key(TEST_KEY, TEST_DEVICE))


def _image(app: App, config: Path | None, production: bool) -> bytes:
    """Return the image of an app, with the configuration in a file or for the usual wiring."""
    text = json.dumps(configuration(app)).encode() if config is None else _read(config)
    try:
        bearers = {each["kind"] for each in node_config.parse(text)["bearers"]}
    except ValueError as error:
        raise Failure(f"{config}: {error}") from None
    order = Order(
        app=app,
        board=Board.EMULATED,
        version=parse_version(version("linli")),
        built=int(RELEASED.timestamp()),
        production=production,
        vendor_keys=(),
        bearers=tuple(sorted(bearers | {LINE["kind"]})),
        safe_bearers=(LINE,),
        service_pin=SERVICE_PIN,
        config={node_config.FILE: text},
    )
    return pack(order).image


def _flashed(image: bytes, origin: object) -> bytes:
    """Return the flash to which an image has been written; Failure when it is none."""
    try:
        return grown(image, BLOCKS).ljust(BLOCKS * BLOCK_SIZE, b"\xff")
    except ValueError as error:
        raise Failure(f"{origin}: {error}") from None


def _provisioned(path: Path) -> dict[str, bytes]:
    """Return what `linli firmware provision` has written; an empty file is an empty storage."""
    data = _read(path)
    try:
        return read_nvs(data) if data else {}
    except ValueError as error:
        raise Failure(f"{path}: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
