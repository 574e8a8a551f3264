"""Every app works within a board's heap: with its whitelist on flash and its queue full."""

import re
from pathlib import Path

import pytest

import emulated
import outage
from linli_hil.emulator import EmulatedBoard, make_image

PAGE = Path(__file__).parents[2] / "docs" / "HEAP.md"


@pytest.mark.parametrize("app", outage.APPS)
def test_an_app_fills_its_queue_in_an_outage_and_empties_it_again(app: str) -> None:
    board = EmulatedBoard(make_image(outage.content(app), 384), emulated.IDENTITY)
    try:
        missing = outage.live_through(board)
        printed = board.printed.decode(errors="replace")
        assert not missing, printed
        assert "failed" not in printed and "MemoryError" not in printed
    finally:
        board.close()


def test_the_page_has_the_table_of_every_app() -> None:
    number = r" ([\d.]+) \|"
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(rf"^\| (\w+) \|{3 * number}$", text, re.MULTILINE)
    assert [row[0] for row in rows] == list(outage.APPS)
    for _, started, peak, free in rows:
        assert 0 < float(started) < float(peak) and float(free) > 0
