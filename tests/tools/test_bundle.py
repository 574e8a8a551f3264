"""Bundles and keys as the vendor makes them, and as a device takes them."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import updates
from linli_firmware.update.manifest import LONGEST
from linli_protocol import codes
from linli_tools import bundle, signing
from linli_tools.failure import Failure

PRIVATE_KEY = updates.PRIVATE_KEY
TARGET = bundle.Target(codes.DOOR, updates.NEW, updates.ABI)


def build(files: dict[str, bytes], target: bundle.Target = TARGET) -> bytes:
    def sign(signed: bytes) -> bytes:
        return signing.sign(PRIVATE_KEY, signed)

    return bundle.build(target, files, signing.public_key(PRIVATE_KEY), sign)


def test_a_device_takes_what_was_built() -> None:
    board = updates.running_old()
    files = updates.app(updates.NEW)
    assert board.take(build(files)) == codes.UPDATE_VERIFIED
    board.boot()
    assert board.version == updates.NEW
    for name, content in files.items():
        assert board.files.read(name, 0, len(content) + 1) == content


def test_the_same_folder_makes_the_same_bytes(tmp_path: Path) -> None:
    content = updates.app(updates.NEW)
    bundles = []
    for order in (sorted(content), sorted(content, reverse=True)):
        folder = tmp_path / order[0].replace("/", "_")
        for name in order:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content[name])
        bundles.append(build(bundle.read_folder(folder)))
    assert bundles[0] == bundles[1]


NAMES = st.text("abcß0_.-/邻", min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=5))
def test_whatever_can_be_built_comes_apart_as_it_was_and_is_taken(files: dict[str, bytes]) -> None:
    try:
        data = build(files)
    except Failure:
        assert any(set(name.split("/")) & {"", ".", ".."} for name in files)
        return
    contents = bundle.inspect(data)
    assert contents.files == files
    assert contents.manifest.version == updates.NEW
    assert bundle.is_signed(contents, updates.KEY)
    assert not bundle.is_signed(contents, signing.public_key(7))
    assert updates.running_old().take(data) == codes.UPDATE_VERIFIED


def test_a_manifest_with_the_largest_numbers_fits() -> None:
    target = bundle.Target(255, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    assert len(bundle.manifest(target, {}, updates.KEY)) <= LONGEST


def test_a_damaged_bundle_is_told() -> None:
    files = updates.app(updates.NEW)
    data = build(files)
    for damaged, words in (
        (b"", "not a bundle"),
        (b"PK\x03\x04" + data, "not a bundle"),
        (data[:-1], "bytes, its manifest says"),
        (data + b"\0", "bytes, its manifest says"),
        (data[:-1] + b"\0", "tiny_app.py: not the file that was signed"),
        (data.replace(b"tiny_app.py", b"tiny_abc.py", 1), "the table is not the one"),
    ):
        with pytest.raises(Failure, match=words):
            bundle.inspect(damaged)


def test_a_name_that_no_device_takes_is_refused_at_the_desk() -> None:
    for name in ("../main.py", "/main.py", "a//b", "update.head", "update.table/x", "n" * 129):
        with pytest.raises(Failure, match="name"):
            build({name: b""})


def test_architectures_are_those_of_mpy_cross() -> None:
    assert bundle.abi("x64") == 2 << 10 | 3 << 8 | 6
    with pytest.raises(Failure, match="xtensawin"):
        bundle.abi("z80")


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="nowhere"):
        bundle.read_folder(tmp_path / "nowhere")


def test_a_key_is_written_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "vendor.key"
    private_key = signing.new_key()
    signing.write_key(path, private_key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.read_key(path) == private_key
    with pytest.raises(Failure, match="never overwritten"):
        signing.write_key(path, private_key)
    path.chmod(0o644)
    with pytest.raises(Failure, match="chmod 600"):
        signing.read_key(path)


@pytest.mark.parametrize("text", ["", "0" * 64, "f" * 64, "1" * 63, "x" * 64, f"{1:064x}"])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vendor.key"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(Failure, match="not a private SM2 key"):
        signing.read_key(path)


def test_new_keys_are_in_range() -> None:
    numbers = iter([0, 1, signing.sm2.N - 1, 2**256 - 1, 2])

    def random(count: int) -> bytes:
        return next(numbers).to_bytes(count, "big")

    source: Callable[[int], bytes] = random
    assert signing.new_key(source) == 2
