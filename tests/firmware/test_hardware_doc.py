"""The pin tables in docs/HARDWARE.md obey the rules that stand above them."""

import re
from pathlib import Path

import pytest

DOCUMENT = (Path(__file__).parents[2] / "docs/HARDWARE.md").read_text(encoding="utf-8")
CHIPS = ("ESP32", "ESP32-S3", "ESP32-C3", "ESP32-C6")

# Wired to devices whose first serial port is taken because the console is on USB.
USB_CONSOLE = ("ESP32-C3", "ESP32-C6")
# Footnotes under which a strapping or USB pin may be used, and by what.
EXCUSED = {("end_open", "d"), ("end_closed", "d"), ("led", "e"), ("buzzer", "f")}
NEVER_ON_A_TALKING_PIN = ("strike", "valve_open", "valve_close", "nbiot power_key")
WAKING = ("pulse", "reverse_pulse", "button", "magnet")
INPUTS = (
    *("d0", "d1", "contact", "exit_button", "tamper", "mains", "end_open", "end_closed"),
    *("rs485 rx", "bus rx", "nbiot rx", "lora miso", "lora irq", "lora busy", *WAKING),
)
ANALOGUE = ("battery_adc", "valve_current")

Rows = dict[str, dict[str, list[tuple[int, str]]]]


def numbers(text: str) -> set[int]:
    """Return the pins of a cell such as "6–11; 16, 17 where there is PSRAM"."""
    found: set[int] = set()
    for first, last in re.findall(r"\b(\d+)(?:–(\d+))?\b", text):
        found.update(range(int(first), int(last or first) + 1))
    return found


def cells(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def rules(name: str) -> dict[str, set[int]]:
    row = next(row for row in cells(DOCUMENT) if row[0].startswith(name))
    return {chip: numbers(cell) for chip, cell in zip(CHIPS, row[1:], strict=True)}


def pins(section: str) -> Rows:
    """Return name -> chip -> (pin, footnote) of a table."""
    rows: Rows = {}
    for name, *wired in cells(section):
        if name in ("pin", "---"):
            continue
        rows[name] = {
            chip: [
                (int(number), note)
                for number, note in re.findall(r"(\d+)(?: \((\w)\))?", wire.replace("– ", ""))
            ]
            for chip, wire in zip(CHIPS, wired, strict=True)
        }
    return rows


def devices() -> dict[str, Rows]:
    door, meter, button, node = (
        DOCUMENT.split(f"\n### {title}\n")[1].split("\n#")[0]
        for title in (
            *("Door", "Water meter, with a valve or without", "Panic button"),
            "Node on a bus of meters",
        )
    )
    with_lora, with_nbiot = (pins(table) for table in meter.split("With NB-IoT"))
    lora = {name: row for name, row in with_lora.items() if name.startswith("lora ")}
    plain = {name: row for name, row in with_lora.items() if name not in lora}
    return {
        "door": pins(door),
        "meter on LoRa": with_lora,
        "meter on NB-IoT": plain | with_nbiot,
        "button": pins(button) | lora,
        "node on a bus": pins(node),
    }


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("device", devices())
def test_each_pin_is_used_once_and_is_fit_for_its_use(device: str, chip: str) -> None:
    flash, straps, usb, serial, input_only, adc1, waking = (
        rules(name)[chip]
        for name in (
            *("taken by flash", "strapping", "USB", "first serial", "input only", "ADC1"),
            "ends deep sleep",
        )
    )
    used: dict[int, str] = {}
    for name, row in devices()[device].items():
        for pin, note in row[chip]:
            assert pin not in used, f"{pin}: {used.get(pin)} and {name}"
            used[pin] = name
            assert pin not in flash or note == "a", f"{name} on flash's {pin}"
            if pin in straps | usb:
                assert (name, note) in EXCUSED, f"{name} on {pin}"
            if pin in serial:
                assert chip in USB_CONSOLE, f"{name} on the console's {pin}"
            if name in NEVER_ON_A_TALKING_PIN:
                # The ROM prints on the C6's 16, not on 17, where it listens.
                assert pin not in serial - {17}, f"{name} on {pin}, on which the ROM prints"
            if pin in input_only:
                assert name in INPUTS + ANALOGUE, f"{name} on {pin}, an input"
            if name in ANALOGUE:
                assert pin in adc1, f"{name} on {pin}, which is not ADC1's"
            if name in WAKING:
                assert pin in waking, f"{name} on {pin}, which does not end a deep sleep"


def test_the_experiments_are_numbered_and_complete() -> None:
    table = cells(DOCUMENT.split("## What remains to be tried")[1])[2:]
    assert [row[0] for row in table] == [str(number) for number in range(1, len(table) + 1)]
    assert all(len(row) == 5 and all(row) for row in table)
