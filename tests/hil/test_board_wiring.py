"""Emulated boards as they are wired: no pin has two uses, and each app joins a hub at once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import configurations
import emulated
from linli_hil.emulator import EmulatedBoard
from linli_hil.hub import DeviceHub
from linli_hil.identity import TEST_DEVICE, TEST_KEY
from linli_hil.rig.bench import HUB_LATE_MS
from linli_hil.rig.emulated import EmulatedSupply, VirtualClock
from linli_hil.rig.rig_file import read_rig
from linli_protocol import codes, messages
from linli_tools.board import flash, wiring
from linli_tools.firmware.boards import DEVICE_KINDS, App

RIG = Path(__file__).parents[2] / "hil_tests/emulated.toml"
LINES = ("tx", "rx", "direction")

Description = dict[str, Any]


def pins_of(description: Description) -> Iterator[tuple[str, int]]:
    """Yield name and number of every pin that a configuration names, and of the service pin."""
    yield "service_pin", wiring.SERVICE_PIN
    parts = {each["kind"]: each for each in description["bearers"]}
    for name, pin in description["pins"].items():
        options = pin if isinstance(pin, dict) else {"number": pin}
        if "tx" in options:
            parts[name] = options
        else:
            yield name, options["number"]
    for name, part in parts.items():
        for line in LINES:
            if line in part:
                yield f"{name}.{line}", part[line]


def descriptions() -> Iterator[tuple[str, Description]]:
    for app in App:
        yield f"linli board, {app}", wiring.configuration(app)
    for name in emulated.PINS:
        text = emulated.configuration(name)["config/config.json"]
        yield f"tests, {name}", json.loads(text)
    for name, board in read_rig(RIG).boards.items():
        yield f"rig, {name}", configurations.configuration(board)


DESCRIPTIONS = dict(descriptions())


@pytest.mark.parametrize("place", DESCRIPTIONS)
def test_no_pin_has_two_uses(place: str) -> None:
    users: dict[int, list[str]] = {}
    for name, number in pins_of(DESCRIPTIONS[place]):
        users.setdefault(number, []).append(name)
    assert [names for names in users.values() if len(names) > 1] == []


content = cache(partial(flash.new, image=None, config=None, production=False, nvs=None))


@contextmanager
def on(app: App) -> Iterator[tuple[DeviceHub, EmulatedSupply]]:
    """Have a board with an app on, as `linli board start` has it, in virtual time."""
    board = EmulatedBoard(content(app).flash, content(app).keys, stays_on=True, clock="virtual")
    try:
        line = EmulatedSupply(board)
        line.on()
        yield DeviceHub(TEST_KEY, TEST_DEVICE, clock=VirtualClock(board)), line
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


@pytest.mark.parametrize("app", App)
def test_every_app_joins_over_the_line_at_once(app: App) -> None:
    with on(app) as (hub, line):
        assert hub.serve(line, lambda: hub.of(messages.HELLO), 5)
        assert hub.of(messages.HELLO)[0]["device_kind"] == DEVICE_KINDS[app]


@pytest.mark.parametrize("app", [App.BUS_METER, App.BUS_SENSOR])
def test_a_bus_on_which_nobody_answers_is_told_over_the_line(app: App) -> None:
    with on(app) as (hub, line):
        assert hub.serve(line, lambda: hub.of(messages.EVENT), 600, HUB_LATE_MS)
        assert hub.of(messages.EVENT)[0]["code"] == codes.METER_ABSENT
        assert len(hub.of(messages.HELLO)) == 1
