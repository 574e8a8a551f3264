"""docs/BEARERS.md names every setting of the radio bearers and tells NB-IoT's recovery as it is."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from linli_firmware.bearers import ble, lora, nbiot
from test_bearer_nbiot import COMMANDS, Bench

TEXT = (Path(__file__).parent.parent.parent / "docs/BEARERS.md").read_text()
PINS = (("power_key", "reset"), ("power_key",), ("reset",), ())
ROWS = {
    "noise before the answer": ("noise",),
    "one error": ("error",),
    "no answer, or only noise": ("stall", "garbage"),
    "an answer after 15 s": ("late",),
    "errors until it is reset": ("deaf",),
    "restarts by itself, heard or not": ("reboot", "silent"),
    "says nothing more": ("hang",),
}


@pytest.mark.parametrize(
    ("title", "module"),
    [("LoRa", lora), ("NB-IoT", nbiot), ("Bluetooth Low Energy", ble)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_setting_has_its_place(title: str, module: ModuleType) -> None:
    section = TEXT.split("## " + title + "\n")[1].split("\n## ")[0]
    table = "\n".join(line.split("|")[1] for line in section.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\w+)`", table)) == set(module.DEFAULTS)


@pytest.mark.parametrize("title", ROWS)
def test_the_recovery_takes_as_long_as_told(title: str) -> None:
    told = re.search(rf"^\| {title} \|(.*)\|$", TEXT, re.MULTILINE)
    assert told
    for cell, pins in zip(told[1].split("|"), PINS, strict=True):
        if cell.strip() == "never":
            assert "hang" in ROWS[title] and not pins
            continue
        longest_ms = 0
        for fault in ROWS[title]:
            for number in range(len(COMMANDS)):
                bench = Bench(pins=pins)
                bench.modem.faults = {number: fault}
                longest_ms = max(longest_ms, bench.start_and_deliver(300_000))
        assert f"{longest_ms / 1000:.1f}" == cell.strip()
