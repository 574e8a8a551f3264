"""The files of a device on a board that is to be flashed: what is told of them, what is read."""

from collections.abc import Mapping
from random import Random

import pytest

from linli_hil.flash_image import BLOCK_SIZE, make_image, read_image
from linli_tools.firmware.files_there import PIECE_SIZE, lost_files

SIZE = 2 << 20
IMAGE = {"boot.py": b"", "main.py": b"", "lib/list.txt": bytes(9000)}


class Line:
    """A flash behind a line: `pieces` are those that were read."""

    def __init__(self, flash: bytes) -> None:
        self.pieces: list[int] = []
        self._flash = flash

    def read(self, offset: int, size: int) -> bytes:
        data = self._flash[offset : offset + size]
        assert len(data) == size > 0 and offset % PIECE_SIZE == 0
        self.pieces.append(offset // PIECE_SIZE)
        return data


def lost(flash: bytes, image: Mapping[str, bytes]) -> Mapping[str, int]:
    line = Line(flash)
    found = lost_files(line.read, len(flash), make_image(image, 64))
    assert len(line.pieces) == len(set(line.pieces))
    return found


def filled(files: Mapping[str, bytes]) -> bytes:
    return make_image(files, SIZE // BLOCK_SIZE)


def test_logs_are_not_read_to_be_told_of() -> None:
    logs = {f"data/events.{number}": bytes(200_000) for number in range(8)}
    line = Line(filled({**IMAGE, **logs}))
    assert lost_files(line.read, SIZE, make_image(IMAGE, 16)) == {"data": 1_600_000}
    assert len(line.pieces) <= 4 < SIZE // PIECE_SIZE // 4


def test_a_blank_flash_is_known_by_its_first_piece() -> None:
    line = Line(b"\xff" * SIZE)
    assert lost_files(line.read, SIZE, make_image(IMAGE, 16)) == {}
    assert line.pieces == [0]


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({}, {}),
        ({"lib/old.mpy": bytes(100), "note": b"x"}, {}),
        ({"config/config.json": b"{}"}, {}),
        ({"config/config.json": b"[]"}, {"config": 2}),
        ({"config/config.json": b"{ }"}, {"config": 3}),
        ({"data/deep/in/log": bytes(5000), "data/empty": b""}, {"data": 5000}),
        ({"data/log": bytes(30_000), "config/ca.der": bytes(900)}, {"data": 30_000, "config": 900}),
    ],
)
def test_what_the_image_has_as_well_is_not_lost(
    there: dict[str, bytes], told: dict[str, int]
) -> None:
    assert lost(filled(IMAGE | there), IMAGE | {"config/config.json": b"{}"}) == told


def test_a_long_file_that_differs_at_its_end_only_is_lost() -> None:
    long = bytes(150_000)
    image = IMAGE | {"data/map": long}
    line = Line(filled(image))
    assert lost_files(line.read, SIZE, make_image(image, 64)) == {}
    assert lost(filled(IMAGE | {"data/map": long[:-1] + b"x"}), image) == {"data": 150_000}


def test_damage_ends_the_search_or_changes_nothing() -> None:
    flash = filled(IMAGE | {"data/log": bytes(300_000), "config/config.json": b"{}"})
    chance = Random(1)
    readable = 0
    for _ in range(200):
        damaged = bytearray(flash)
        for _ in range(chance.randrange(30)):
            at = chance.randrange(10) * BLOCK_SIZE + chance.randrange(200)
            damaged[at : at + 16] = chance.randbytes(16)
        told = lost(bytes(damaged), IMAGE)
        try:
            files = read_image(bytes(damaged))
        except ValueError:
            continue
        readable += 1
        sizes = {
            top: sum(len(data) for path, data in files.items() if path.startswith(f"{top}/"))
            for top in ("data", "config")
        }
        assert told == {top: size for top, size in sizes.items() if size}
    assert 20 < readable < 190


def test_a_file_system_larger_than_its_partition_counts_as_none() -> None:
    flash = filled(IMAGE | {"data/log": bytes(5000)})
    assert lost(flash, IMAGE) == {"data": 5000}
    assert read_image(flash)["data/log"] == bytes(5000)
    assert lost(flash[: SIZE // 2], IMAGE) == {}
    assert lost(flash[:BLOCK_SIZE], IMAGE) == {}
