"""`linli keys vendor`, `linli firmware sign` and `inspect`: what a release engineer does.

Boards take what was signed with the key that their image lists, and nothing else.
"""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import updates
from linli_firmware.node.build import FILE
from linli_protocol import codes
from linli_tools import bundle, signing
from linli_tools.cli import app
from linli_tools.failure import Failure

TARGET = bundle.Target(codes.DOOR, updates.NEW, updates.ABI)


def linli(*arguments: str | Path) -> Result:
    ran = CliRunner().invoke(app, [*map(str, arguments)])
    assert ran.exception is None or isinstance(ran.exception, Failure | SystemExit), ran.exception
    return ran


def told(*arguments: str | Path) -> str:
    ran = linli(*arguments)
    assert ran.exit_code == 0, ran.output
    return ran.output


def image(*vendor_keys: bytes) -> dict[str, bytes]:
    """Return a small image that describes itself as a built one does."""
    description = {
        "app": "door",
        "version": updates.NEW,
        "built": 0,
        "production": False,
        "vendor_keys": [key.hex() for key in vendor_keys],
        "bearers": [],
        "service_pin": None,
    }
    return updates.app(updates.NEW) | {FILE: json.dumps(description).encode()}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """The private key of the vendor whose public key the boards in `updates` list."""
    path = tmp_path / "vendor.key"
    signing.write_key(path, updates.PRIVATE_KEY)
    signing.write_public_key(tmp_path / "vendor.key.pub", updates.KEY)
    return path


@pytest.fixture
def update(tmp_path: Path) -> Path:
    path = tmp_path / "update.unsigned"
    path.write_bytes(bundle.unsigned(TARGET, image(updates.KEY)))
    return path


def test_a_board_takes_an_update_once_it_is_signed(update: Path, key: Path) -> None:
    assert updates.running_old().take(update.read_bytes()) == codes.UPDATE_REFUSED_SIGNATURE
    told("firmware", "sign", update, "--key", key)
    board = updates.running_old()
    assert board.take((update.parent / "update.signed").read_bytes()) == codes.UPDATE_VERIFIED
    board.boot()
    assert board.version == updates.NEW


def test_a_board_refuses_an_update_of_another_vendor(update: Path, tmp_path: Path) -> None:
    told("keys", "vendor", tmp_path / "other.key")
    text = told("firmware", "sign", update, "--key", tmp_path / "other.key")
    assert "note: the image does not list this key" in text
    signed = (tmp_path / "update.signed").read_bytes()
    assert updates.running_old().take(signed) == codes.UPDATE_REFUSED_SIGNATURE


def test_the_folder_of_a_build_is_signed_and_again_with_another_key(
    update: Path, key: Path, tmp_path: Path
) -> None:
    told("keys", "vendor", tmp_path / "other.key")
    told("firmware", "sign", update.parent, "--key", tmp_path / "other.key")
    signed = tmp_path / "update.signed"
    text = told("firmware", "sign", signed, "--key", key, "--out", tmp_path / "again")
    assert "note" not in text
    assert updates.running_old().take((tmp_path / "again").read_bytes()) == codes.UPDATE_VERIFIED


def test_signing_twice_makes_the_same_bytes(update: Path, key: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        told("firmware", "sign", update, "--key", key, "--out", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_key_that_others_can_read_signs_nothing_and_none_is_shown(
    update: Path, key: Path
) -> None:
    key.chmod(0o640)
    ran = linli("firmware", "sign", update, "--key", key)
    assert isinstance(ran.exception, Failure) and f"chmod 600 {key}" in str(ran.exception)
    assert not (update.parent / "update.signed").exists()
    key.chmod(0o600)
    text = told("firmware", "sign", update, "--key", key)
    text += told("firmware", "inspect", update.parent / "update.signed", "--public", f"{key}.pub")
    assert key.read_text().strip() not in text


def test_what_is_no_update_is_not_overwritten_least_of_all_the_key(update: Path, key: Path) -> None:
    image = update.with_name("image.bin")
    image.write_bytes(b"an image")
    for path in (key, image):
        before = path.read_bytes()
        ran = linli("firmware", "sign", update, "--key", key, "--out", path)
        assert str(ran.exception) == f"{path}: exists and is no update; it is not overwritten"
        assert path.read_bytes() == before


def test_a_signature_can_go_where_the_update_is_and_a_full_disk_spoils_neither(
    update: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = update.read_bytes()
    with monkeypatch.context() as cut:
        cut.setattr(os, "fsync", full)
        ran = linli("firmware", "sign", update, "--key", key, "--out", update)
    assert isinstance(ran.exception, Failure) and "No space left" in str(ran.exception)
    assert update.read_bytes() == before
    assert {path.name for path in update.parent.iterdir()} == {
        update.name,
        key.name,
        f"{key.name}.pub",
    }
    told("firmware", "sign", update, "--key", key, "--out", update)
    assert updates.running_old().take(update.read_bytes()) == codes.UPDATE_VERIFIED


def test_a_damaged_update_is_not_signed_and_named(update: Path, key: Path) -> None:
    data = bytearray(update.read_bytes())
    data[-1] ^= 1
    update.write_bytes(data)
    ran = linli("firmware", "sign", update, "--key", key)
    assert str(ran.exception) == f"{update}: tiny_app.py: not the file that was signed"


def test_inspect_says_whose_signature_an_update_has(
    update: Path, key: Path, tmp_path: Path
) -> None:
    def signature(path: Path, *options: str | Path) -> str:
        shown = json.loads(told("firmware", "inspect", path, "--json", *options))
        assert (shown["what"], shown["for"], shown["version"]) == ("update", "door", "1.1.0")
        return str(shown["signature"])

    assert signature(update) == "none"
    told("firmware", "sign", update, "--key", key)
    signed = tmp_path / "update.signed"
    assert "not verified" in signature(signed)
    public = Path(f"{key}.pub")
    assert signature(signed, "--public", public) == f"fits {public}"
    told("keys", "vendor", tmp_path / "other.key")
    other = tmp_path / "other.key.pub"
    assert signature(signed, "--public", other, "--public", public) == f"fits {public}"
    for wrong, path in ((other, signed), (public, update)):
        ran = linli("firmware", "inspect", path, "--public", wrong)
        assert ran.exit_code == 1 and f"not signed by {wrong}" in str(ran.exception)


def test_inspect_finds_an_update_that_was_changed_after_its_signature(
    update: Path, key: Path, tmp_path: Path
) -> None:
    told("firmware", "sign", update, "--key", key)
    signed = tmp_path / "update.signed"
    good = signed.read_bytes()
    head = len(good) - bundle.inspect(good).manifest.total + 20
    for at in (head, len(good) // 2, len(good) - 1):
        signed.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        ran = linli("firmware", "inspect", signed, "--public", f"{key}.pub")
        assert ran.exit_code == 1 and isinstance(ran.exception, Failure)
    signed.write_bytes(good)
    told("firmware", "inspect", signed, "--public", f"{key}.pub")


@pytest.mark.parametrize("content", [b"", b"nothing", bytes(8192), b"\xff" * 8192, b"LLB1"])
def test_inspect_names_a_file_that_is_none_of_ours(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    ran = linli("firmware", "inspect", path)
    assert isinstance(ran.exception, Failure) and str(ran.exception).startswith(f"{path}: ")


def test_a_vendors_key_is_new_private_and_never_overwritten(tmp_path: Path) -> None:
    path, public = tmp_path / "vendor.key", tmp_path / "vendor.key.pub"
    text = told("keys", "vendor", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    private = signing.read_key(path)
    assert signing.read_public_key(public) == signing.public_key(private)
    assert f"{private:064x}" not in text
    for left in (path, public):
        other = public if left is path else path
        other.unlink()
        kept = left.read_bytes()
        ran = linli("keys", "vendor", path)
        assert isinstance(ran.exception, Failure) and "never overwritten" in str(ran.exception)
        assert left.read_bytes() == kept and not other.exists()
        left.unlink()
        told("keys", "vendor", path)


@pytest.mark.parametrize("text", ["", "04", "04" + "00" * 64, updates.KEY.hex()[:-2] + "00", "ß"])
def test_a_file_without_a_public_key_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "vendor.pub"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Failure, match=r"vendor.pub: not a public SM2 key"):
        signing.read_public_key(path)
