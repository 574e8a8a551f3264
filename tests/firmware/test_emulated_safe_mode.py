"""Safe mode on the emulated board, in images as they are flashed: people get out, the hub hears."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

import emulated
from emulated import ADDRESS, LiveHub
from linli_hil.emulator import EmulatedBoard
from linli_hil.flash_image import TooLargeError, make_image
from linli_protocol import codes, messages

STRIKE = emulated.PINS["door"]["strike"]
EXIT = emulated.PINS["door"]["exit_button"]
BLOCKS = 96


@contextmanager
def running(image: bytes) -> Iterator[EmulatedBoard]:
    board = EmulatedBoard(image, emulated.IDENTITY)
    try:
        yield board
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


def full(files: Mapping[str, bytes]) -> bytes:
    """Return an image that leaves no block free."""
    for blocks in range(BLOCKS, 0, -1):
        try:
            return make_image({**files, "filling": bytes(blocks * 4096 - 2048)}, BLOCKS)
        except TooLargeError:
            pass
    raise AssertionError("no room for the files")


def settings(content: Mapping[str, bytes], **changed: Any) -> dict[str, bytes]:
    """Return the files with other settings of the app."""
    config = json.loads(content["config/config.json"]) | {"settings": changed}
    return {**content, "config/config.json": json.dumps(config).encode()}


@pytest.fixture(scope="module")
def door() -> dict[str, bytes]:
    return emulated.files("door", production=True) | emulated.configuration("door")


@pytest.mark.parametrize("flash", ["is full", "has a wrong configuration"])
def test_a_door_in_safe_mode_opens_from_within_and_by_the_hub(
    flash: str, door: dict[str, bytes]
) -> None:
    image = full(door) if flash == "is full" else make_image(settings(door, release_s=1), BLOCKS)
    with running(image) as board:
        hub = LiveHub()
        line = board.power_on(levels={EXIT: 0})
        assert hub.serve(line, lambda: hub.of(messages.EVENT), 40)
        told = hub.of(messages.EVENT)[-1]
        assert told["code"] in (codes.SAFE_MODE, codes.CONFIG_REFUSED)
        assert b"is in safe mode" in board.printed
        assert (b"flash failed:" in board.printed) == (flash == "is full")
        assert board.level(STRIKE) == 0
        board.drive(EXIT, 1)
        assert hub.serve(line, lambda: board.level(STRIKE), 5)
        board.drive(EXIT, 0)
        assert hub.serve(line, lambda: not board.level(STRIKE), 10)
        hub.hub.command(ADDRESS, codes.RELEASE_DOOR, hub.now, 60)
        assert hub.serve(line, lambda: board.level(STRIKE), 5)
        events = [event["code"] for event in hub.of(messages.EVENT)]
        assert codes.SAFE_MODE in events and codes.EXIT_REQUESTED in events
        assert b"failed:" not in board.printed.replace(b"flash failed:", b"")
