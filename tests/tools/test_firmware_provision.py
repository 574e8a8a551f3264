"""`linli firmware provision`: the key storage of one device, and a key that is nowhere else."""

import io
import os
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from esp_idf_nvs_partition_gen import nvs_partition_gen
from typer.testing import CliRunner, Result

from linli_hil.emulator.nvs import PAGE_SIZE, read_nvs
from linli_protocol import keys
from linli_tools.cli import app
from linli_tools.failure import Failure

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = "01020304"
ROOT = keys.root_key(COMMUNITY_KEY, int(DEVICE, 16))
IDENTITY = bytes.fromhex(DEVICE) + ROOT


def provision(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["firmware", "provision", *map(str, arguments)])


def key_file(path: Path, key: bytes) -> Path:
    path.touch(0o600)
    path.write_text(key.hex() + "\n")
    return path


@pytest.fixture
def community_key(tmp_path: Path) -> Path:
    return key_file(tmp_path / "community.key", COMMUNITY_KEY)


@pytest.fixture
def device_key(tmp_path: Path) -> Path:
    return key_file(tmp_path / "device.key", ROOT)


@pytest.fixture
def storage(community_key: Path, tmp_path: Path) -> bytes:
    out = tmp_path / "nvs.bin"
    ran = provision("--device", DEVICE, "--community-key", community_key, "--out", out)
    assert ran.exit_code == 0, ran.output
    return out.read_bytes()


def test_a_device_finds_its_address_and_its_key(storage: bytes) -> None:
    assert read_nvs(storage) == {"linli/identity": IDENTITY}


def test_inspect_shows_whose_storage_it_is_and_no_key(storage: bytes, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["firmware", "inspect", str(tmp_path / "nvs.bin")]).output
    assert "key storage" in shown and DEVICE in shown
    assert ROOT.hex() not in shown


def test_the_layout_is_that_of_esp_idf(storage: bytes) -> None:
    """Field by field as the ESP-IDF Programming Guide draws it, without any reader's help."""
    assert len(storage) == 0x6000
    page, rest = storage[:PAGE_SIZE], storage[PAGE_SIZE:]
    # Active, the first one, version 2 (as its complement), CRC of these.
    assert page[:9] == b"\xfe\xff\xff\xff" + bytes(4) + b"\xfe"
    assert page[28:32] == zlib.crc32(page[4:28], 0xFFFFFFFF).to_bytes(4, "little")
    # Namespace, header and content of the blob, its index: four entries are written.
    assert page[32:64] == b"\xaa" + b"\xff" * 31
    namespace, header, content, index, empty = (page[at : at + 32] for at in range(64, 224, 32))
    assert namespace[:3] == b"\x00\x01\x01" and namespace[8:25] == b"linli".ljust(16, b"\0") + b"\1"
    assert header[:4] == b"\x01\x42\x02\x00" and header[8:24] == b"identity".ljust(16, b"\0")
    assert header[24:26] == b"\x14\x00"
    assert content == IDENTITY.ljust(32, b"\xff")
    assert index[:4] == b"\x01\x48\x01\xff" and index[24:30] == b"\x14\0\0\0\x01\x00"
    assert set(empty) | set(rest) == {0xFF}
    for entry in (namespace, header, index):
        crc = zlib.crc32(entry[:4] + entry[8:], 0xFFFFFFFF)
        assert entry[4:8] == crc.to_bytes(4, "little")
    assert header[28:] == zlib.crc32(IDENTITY, 0xFFFFFFFF).to_bytes(4, "little")


def test_the_devices_own_key_makes_the_same_storage(
    storage: bytes, device_key: Path, tmp_path: Path
) -> None:
    out = tmp_path / "own.bin"
    assert provision("--device", DEVICE, "--device-key", device_key, "--out", out).exit_code == 0
    assert out.read_bytes() == storage


def test_another_device_or_generation_has_another_key(
    storage: bytes, community_key: Path, tmp_path: Path
) -> None:
    roots = {ROOT}
    for name, *options in (("a", "--device", "1"), ("b", "--device", DEVICE, "--generation", "1")):
        out = tmp_path / name
        assert provision(*options, "--community-key", community_key, "--out", out).exit_code == 0
        roots.add(read_nvs(out.read_bytes())["linli/identity"][4:])
    assert len(roots) == 3


@pytest.mark.parametrize("size", ["0x3000", "16384", "0x10000"])
def test_the_storage_is_as_large_as_its_partition(
    size: str, device_key: Path, tmp_path: Path
) -> None:
    out = tmp_path / "nvs.bin"
    ran = provision("--device", DEVICE, "--device-key", device_key, "--size", size, "--out", out)
    assert ran.exit_code == 0, ran.output
    assert len(out.read_bytes()) == int(size, 0)
    assert read_nvs(out.read_bytes()) == {"linli/identity": IDENTITY}


def test_keys_are_for_the_owner_only_and_nowhere_else(tmp_path: Path) -> None:
    """In a process whose folders are seen: where it runs, for temporary files, its home."""
    folder, secrets = tmp_path / "folder", tmp_path / "secrets"
    folder.mkdir()
    secrets.mkdir()
    path = key_file(secrets / "community.key", COMMUNITY_KEY)
    command = "import os; os.umask(0); from linli_tools.cli import main; main()"
    arguments = ["firmware", "provision", "--device", DEVICE, "--community-key", str(path)]
    home = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    ran = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        cwd=folder,
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    (out,) = folder.rglob("*")
    assert out.name == f"nvs-{DEVICE}.bin"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert list(secrets.iterdir()) == [path]
    for key in (COMMUNITY_KEY, ROOT):
        assert key.hex() not in ran.stdout + ran.stderr


def test_what_is_there_is_not_overwritten(community_key: Path, tmp_path: Path) -> None:
    out = tmp_path / "nvs.bin"
    out.write_text("another device's")
    ran = provision("--device", DEVICE, "--community-key", community_key, "--out", out)
    assert isinstance(ran.exception, Failure) and "never overwritten" in str(ran.exception)
    assert out.read_text() == "another device's"


def test_a_key_that_others_can_read_is_not_used(community_key: Path, tmp_path: Path) -> None:
    community_key.chmod(0o644)
    out = tmp_path / "nvs.bin"
    ran = provision("--device", DEVICE, "--community-key", community_key, "--out", out)
    assert isinstance(ran.exception, Failure) and "chmod 600" in str(ran.exception)
    assert not out.exists()


@pytest.mark.parametrize("content", [b"", ROOT[:15].hex().encode(), ROOT, b"key: " + b"0" * 27])
def test_a_file_without_a_key_is_named_but_not_shown(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    path.touch(0o600)
    path.write_bytes(content)
    ran = provision("--device", DEVICE, "--device-key", path, "--out", tmp_path / "nvs.bin")
    assert isinstance(ran.exception, Failure) and str(path) in str(ran.exception)
    shown = str(ran.exception) + ran.output
    assert not content or content.decode("ascii", "replace") not in shown
    assert "0x" not in shown
    assert not (tmp_path / "nvs.bin").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--device", DEVICE],
        ["--device", "everyone", "--device-key", "KEY"],
        ["--device", DEVICE, "--device-key", "KEY", "--community-key", "KEY"],
        ["--device", DEVICE, "--device-key", "KEY", "--generation", "1"],
        ["--device", DEVICE, "--device-key", "KEY", "--size", "0x2000"],
        ["--device", DEVICE, "--device-key", "KEY", "--size", "20000"],
        ["--device", DEVICE, "--device-key", "KEY", "--size", "large"],
        ["--device", DEVICE, "--device-key", "KEY", "--size", "0x7ffff000"],
    ],
)
def test_wrong_usage_exits_2_and_writes_nothing(
    arguments: list[str], device_key: Path, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    given = [str(device_key) if each == "KEY" else each for each in arguments]
    ran = provision(*given, "--out", tmp_path / "nvs.bin")
    assert ran.exit_code == 2 and ran.stderr
    assert set(tmp_path.iterdir()) == before


def test_a_key_on_the_command_line_is_refused_and_not_shown(tmp_path: Path) -> None:
    for text in (ROOT.hex(), ROOT.hex()[1:]):
        out = tmp_path / "nvs.bin"
        ran = provision("--device", DEVICE, "--device-key", text, "--out", out)
        assert ran.exit_code == 2 and text not in ran.output
        assert not out.exists()


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    ran = provision("--device", DEVICE, "--device-key", tmp_path, "--out", tmp_path / "nvs.bin")
    assert str(ran.exception) == f"{tmp_path}: Is a directory"


def written(size: int, version: int, *entries: tuple[str, str, bytes]) -> bytes:
    """Return key storage with blobs (namespace, key, content), by Espressif's generator."""
    content = io.BytesIO()
    with nvs_partition_gen.nvs_open(content, size - PAGE_SIZE, version) as storage:
        for namespace, key, blob in entries:
            nvs_partition_gen.write_entry(storage, namespace, "namespace", "", "")
            nvs_partition_gen.write_entry(storage, "number", "data", "u32", "7")
            nvs_partition_gen.write_entry(storage, key, "data", "binary", blob)
    return content.getvalue()


@pytest.mark.parametrize("version", [0xFE, 0xFF])
def test_what_is_read_is_what_espressifs_generator_wrote(version: int) -> None:
    # More than a page altogether; with the newer layout one blob begins on one and ends on another.
    blobs = {
        f"{namespace}/{key}": bytes([number]) * size
        for number, (namespace, key, size) in enumerate(
            [("phy", "cal", 1904), ("linli", "identity", 20), ("linli", "log", 1900), ("a", "b", 1)]
        )
    }
    entries = [(*name.split("/"), blob) for name, blob in blobs.items()]
    assert read_nvs(written(0x6000, version, *entries)) == blobs  # type: ignore[arg-type]


def test_blank_key_storage_holds_nothing_and_a_piece_of_a_page_is_none() -> None:
    assert read_nvs(b"\xff" * 3 * PAGE_SIZE) == {}
    for length in (0, 100, PAGE_SIZE + 1):
        with pytest.raises(ValueError, match="pages of 4096 bytes"):
            read_nvs(b"\xff" * length)


def test_no_damage_passes_for_a_key(storage: bytes) -> None:
    for at in range(64 + 4 * 32):
        for bit in range(8):
            damaged = bytearray(storage)
            damaged[at] ^= 1 << bit
            try:
                found = read_nvs(bytes(damaged))
            except ValueError:
                continue
            # A page or an entry that says it is not in use, or the fill behind the key.
            assert found in ({}, {"linli/identity": IDENTITY}), (at, bit)
