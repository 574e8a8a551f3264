"""docs/FIRMWARE.md: each setting and pin with its default, examples that start, boot logs."""

import doctest
import importlib
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import emulated
from desk import Desk
from linli_firmware.legacy import build as legacy
from linli_firmware.node import (
    config,
    console,
    core,
    external_clock,
    safe_mode,
    sleeper,
    updates,
    upkeep,
    watchdog,
    way,
    wiring,
)
from linli_firmware.power import sleep_plan
from linli_firmware.settings import NEEDED
from linli_hil.emulator import EmulatedBoard, make_image
from linli_protocol import codes, device_association, link, messages

DOCUMENT = Path(__file__).parents[2] / "docs/FIRMWARE.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
KINDS = ("door", "meter", "valve_meter", "panic", "bus_meter", "bus_sensor")
# The app's settings, and the table on top of which its own one stands.
APPS = {
    "door": ("door", ""),
    "meter": ("meter", ""),
    "valve_meter": ("valve_meter", "meter"),
    "panic": ("panic", ""),
    "bus_meter": ("bus_meter", "meter"),
    "bus_sensor": ("bus_sensor", ""),
}
BY_THE_NODE = ("device", "pin_key")
LINE = {"kind": "uart", "tx": 1, "rx": 3}
HEAP = "1M"


def section(title: str) -> str:
    return re.split(r"\n##+ ", TEXT.split(f" {title}\n", 1)[1])[0]


def table(title: str, name: str) -> list[list[str]]:
    """Return the rows of the table in section `title` below the line that begins with `name`."""
    after = re.split(rf"^`{name}`", section(title), maxsplit=1, flags=re.MULTILINE)[1]
    lines = after.split("\n|", 1)[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def settings(title: str, name: str) -> dict[str, str]:
    return {row[0].strip("`"): row[1] for row in table(title, name)}


def told(name: str, default: object) -> str:
    """Return how the document tells a default."""
    if name in BY_THE_NODE:
        return "set by the node"
    if default is NEEDED:
        return "needed"
    return "–" if default is None else json.dumps(default)


def defaults(module: ModuleType) -> dict[str, str]:
    return {name: told(name, value) for name, value in module.DEFAULTS.items()}


@pytest.mark.parametrize("kind", config.BEARERS)
def test_every_setting_of_a_bearer_stands_there_with_its_default(kind: str) -> None:
    module = importlib.import_module(f"linli_firmware.bearers.{kind}")
    assert settings("Bearers", kind) == defaults(module)


@pytest.mark.parametrize("kind", APPS)
def test_every_setting_of_an_app_stands_there_with_its_default(kind: str) -> None:
    name, base = APPS[kind]
    expected = defaults(importlib.import_module(f"linli_firmware.apps.{name}"))
    del expected["device"]
    found = settings("Settings of the apps", kind)
    inherited = settings("Settings of the apps", base) if base else {}
    assert found == {
        name: default for name, default in expected.items() if inherited.get(name) != default
    }
    assert inherited.keys() - expected.keys() <= {"pulse_ml"}


@pytest.mark.parametrize(
    ("title", "name", "module"),
    [
        ("Link and association", "link", link),
        ("Link and association", "association", device_association),
        ("Pins", "bus_meter", legacy),
        ("Configuration", "clock", external_clock),
        ("Configuration", "power", sleep_plan),
    ],
)
def test_every_other_setting_stands_there_with_its_default(
    title: str, name: str, module: ModuleType
) -> None:
    assert settings(title, name) == defaults(module)


def test_the_keys_of_a_configuration_and_their_types_stand_there() -> None:
    types = {"list": list, "object": dict}
    rows = section("Configuration").split("|---|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert {row[0].strip("`"): types[row[1]] for row in cells} == config._SHAPE


class Recorder:
    """Stands for node.pins.Pins and notes what a kind asks it for."""

    def __init__(self, sample: dict[str, Any]) -> None:
        self.asked: dict[str, tuple[str, set[str]]] = {}
        self.needed: set[str] = set()
        self._board = DocumentDesk()
        self._sample = sample

    def _note(self, name: str, kind: str, own: tuple[str, ...]) -> None:
        known = self.asked.setdefault(name, (kind, set()))
        known[1].update(own)

    def input(self, name: str, *own: str) -> Any:
        self._note(name, "input", own)
        return self._board.pin_in(len(self.asked))

    def output(self, name: str, *own: str) -> Any:
        self._note(name, "output", own)
        return self._board.pin_out(100 + len(self.asked))

    def inputs(self, name: str) -> list[Any]:
        self._note(name, "list of inputs", ())
        return [self._board.pin_in(200)]

    def outputs(self, name: str) -> list[Any]:
        self._note(name, "list of outputs", ())
        return [self._board.pin_out(300)]

    def adc(self, name: str, *own: str) -> Any:
        self._note(name, "analogue", own)
        return self._board.adc(0)

    def battery(self, on_battery: Callable[[int, int], None]) -> None:
        self._note("battery_adc", "analogue", ("ratio",))

    def option(self, name: str, key: str) -> Any:
        return {"stall_mv": 100}.get(key)

    def has(self, name: str) -> bool:
        self._note(name, "object", ())
        return False

    def section(self, name: str) -> Any:
        self._note(name, "section", ())
        return self._sample[name]

    def need(self, *names: str) -> None:
        self.needed.update(names)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pin_of_a_device_stands_there_with_its_options(kind: str) -> None:
    module = importlib.import_module(f"linli_firmware.node.kinds.{kind}")
    recorder = Recorder(example(kind)["pins"] if kind in examples() else {})
    desk = DocumentDesk()
    module.wire(recorder, lambda method: lambda *arguments: None, desk)
    if kind.startswith("bus_"):
        assert recorder.asked.keys() == {"bus"}
        return
    rows = table("Pins", kind) + (table("Pins", "meter") if kind == "valve_meter" else [])
    documented = {}
    needed = set()
    for name, what, own, _ in rows:
        documented[name.strip("`")] = (
            what.removesuffix(", needed"),
            set(re.findall(r"`(\w+)`", own)),
        )
        if what.endswith(", needed"):
            needed.add(name.strip("`"))
    assert documented == recorder.asked
    assert needed == recorder.needed


def examples() -> dict[str, dict[str, Any]]:
    found = re.findall(r"^`(\w+)` .*?```json\n(.*?)```", section("Examples"), re.S | re.M)
    return {kind: json.loads(text) for kind, text in found}


def example(kind: str) -> dict[str, Any]:
    return examples()[kind]


class Modem:
    """A LoRa chip that works and hears nothing."""

    def __init__(self, **wiring: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., int]:
        return lambda *arguments, **settings: 0


class Radio:
    """A Wi-Fi or Bluetooth radio that finds nobody."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *arguments, **settings: [range(2)] if "register" in name else False


class SilentUart:
    """A line on which nobody speaks."""

    def read(self, count: int) -> None:
        return None

    def write(self, data: bytes) -> int:
        return len(data)

    def txdone(self) -> bool:
        return True

    def any(self) -> int:
        return 0

    def deinit(self) -> None:
        pass


class Adc:
    def read_mv(self) -> int:
        return 1800


class DocumentDesk(Desk):
    """A desk with every part that the examples name; only pins 1 and 3 lead to the hub."""

    def uart(self, number: int, baudrate: int, tx: int, rx: int, *format: Any, **more: Any) -> Any:
        return super().uart(number, baudrate, tx, rx) if tx == LINE["tx"] else SilentUart()

    def adc(self, number: int) -> Adc:
        return Adc()

    def pin(self, number: int) -> int:
        return number

    def spi(self, *numbers: int) -> tuple[int, ...]:
        return numbers

    def wlan(self) -> Radio:
        return Radio()

    def ble(self) -> Radio:
        return Radio()

    def uuid(self, text: str) -> str:
        return text


@pytest.fixture
def lora_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = ModuleType("lora")
    driver.__dict__["SX1262"] = Modem
    monkeypatch.setitem(sys.modules, "lora", driver)


def test_there_is_an_example_of_each_kind_of_device() -> None:
    assert examples().keys() == set(KINDS) - {"meter"}


@pytest.mark.usefixtures("lora_driver")
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"meter"}))
def test_an_example_starts_as_it_stands(kind: str) -> None:
    desk = DocumentDesk(example(kind), {"app": kind})
    node = desk.power_on()
    desk.idle(70_000)
    assert not desk.starter.refused and not desk.starter.is_safe, desk.shown
    assert node.supervisor.failures == {}, desk.errors


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"meter"}))
def test_an_example_joins_a_hub_on_a_serial_line(kind: str) -> None:
    desk = DocumentDesk(example(kind) | {"bearers": [LINE]}, {"app": kind})
    desk.power_on()
    desk.idle(70_000)
    assert "config.good.json" in desk.configs.names()
    (hello,) = desk.heard(messages.HELLO)
    wanted = importlib.import_module(f"linli_firmware.node.kinds.{kind}").KIND
    assert hello["device_kind"] == wanted
    assert codes.CONFIG_REFUSED not in desk.events()


def test_the_parts_are_polled_as_often_as_the_table_says() -> None:
    rows = re.findall(r"^\| (.+?) \| (\d+) ms \| (yes|no) \|", section("What keeps going"), re.M)
    parts: dict[str, Any] = {
        "core": core.Core,
        "wiring": wiring.Wiring,
        "bearer": way.Way,
        "upkeep": upkeep.Upkeep,
        "clock": external_clock.ExternalClock,
        "updates": updates.Updates,
        "sleeper": sleeper.Sleeper,
        "console": console.Console,
        "watchdog": watchdog.Watchdog,
        "safe": safe_mode.SafeMode,
    }
    assert len(rows) == len(parts)
    for (name, period_ms, vital), (part, kind) in zip(rows, parts.items(), strict=True):
        assert part in name
        assert (kind.period_ms, kind.vital) == (int(period_ms), vital == "yes")


def logs() -> list[tuple[str, str]]:
    """Return (caption, log) of each boot log."""
    return re.findall(r"^(`.*?):\n\n```\n(.*?)```", section("Boot logs"), re.S | re.M)


@pytest.mark.parametrize(("caption", "log"), logs(), ids=lambda text: text.splitlines()[0][:40])
def test_a_boot_log_is_what_the_emulated_board_prints(caption: str, log: str) -> None:
    app = caption.split("`")[1]
    description = example(app) | {"bearers": [LINE]}
    content = emulated.files(app) | {"config/config.json": json.dumps(description).encode()}
    nvs = emulated.IDENTITY
    if "without address" in caption:
        nvs = {}
    elif "left out" in caption:
        content["config/config.good.json"] = content["config/config.json"]
        del description["pins"]["strike"]
        content["config/config.json"] = json.dumps(description).encode()
    board = EmulatedBoard(make_image(content, 384), nvs, HEAP)
    try:
        board.power_on()
        end = time.monotonic() + 20
        while len(board.printed.splitlines()) < len(log.splitlines()) and time.monotonic() < end:
            time.sleep(0.05)
        assert board.printed.decode().replace("\r", "") == log
    finally:
        board.close()


def test_what_the_document_computes_is_so() -> None:
    results = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert results.attempted and not results.failed
