"""MicroPython's own firmware file and its partition table: read rightly, or refused in words."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli_tools.firmware.base_firmware import CHIPS, parse_base_firmware
from linli_tools.firmware.partitions import Partition, file_system, parse_table
from made_up_base import BANNER, OTA, STOCK, Row, base_firmware, esp_image, partition_table

WHOLE = base_firmware(length=2_000)


@pytest.mark.parametrize("chip_id", CHIPS)
@pytest.mark.parametrize("rows", [STOCK, OTA])
def test_the_parts_of_a_file_are_found_whatever_chip_it_is_for(
    chip_id: int, rows: tuple[Row, ...]
) -> None:
    data = base_firmware(chip_id, rows=rows)
    start = CHIPS[chip_id].boot_offset
    for file in (data, b"\xff" * start + data, data + b"\xff" * 100):
        base = parse_base_firmware(file)
        assert base.chip == CHIPS[chip_id]
        assert base.version == (1, 28, 0)
        assert base.flash_size == 4 << 20
        assert data.startswith(base.boot_loader)
        assert base.table == data[0x8000 - start :][:0xC00]
        assert data[base.home.offset - start :] == base.application
        assert [(each.name, each.offset, each.size) for each in base.partitions] == [
            (row.name, row.offset, row.size) for row in rows
        ]


@pytest.mark.parametrize("chip_id", CHIPS)
def test_esptool_sees_the_same_in_the_made_up_images(chip_id: int, tmp_path: Path) -> None:
    path = tmp_path / "application.bin"
    path.write_bytes(parse_base_firmware(base_firmware(chip_id)).application)
    said = subprocess.run(
        [sys.executable, "-m", "esptool", "--chip", CHIPS[chip_id].name, "image-info", str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert f"Chip ID: {chip_id} ({CHIPS[chip_id].title})" in said
    assert "Flash size: 4MB" in said
    assert "Checksum:" in said and said.count("(valid)") == 2


def test_the_file_system_lies_where_micropython_looks_for_it() -> None:
    stock = parse_table(partition_table(STOCK))
    for flash_size in (4 << 20, 8 << 20, 16 << 20):
        found = file_system(stock, flash_size)
        assert (found.offset, found.end) == (0x200000, flash_size)
    with pytest.raises(ValueError, match="2097152 bytes, the flash has 2097152"):
        file_system(stock, 2 << 20)
    named = parse_table(partition_table((*STOCK, Row("vfs", 1, 0x81, 0x210000, 0x100000))))
    assert file_system(named, 4 << 20) == Partition("vfs", 1, 0x81, 0x210000, 0x100000)


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "does not begin with the boot loader"),
        (b"MZ" + WHOLE, "does not begin with the boot loader"),
        (WHOLE[:100], "boot loader is cut short"),
        (WHOLE[:0x7000], "no partition table"),
        (WHOLE[:0xF000], "no application at 0xf000"),
        (WHOLE[:-1], "application is cut short"),
        (WHOLE[:500] + b"!" + WHOLE[501:], "boot loader is damaged"),
        (WHOLE[:-900] + b"!" + WHOLE[-899:], "application is damaged: the checksum"),
        (WHOLE[:-1] + b"!", "application is damaged: the SHA-256"),
        (WHOLE[:0x7010] + b"!" + WHOLE[0x7011:], "partition table is damaged: its MD5"),
        (WHOLE + b"!", "holds more than MicroPython"),
        (WHOLE[:0x8000] + b"!" + WHOLE[0x8001:], "holds more than MicroPython"),
        (esp_image(0, bytes(0x8000)), "longer than a boot loader"),
        (base_firmware(2), "for chip 2; Linli knows ESP32, ESP32-S3"),
        (WHOLE[:0xF000] + base_firmware(9)[0x10000:], "for different chips"),
        (base_firmware(banner=b"CircuitPython 9"), "does not call itself MicroPython"),
        (base_firmware(banner=BANNER.replace(b"28", b"27")), "MicroPython 1.27.0; images of Linli"),
        (base_firmware(banner=BANNER.replace(b"28.0", b"30.1")), "run on 1.28 to 1.29"),
        (base_firmware(rows=(*STOCK[:2], Row("app", 0, 0, 0x10000, 0x1000))), "its partition 4096"),
        (base_firmware(rows=(Row("app", 0, 0, 0x8000, 0x8000),)), "overlaps"),
        (base_firmware(rows=(*STOCK, Row("vfs", 1, 0x81, 0x1F0000, 0x1000))), "vfs overlaps"),
        (base_firmware(rows=(*STOCK, Row("vfs", 1, 0x81, 0x200000, 0))), "vfs is empty"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_base_firmware(data)


@pytest.mark.parametrize(
    "banner, version",
    [
        (b"MicroPython v1.28 on 2026-04-06", (1, 28, 0)),
        (b"MicroPython v1.29.0-preview.12.gabcdef012 on 2026-05-06", (1, 29, 0)),
        (b"MicroPython v1.29.1-dirty on 2027-01-01", (1, 29, 1)),
    ],
)
def test_builds_of_one_s_own_are_taken(banner: bytes, version: tuple[int, int, int]) -> None:
    assert parse_base_firmware(base_firmware(banner=banner)).version == version


@given(st.binary(max_size=400))
def test_garbage_is_refused_never_a_surprise(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_base_firmware(data)
    with pytest.raises(ValueError):
        parse_table(data)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, len(WHOLE)),
)
def test_a_damaged_file_is_refused_or_is_as_it_was(
    damage: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(WHOLE)
    for position, value in damage:
        data[position] = value
    data = data[:length] if length % 2 else data
    try:
        base = parse_base_firmware(bytes(data))
    except ValueError:
        assert bytes(data) != WHOLE
    else:
        whole = parse_base_firmware(WHOLE)
        assert base.application == whole.application


@given(
    st.lists(
        st.builds(
            Row,
            st.text("abc", max_size=16),
            st.integers(0, 255),
            st.integers(0, 255),
            st.integers(0, 2**32 - 1),
            st.integers(0, 2**32 - 1),
        ),
        max_size=6,
    )
)
def test_a_table_that_is_taken_has_no_overlaps(rows: list[Row]) -> None:
    try:
        partitions = parse_table(partition_table(rows))
    except ValueError:
        return
    ends = [0x9000]
    for partition in sorted(partitions, key=lambda each: each.offset):
        assert partition.offset >= ends[-1]
        ends.append(partition.end)


def test_a_table_without_its_md5_or_with_rows_behind_it_is_refused() -> None:
    table = partition_table(STOCK)
    rows = len(STOCK) * 32
    with pytest.raises(ValueError, match="ends with its MD5"):
        parse_table(table[:rows].ljust(0xC00, b"\xff"))
    with pytest.raises(ValueError, match="goes on behind"):
        parse_table(table[: rows + 32] + table[:32] + table[rows + 64 :])
    with pytest.raises(ValueError, match="ends with its MD5"):
        parse_table(struct.pack("<H", 0x50AA) + bytes(30))
