"""`linli firmware flash`: what is checked, what is written, what a cut leaves behind.

The chip is esp32-mock-bootloader, to which esptool itself talks over a pty; cuts at every single
step are tried on a flash in memory.
"""

import json
import os
import pty
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import serial
from typer.testing import CliRunner, Result

import emulated
from linli_hil.emulator import EmulatedBoard
from linli_hil.flash_image import make_image, read_image
from linli_tools.cli import app
from linli_tools.failure import Failure
from linli_tools.firmware import flash_plan, flashing
from linli_tools.firmware.base_firmware import CHIPS, parse_base_firmware
from linli_tools.firmware.esptool_process import Esptool
from made_up_base import OTA, STOCK, Row, base_firmware, partition_table
from mock_chip import mock_chip

FLASH_SIZE = 4 << 20
FILES = {"boot.py": b"", "main.py": b"print('it runs', 6 * 7)\n", "lib/list.txt": bytes(9000)}
# So small that all of it is read back in a moment.
SMALL = (*STOCK, Row("vfs", 1, 0x81, 0x200000, 0x40000))
COMMUNITY_KEY = "000102030405060708090a0b0c0d0e0f"  # test key


@pytest.fixture
def port() -> Iterator[str]:
    with mock_chip() as (port, _):
        yield port


@pytest.fixture
def micropython(tmp_path: Path) -> Path:
    path = tmp_path / "micropython.bin"
    path.write_bytes(base_firmware(rows=SMALL))
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(make_image(FILES, 16))
    return path


@pytest.fixture
def nvs(tmp_path: Path) -> Path:
    key = tmp_path / "community.key"
    key.write_text(COMMUNITY_KEY)
    key.chmod(0o600)
    path = tmp_path / "device.nvs"
    options = ["--community-key", str(key), "--device", "01020304", "--out", str(path)]
    ran = CliRunner().invoke(app, ["firmware", "provision", *options])
    assert ran.exit_code == 0, ran.output
    return path


def flash(port: str, micropython: Path, image: Path, *more: str | Path) -> Result:
    arguments = ["--port", port, "--micropython", micropython, "--image", image, *more]
    return CliRunner().invoke(app, ["firmware", "flash", *map(str, arguments)])


def refused(port: str, micropython: Path, image: Path, *more: str | Path) -> str:
    ran = flash(port, micropython, image, *more)
    assert isinstance(ran.exception, Failure), (ran.output, ran.exception)
    assert ran.stdout == ""
    assert "\n" not in str(ran.exception)
    return str(ran.exception)


def esptool(port: str, folder: Path, chip_id: int = 0) -> Esptool:
    return Esptool(port, CHIPS[chip_id], 460_800, folder, lambda percent: None)


def test_what_is_flashed_is_what_a_board_then_starts(
    port: str, micropython: Path, image: Path, nvs: Path, tmp_path: Path
) -> None:
    micropython.write_bytes(base_firmware())
    ran = flash(port, micropython, image, "--nvs", nvs, "--json")
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["device"] == "01020304"
    names = ["file system", "NVS", "MicroPython", "partition table", "boot loader"]
    assert [region["name"] for region in told["regions"]] == names
    assert (told["chip"], told["flash_size"]) == ("esp32", FLASH_SIZE)
    assert told["micropython"] == "1.28.0" and not told["erased"]
    board = esptool(port, tmp_path)
    file = base_firmware()
    assert board.read(0x1000, 4000) == file[:4000]
    assert board.read(0x8000, 0xC00) == file[0x7000:0x7C00]
    assert board.read(0x10000, len(file) - 0xF000) == file[0xF000:]
    assert board.read(0x9000, 0x6000) == nvs.read_bytes().ljust(0x6000, b"\xff")
    home = told["file_system"]
    assert home == {"offset": 0x200000, "size": 0x200000}
    partition = board.read(home["offset"], home["size"])
    assert read_image(partition) == FILES
    emulator = EmulatedBoard(partition, {})
    try:
        emulator.power_on()
        assert emulated.comes(lambda: b"it runs 42" in emulator.printed)
    finally:
        emulator.close()


def test_a_board_keeps_its_address_and_key_when_none_are_given(
    port: str, micropython: Path, image: Path, nvs: Path, tmp_path: Path
) -> None:
    assert flash(port, micropython, image, "--nvs", nvs).exit_code == 0
    ran = flash(port, micropython, image)
    assert ran.exit_code == 0
    assert "device 01020304, whose address and key were there, stays" in ran.stdout
    kept = esptool(port, tmp_path).read(0x9000, 0x6000)
    assert kept == nvs.read_bytes().ljust(0x6000, b"\xff")
    ota = tmp_path / "ota.bin"
    ota.write_bytes(base_firmware(rows=OTA))
    assert "where this MicroPython has not" in refused(port, ota, image)


def test_the_files_of_a_device_are_not_lost_unless_they_may_be(
    port: str, micropython: Path, image: Path, nvs: Path, tmp_path: Path
) -> None:
    board = esptool(port, tmp_path)
    board.write(0x8000, partition_table(SMALL))
    board.write(0x9000, nvs.read_bytes())
    files = make_image({**FILES, "data/events.0": bytes(1234), "config/config.json": b"{}"}, 64)
    board.write(0x200000, files)
    message = refused(port, micropython, image)
    assert "/data (1234 bytes), /config (2 bytes)" in message and "--erase" in message
    assert board.read(0x200000, len(files)) == files
    ran = flash(port, micropython, image, "--erase")
    assert ran.exit_code == 0
    assert "address and key are missing" in ran.stdout
    assert board.read(0x9000, 0x6000) == b"\xff" * 0x6000
    assert read_image(board.read(0x200000, 0x40000)) == FILES


def test_the_same_command_mends_a_cut_of_an_image_with_its_configuration(
    port: str, micropython: Path, image: Path
) -> None:
    image.write_bytes(make_image({**FILES, "config/config.json": b"{}"}, 16))
    assert flash(port, micropython, image).exit_code == 0
    ran = flash(port, micropython, image)
    assert ran.exit_code == 0, ran.exception
    assert "address and key are missing" in ran.stdout
    image.write_bytes(make_image({**FILES, "config/config.json": b"[]"}, 16))
    assert "/config (2 bytes)" in refused(port, micropython, image)


def test_key_storage_without_a_key_is_refused(
    port: str, micropython: Path, image: Path, nvs: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.nvs"
    # Pages as ESP-IDF has begun them, with nothing in them.
    empty.write_bytes(nvs.read_bytes()[:32] + b"\xff" * (len(nvs.read_bytes()) - 32))
    message = refused(port, micropython, image, "--nvs", empty)
    assert message.startswith(f"{empty}: no NVS image with address and key")


def test_a_full_disk_in_the_midst_of_it_is_told_with_what_the_board_holds(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = parse_base_firmware(base_firmware())
    regions, _ = flash_plan.plan(base, FLASH_SIZE, image.read_bytes(), None)
    board = Esptool("port", base.chip, 460_800, tmp_path / "no such folder", lambda percent: None)
    monkeypatch.setattr(board, "_run", lambda *arguments: "")
    with pytest.raises(Failure, match=r"No such file.*half flashed: nothing written"):
        flashing.write(board, regions, False, lambda step: None)


def test_a_chip_whose_boot_loader_lies_at_0_starts_the_application_that_is_written(
    image: Path, tmp_path: Path
) -> None:
    file = base_firmware(5, rows=OTA)
    ota = tmp_path / "c3.bin"
    ota.write_bytes(file)
    with mock_chip("esp32c3") as (port, _):
        board = esptool(port, tmp_path, 5)
        board.write(0xD000, bytes(0x2000))  # another program has chosen the other slot
        ran = flash(port, ota, image)
        assert ran.exit_code == 0, ran.exception
        assert board.read(0, 4000) == file[:4000]
        assert board.read(0xD000, 0x2000) == b"\xff" * 0x2000
        # Behind the last partition, up to the end of the flash.
        assert board.read(0x310000, 0x10) == flash_plan.grown(image.read_bytes(), 240)[:16]


def test_a_cut_in_the_middle_is_told_and_the_same_command_mends_it(
    micropython: Path, image: Path, tmp_path: Path
) -> None:
    base = parse_base_firmware(micropython.read_bytes())
    regions, _ = flash_plan.plan(base, FLASH_SIZE, image.read_bytes(), None)
    steps: list[str] = []
    with mock_chip() as (port, process):

        def pull_the_plug(percent: float) -> None:
            if steps[-1] == "writing MicroPython" and percent > 20:
                process.kill()
                process.wait()

        board = Esptool(port, base.chip, 460_800, tmp_path, pull_the_plug)
        with pytest.raises(Failure) as caught:
            flashing.write(board, regions, False, steps.append)
    message = str(caught.value)
    assert message == (
        f"{port}: the line to the chip is cut; the board is half flashed: file system written and "
        "read back, MicroPython and partition table and boot loader not: run the same command again"
    )


@dataclass
class FlashInMemory:
    """What Esptool does, on bytes; `after` that many calls nothing more happens."""

    data: bytearray
    after: int = 10**6
    cut: type[BaseException] = Failure
    spoilt: int | None = None

    def _count(self) -> None:
        if not self.after:
            raise self.cut("cut")
        self.after -= 1

    def read(self, offset: int, size: int) -> bytes:
        self._count()
        return bytes(self.data[offset : offset + size])

    def write(self, offset: int, data: bytes) -> None:
        half = len(data) // 2
        self.data[offset : offset + half] = data[:half]
        self._count()
        self.data[offset : offset + len(data)] = data
        if self.spoilt is not None and offset <= self.spoilt < offset + len(data):
            self.data[self.spoilt] ^= 1

    def erase(self, offset: int, size: int) -> None:
        self._count()
        self.data[offset : offset + size] = b"\xff" * size

    def erase_all(self) -> None:
        self.data[: len(self.data) // 2] = b"\xff" * (len(self.data) // 2)
        self._count()
        self.data[:] = b"\xff" * len(self.data)


@pytest.mark.parametrize("cut", [Failure, KeyboardInterrupt])
@pytest.mark.parametrize("erase", [False, True])
def test_wherever_it_is_cut_a_board_starts_what_was_there_or_nothing_or_all_that_is_new(
    cut: type[BaseException], erase: bool
) -> None:
    base = parse_base_firmware(base_firmware())
    regions, _ = flash_plan.plan(base, FLASH_SIZE, make_image(FILES, 16), bytes(0x3000))
    old = bytes(FLASH_SIZE)
    cuts = 0
    for after in range(1 + 2 * len(regions)):
        flash = FlashInMemory(bytearray(old), after, cut)
        board: Any = flash
        with pytest.raises(Failure) as caught:
            flashing.write(board, regions, erase, lambda step: None)
        cuts += 1
        assert str(caught.value).endswith("run the same command again")
        assert ("interrupted" in str(caught.value)) == (cut is KeyboardInterrupt)
        starts = bytes(flash.data[0x1000 : 0x1000 + len(base.boot_loader)]) == base.boot_loader
        done = [
            region.name
            for region in regions
            if flash.data[region.offset : region.offset + len(region.data)] == region.data
        ]
        if starts:
            assert len(done) == len(regions)
        elif flash.data[0x1000:0x2000] == old[0x1000:0x2000]:
            assert flash.data == old
        if "half flashed" in str(caught.value):
            said = str(caught.value).split("half flashed: ")[1].split(" written")[0]
            assert said == "nothing" or set(said.split(" and ")) <= set(done)
    assert cuts == 11
    flash = FlashInMemory(bytearray(old))
    board = flash
    flashing.write(board, regions, erase, lambda step: None)
    assert all(flash.data[r.offset : r.offset + len(r.data)] == r.data for r in regions)


def test_a_flash_that_does_not_hold_what_was_written_is_found_before_the_board_may_start() -> None:
    base = parse_base_firmware(base_firmware())
    regions, _ = flash_plan.plan(base, FLASH_SIZE, make_image(FILES, 16), None)
    flash = FlashInMemory(bytearray(FLASH_SIZE), spoilt=0x12345)
    board: Any = flash
    with pytest.raises(Failure, match="MicroPython: the flash does not hold what was written"):
        flashing.write(board, regions, False, lambda step: None)
    assert flash.data[0x1000:0x2000] == b"\xff" * 0x1000


def test_a_wrong_port_is_told_in_one_line(
    micropython: Path, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such port; there is " in refused("/dev/ttyNONE", micropython, image)
    assert "not a serial port" in refused(str(micropython), micropython, image)
    master, slave = pty.openpty()
    tty.setraw(slave)
    port = os.ttyname(slave)
    with serial.Serial(port, exclusive=True):
        assert "another program has this port open" in refused(port, micropython, image)
    assert "no ESP32 answers" in refused(port, micropython, image)
    os.close(master)
    os.close(slave)


def test_a_wrong_chip_is_told_before_anything_is_written(
    micropython: Path, image: Path, tmp_path: Path
) -> None:
    with mock_chip("esp32s3") as (port, _):
        message = refused(port, micropython, image)
        assert message == f"{port}: the chip is an ESP32-S3, the MicroPython is for an ESP32"
        blank = esptool(port, tmp_path, 9).read(0, 0x2000)
        assert blank == b"\xff" * 0x2000


@pytest.mark.parametrize(
    "rows, flash_code, blocks, said",
    [
        ((*STOCK, Row("vfs", 1, 0x81, 0x200000, 0x8000)), 2, 16, "65536 bytes, its partition vfs"),
        ((*STOCK, Row("vfs", 1, 0x81, 0x200000, 0x300000)), 2, 16, "larger flash than 4194304"),
        (STOCK, 3, 16, "larger flash than 4194304 bytes"),
        ((*STOCK, Row("x", 1, 6, 0x200000, 0x200000)), 2, 16, "no file system fits"),
        ((*STOCK, Row("ffat", 1, 0x81, 0x200000, 0x100000)), 2, 16, "file system is FAT"),
        ((*STOCK, Row("vfs", 1, 0x81, 0x200800, 0x100000)), 2, 16, "sectors of 4096 bytes"),
    ],
)
def test_what_does_not_fit_is_told_with_both_sizes(
    rows: tuple[Row, ...], flash_code: int, blocks: int, said: str
) -> None:
    base = parse_base_firmware(base_firmware(rows=rows, flash_code=flash_code))
    with pytest.raises(ValueError, match=said):
        flash_plan.plan(base, FLASH_SIZE, make_image(FILES, blocks), None)


def test_an_nvs_image_has_to_fit_and_to_be_one(nvs: Path) -> None:
    data = nvs.read_bytes()
    flash_plan.check_nvs(data)
    for wrong in (b"", data[:0x2000], data[:-1], bytes(0x6000), b"\xff" * 0x6000):
        with pytest.raises(ValueError, match="no NVS image"):
            flash_plan.check_nvs(wrong)
    base = parse_base_firmware(base_firmware(rows=OTA))
    with pytest.raises(ValueError, match="the NVS has 24576 bytes, its partition nvs 16384"):
        flash_plan.plan(base, FLASH_SIZE, make_image(FILES, 16), data.ljust(0x6000, b"\xff"))
    without = parse_base_firmware(base_firmware(rows=STOCK[1:]))
    with pytest.raises(ValueError, match="no partition for NVS"):
        flash_plan.plan(without, FLASH_SIZE, make_image(FILES, 16), data)


def test_an_image_is_for_one_processor_and_has_the_code_of_a_device(
    micropython: Path, image: Path
) -> None:
    chip = CHIPS[0]

    def code(sub_version: int, architecture: int, bits: int = 31, version: int = 6) -> bytes:
        return bytes([ord("M"), version, sub_version | architecture << 2, bits]) + bytes(100)

    for good in (code(0, 0), code(3, 10)):
        flash_plan.check_image(make_image({**FILES, "lib/a.mpy": good}), chip)
    for bad, said in (
        (code(3, 11), "another processor than the ESP32"),  # rv32imc
        (code(3, 2), "another processor"),  # x64, the emulated board
        (code(0, 0, 63), "another processor"),
        (code(2, 10), "not what MicroPython loads"),
        (code(0, 0, version=5), "not what MicroPython loads"),
        (b"M\6\3", "not what MicroPython loads"),
    ):
        with pytest.raises(ValueError, match=f"lib/a.mpy is .*{said}"):
            flash_plan.check_image(make_image({**FILES, "lib/a.mpy": bad}), chip)
    with pytest.raises(ValueError, match=r"no image of a device: it has no main\.py"):
        flash_plan.check_image(make_image({"boot.py": b""}, 16), chip)
    cut = image.read_bytes()[:-1]
    image.write_bytes(cut)
    assert refused("no port", micropython, image).startswith(f"{image}: a LittleFS image of 16")


def test_a_build_s_manifest_is_heeded(micropython: Path, image: Path) -> None:
    manifest = image.with_name("manifest.json")
    manifest.write_text('{"board": "esp32", "image": {"sha256": "00"}}')
    assert refused("no port", micropython, image) == (
        f"{manifest}: it is the manifest of another image than the one beside it"
    )
    manifest.write_text("[]")
    assert "not the manifest of a build" in refused("no port", micropython, image)


def test_a_built_image_goes_to_the_board_it_is_built_for_only(tmp_path: Path) -> None:
    folder = tmp_path / "built"
    ran = CliRunner().invoke(
        app,
        ["firmware", "build", "--app", "panic", "--board", "esp32s3", "--out", str(folder)],
    )
    assert ran.exit_code == 0, ran.output
    built = (folder / "image.bin").read_bytes()
    flash_plan.check_image(built, CHIPS[9])
    flash_plan.check_manifest((folder / "manifest.json").read_bytes(), built, CHIPS[9])
    micropython = tmp_path / "micropython.bin"
    micropython.write_bytes(base_firmware(0))
    message = refused("no port", micropython, folder / "image.bin")
    assert "the image is built for esp32s3, the MicroPython for esp32" in message
    micropython.write_bytes(base_firmware(13))
    message = refused("no port", micropython, folder / "image.bin")
    assert "is compiled for another processor than the ESP32-C6" in message


def test_files_that_are_missing_are_named(micropython: Path, image: Path) -> None:
    missing = micropython.with_name("none.bin")
    for arguments in ((missing, image), (micropython, missing), (micropython, image, "--nvs")):
        more = [str(missing)] if len(arguments) == 3 else []
        message = refused("no port", *arguments[:2], *arguments[2:], *more)  # type: ignore[arg-type]
        assert message == f"{missing}: No such file or directory"
    assert CliRunner().invoke(app, ["firmware", "flash", "--port", "x"]).exit_code == 2


def test_without_esptool_the_package_that_brings_it_is_named(
    micropython: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install 'linli[firmware]'" in refused("no port", micropython, image)
