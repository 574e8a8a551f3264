"""A chip as boards/esp32.py sees it: its clock (true, unset, or set for certificates), its PCNT."""

import importlib
import sys
import time
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

EPOCH_S = 946_684_800
BUILT = 1_790_000_000
NOW = 1_800_000_000


class Chip:
    """RTC, which counts from 2000, its memory, and the (unit, pin) of each counter made."""

    def __init__(self) -> None:
        self.counters: list[tuple[int, int]] = []
        self.lose_power()

    def lose_power(self) -> None:
        self.content = b""
        self.reset_clock()

    def reset_clock(self) -> None:
        self.seconds = 0

    def counter(self, unit: int, pin: int, filter_ns: int) -> None:
        self.counters.append((unit, pin))

    def time(self) -> int:
        return self.seconds

    def gmtime(self, seconds: int) -> Any:
        return time.gmtime(seconds + EPOCH_S)

    def memory(self, data: bytes | None = None) -> bytes | None:
        if data is None:
            return self.content
        self.content = data
        return None

    def datetime(self, fields: tuple[int, ...]) -> None:
        year, month, day, _, hour, minute, second, _ = fields
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        self.seconds = int(moment.timestamp()) - EPOCH_S


@pytest.fixture
def chip() -> Chip:
    return Chip()


@pytest.fixture
def board_module(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> Any:
    fakes: dict[str, dict[str, Any]] = {
        "machine": {"RTC": lambda: chip, "ADC": None, "Pin": int, "Counter": chip.counter},
        "micropython": {},
        "esp32": {"NVS": None, "Partition": None},
        "time": {
            "time": chip.time,
            "gmtime": chip.gmtime,
            "ticks_ms": int,
            "ticks_diff": int,
        },
        "asyncio": {"sleep_ms": int},
        "select": {"poll": lambda: SimpleNamespace(register=lambda *_: None), "POLLIN": 1},
    }
    with monkeypatch.context() as patch:
        for name, content in fakes.items():
            module = ModuleType(name)
            module.__dict__.update(content)
            patch.setitem(sys.modules, name, module)
        for name in ("esp32", "pins"):
            patch.delitem(sys.modules, f"linli_firmware.boards.{name}", raising=False)
        return importlib.import_module("linli_firmware.boards.esp32")


def test_a_clock_without_power_knows_no_time_though_certificates_get_one(
    chip: Chip, board_module: Any
) -> None:
    board = board_module.Board()
    board.set_not_before(BUILT)
    assert board.unix_s() is None
    assert chip.seconds + EPOCH_S == BUILT
    # Nor is it believed after a reset, in which the chip's clock runs on.
    chip.seconds += 3600
    again = board_module.Board()
    again.set_not_before(BUILT)
    assert again.unix_s() is None
    assert chip.seconds + EPOCH_S == BUILT + 3600


def test_a_time_that_was_set_is_known_after_a_reset_and_never_moved_back(
    chip: Chip, board_module: Any
) -> None:
    board_module.Board().set_unix_s(NOW)
    chip.seconds += 60
    board = board_module.Board()
    board.set_not_before(BUILT)
    assert board.unix_s() == NOW + 60


def test_a_clock_that_began_anew_is_not_believed_for_what_memory_says(
    chip: Chip, board_module: Any
) -> None:
    board_module.Board().set_unix_s(NOW)
    chip.reset_clock()
    board = board_module.Board()
    board.set_not_before(BUILT)
    assert board.unix_s() is None
    chip.seconds += 5
    assert board_module.Board().unix_s() is None
    board.set_unix_s(NOW)
    assert board_module.Board().unix_s() == NOW


def test_what_is_retained_and_the_clock_do_not_disturb_each_other(
    chip: Chip, board_module: Any
) -> None:
    board = board_module.Board()
    assert board.retained.read() == b""
    board.retained.write(b"session")
    board.set_unix_s(NOW)
    assert board.retained.read() == b"session"
    board.retained.write(b"other")
    assert board.unix_s() == NOW
    chip.reset_clock()
    board.set_not_before(BUILT)
    assert board.retained.read() == b"other"
    board.retained.write(b"")
    assert board.retained.read() == b""


def test_drivers_built_anew_count_with_the_same_units(chip: Chip, board_module: Any) -> None:
    board = board_module.Board()
    for _ in range(20):
        board.counter(4)
        board.counter(5)
    assert set(chip.counters) == {(0, 4), (1, 5)}
