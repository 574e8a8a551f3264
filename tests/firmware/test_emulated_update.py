"""The update of a running board: real MicroPython, real LittleFS, a hub at the other end."""

import json
from collections.abc import Iterator

import pytest

import board_update_cuts as update_cuts
import emulated
from emulated import LiveHub
from linli_hil.emulator import EmulatedBoard, Ended
from linli_hil.flash_image import read_image
from linli_protocol import codes, messages


@pytest.fixture(scope="module")
def recording() -> update_cuts.Recording:
    return update_cuts.record()


@pytest.fixture
def board() -> Iterator[EmulatedBoard]:
    """A door with the old version; what it printed is shown at the end."""
    content = emulated.files("door") | emulated.configuration("door")
    board = emulated.board(content)
    yield board
    print(board.printed.decode(errors="replace"))
    board.close()


def test_an_image_that_works_for_a_minute_is_confirmed(
    board: EmulatedBoard, recording: update_cuts.Recording
) -> None:
    hub = LiveHub()
    update_cuts.update_and_restart(board, hub, update_cuts.offer(hub, recording.bundle))
    hub.heard.clear()
    assert hub.serve(board.power_on(), lambda: hub.of(messages.EVENT), 90)
    assert hub.of(messages.HELLO)[0]["firmware"] == emulated.NEW
    assert hub.of(messages.EVENT)[0]["code"] == codes.UPDATE_INSTALLED
    board.power_off()
    # More starts than an image on trial has.
    for _ in range(4):
        assert update_cuts.version(board) == emulated.NEW
        board.power_off()


def test_an_image_that_dies_at_its_start_is_left_after_three_tries(board: EmulatedBoard) -> None:
    bad = emulated.files("door", emulated.NEW)
    bad["lib/build.json"] = json.dumps({"app": "door"}).encode()
    hub = LiveHub()
    bundle = emulated.update("door", codes.DOOR, bad)
    update_cuts.update_and_restart(board, hub, update_cuts.offer(hub, bundle))
    for _ in range(3):
        board.power_on()
        assert board.wait(20) is Ended.RESET
    hub.heard.clear()
    line = board.power_on()
    assert hub.serve(line, lambda: hub.of(messages.HELLO) and hub.of(messages.EVENT))
    assert hub.of(messages.HELLO)[-1]["firmware"] == emulated.OLD
    assert hub.of(messages.EVENT)[0]["code"] == codes.UPDATE_ROLLED_BACK


def test_an_image_on_trial_in_safe_mode_is_left_after_three_tries(
    board: EmulatedBoard, recording: update_cuts.Recording
) -> None:
    hub = LiveHub()
    update_cuts.update_and_restart(board, hub, update_cuts.offer(hub, recording.bundle))
    content = read_image(board.flash) | emulated.configuration("door", no_such_setting=1)
    content.pop("config/config.good.json", None)
    second = emulated.board(content)
    try:
        for _ in range(3):
            second.power_on()
            assert second.wait(20) is Ended.RESET
        assert b"an image that knows safe mode only" in second.printed
        hub.heard.clear()
        line = second.power_on()
        assert hub.serve(line, lambda: hub.of(messages.HELLO) and len(hub.of(messages.EVENT)) == 3)
        told = [event["code"] for event in hub.of(messages.EVENT)]
        assert sorted(told) == [codes.CONFIG_REFUSED, codes.SAFE_MODE, codes.UPDATE_ROLLED_BACK]
        assert hub.of(messages.HELLO)[-1]["firmware"] == emulated.OLD
    finally:
        second.close()


def test_power_fails_after_chunks_in_turn_and_the_update_still_comes_through(
    recording: update_cuts.Recording,
) -> None:
    """After every fourth chunk here; `make update-cuts` takes all."""
    *found, last = update_cuts.run_with_chunk_cuts(recording, 4)
    assert len(found) > 20 and set(found) == {emulated.OLD}
    assert last == emulated.NEW


def test_power_fails_at_writes_in_turn_and_a_version_always_runs(
    recording: update_cuts.Recording,
) -> None:
    """At every 61st of them here; `make update-cuts` takes all."""
    found = list(update_cuts.cuts(recording, 61))
    assert {torn for _, torn, _ in found} == {False, True}
    assert {version for _, _, version in found} <= {emulated.OLD, emulated.NEW}


def test_power_fails_at_each_write_of_the_switch(recording: update_cuts.Recording) -> None:
    """From the boot record that names the new image on: the last writes of the recording."""
    last = len(recording.changes)
    found = [
        update_cuts.run_after_cut(recording, number, torn, to_the_end=False)
        for number in range(last - 20, last)
        for torn in (False, True)
    ]
    assert set(found) == {emulated.OLD, emulated.NEW}
    # Once the new image has been chosen there is no way back but by its own failure.
    assert found == sorted(found)
