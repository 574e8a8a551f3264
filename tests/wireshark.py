"""Wireshark's own programs, reading captures with the dissector of tools/wireshark."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DISSECTOR = ROOT / "tools/wireshark/linli.lua"
TSHARK = shutil.which("tshark")
CAPINFOS = shutil.which("capinfos")

needs_tshark = pytest.mark.skipif(TSHARK is None, reason="no tshark: apt install tshark")
needs_capinfos = pytest.mark.skipif(CAPINFOS is None, reason="no capinfos: apt install tshark")


def tshark(capture: Path, *options: str) -> str:
    """Return what tshark prints of a capture; the dissector may not fail."""
    assert TSHARK
    run = subprocess.run(
        [TSHARK, "-X", f"lua_script:{DISSECTOR}", "-r", str(capture), *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert "Lua" not in run.stderr, run.stderr
    assert "Lua Error" not in run.stdout, run.stdout
    return run.stdout


def fields(capture: Path, *names: str, shown: str = "") -> list[tuple[str, ...]]:
    """Return these fields of each packet that the display filter `shown` leaves."""
    options = ["-Y", shown] if shown else []
    chosen = [option for name in names for option in ("-e", name)]
    lines = tshark(capture, *options, "-T", "fields", *chosen).splitlines()
    return [tuple(line.split("\t")) for line in lines]


def raw_bytes(capture: Path) -> list[bytes]:
    """Return the bytes of each packet."""
    packets: list[dict[str, Any]] = json.loads(tshark(capture, "-T", "jsonraw"))
    return [bytes.fromhex(one["_source"]["layers"]["frame_raw"][0]) for one in packets]
