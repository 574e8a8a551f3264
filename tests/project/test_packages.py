"""What boards are given by mip and by freezing: every file that runs on them, and no other."""

import importlib.util
import json
import os
import runpy
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "firmware/manifest.py"
WRITER = runpy.run_path(str(ROOT / "tools/setup/mip_packages.py"))
PACKAGES = WRITER["packages"]()


def board_files(folder: str) -> set[str]:
    package = ROOT / folder / f"linli_{folder}"
    found = {path.relative_to(ROOT / folder).as_posix() for path in package.rglob("*.py")}
    return {
        path for path in found if Path(path).name not in ("catalogue.py", "types.py", "words.py")
    }


@pytest.mark.parametrize("path", PACKAGES)
def test_a_package_file_is_as_the_tool_writes_it(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text == WRITER["text"](PACKAGES[path]), "write it anew: make packages"


@pytest.mark.parametrize("folder", ["protocol", "firmware"])
def test_mip_installs_every_file_that_boards_run(folder: str) -> None:
    package = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
    assert {target for target, _ in package["urls"]} == board_files(folder)
    assert all(target == source for target, source in package["urls"])


@pytest.mark.parametrize("chip", ["sx126x", "sx127x"])
def test_the_lora_driver_comes_in_the_versions_that_the_guide_names(chip: str) -> None:
    package = json.loads((ROOT / f"firmware/packages/lora-{chip}.json").read_text(encoding="utf-8"))
    guide = (ROOT / "docs/BEARERS.md").read_text(encoding="utf-8")
    assert [name for name, _ in package["deps"]] == ["lora-sync", f"lora-{chip}"]
    assert all(f"`{name}` {version}" in guide for name, version in package["deps"])


class Freezer:
    """The functions that makemanifest gives a manifest; relative paths begin at the manifest."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.required: list[str] = []
        self.included: list[str] = []

    def freeze(self, path: str, script: str | Sequence[str], opt: int | None = None) -> None:
        for name in [script] if isinstance(script, str) else script:
            self._add(path, name)

    def package(
        self, package_path: str, files: Sequence[str], base_path: str = ".", opt: int | None = None
    ) -> None:
        for file in files:
            self._add(base_path, f"{package_path}/{file}")

    def module(self, name: str, opt: int | None = None) -> None:
        self._add(".", name)

    def include(self, path: str) -> None:
        self.included.append(path)

    def require(self, name: str) -> None:
        self.required.append(name)

    def _add(self, base: str, target: str) -> None:
        if not base.startswith("$(PORT_DIR)"):
            assert (MANIFEST.parent / base / target).is_file(), target
        self.targets.append(target)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Freezer:
    freezer = Freezer()
    # makemanifest runs a manifest in its own folder.
    monkeypatch.chdir(MANIFEST.parent)
    functions = {
        name: getattr(freezer, name)
        for name in ("freeze", "package", "module", "include", "require")
    }
    exec(compile(MANIFEST.read_text(encoding="utf-8"), str(MANIFEST), "exec"), functions)
    return freezer


def test_every_file_that_boards_run_is_frozen_once(frozen: Freezer) -> None:
    own = [target for target in frozen.targets if target.startswith("linli_")]
    expected = board_files("protocol") | board_files("firmware") | {"linli_main.py"}
    assert sorted(own) == sorted(expected)
    assert len(set(frozen.targets)) == len(frozen.targets)
    assert {"_boot.py", "firmware/boot.py", "firmware/main.py"} <= set(frozen.targets)
    assert not {"boot.py", "main.py"} & set(frozen.targets)
    assert {"lora-sync", "lora-sx126x", "lora-sx127x", "ssl"} == set(frozen.required)


class Reset(BaseException):
    """The chip starts anew."""


class Chip:
    """What frozen/_boot.py finds in a chip; `done` notes what it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[Any] = []
        self.fails_at = ""
        self.fails = 1_000
        self.flash = b"littlefs"
        self.waited: list[int] = []
        self._patch = monkeypatch

    def run(self) -> None:
        modules: dict[str, dict[str, Any]] = {
            "machine": {"reset": self._note("reset")},
            "vfs": {"mount": self._note("mount")},
            "flashbdev": {"bdev": self},
            "firmware": {"__path__": []},
            "firmware.boot": {"start": self._note("boot")},
        }
        for name, content in modules.items():
            module = ModuleType(name)
            module.__dict__.update(content)
            self._patch.setitem(sys.modules, name, module)
        self._patch.setattr(sys.modules["firmware"], "boot", sys.modules["firmware.boot"], False)
        self._patch.delitem(sys.modules, "firmware.main", raising=False)
        self._patch.setattr(sys, "meta_path", [self, *sys.meta_path])
        self._patch.setattr(sys, "print_exception", self._note("error"), raising=False)
        self._patch.setattr("time.sleep", self.waited.append)
        self._patch.setattr(os, "chdir", self._note("chdir"))
        code = (ROOT / "firmware/frozen/_boot.py").read_text(encoding="utf-8")
        with suppress(Reset):
            exec(compile(code, "_boot.py", "exec"), {"__name__": "_boot"})

    def readblocks(self, block: int, buffer: bytearray) -> None:
        """Read flash that holds something in its second block only, or nothing."""
        content = self.flash if block == 1 else b""
        buffer[:] = content + b"\xff" * (len(buffer) - len(content))

    def find_spec(self, name: str, path: object, target: object = None) -> Any:
        """Stand for the import of firmware.main, which runs the node."""
        if name != "firmware.main":
            return None
        return importlib.util.spec_from_loader(name, self)  # type: ignore[arg-type]

    def create_module(self, specification: object) -> None:
        """Leave the module to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the node."""
        self._note("main")()

    def _note(self, what: str) -> Any:
        def act(*arguments: Any) -> None:
            self.done.append(what)
            if what == "reset":
                raise Reset
            if what == self.fails_at and self.done.count(what) <= self.fails:
                raise OSError(what)

        return act


def test_a_chip_of_ones_own_runs_boot_and_main_before_the_port_looks_for_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chip = Chip(monkeypatch)
    chip.run()
    assert chip.done == ["mount", "boot", "main", "chdir"]


@pytest.mark.parametrize("part", ["mount", "boot", "main"])
def test_whatever_fails_in_it_ends_in_a_reset_and_not_at_the_console(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = Chip(monkeypatch)
    chip.fails_at = part
    chip.run()
    assert chip.done[-3:] == [part, "error", "reset"]


def test_a_flash_that_cannot_be_mounted_is_tried_again_ever_less_often_and_never_formatted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chip = Chip(monkeypatch)
    chip.fails_at = "mount"
    chip.run()
    assert chip.waited == [1, 4, 16, 64, 1]
    assert set(chip.done) == {"mount", "error", "reset"}
    chip = Chip(monkeypatch)
    chip.fails_at = "mount"
    chip.fails = 2
    chip.run()
    assert chip.done == ["mount", "mount", "mount", "boot", "main", "chdir"]


def test_a_chip_whose_flash_is_erased_is_new_and_its_console_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chip = Chip(monkeypatch)
    chip.fails_at = "mount"
    chip.flash = b""
    chip.run()
    assert chip.done == ["mount"]
    assert chip.waited == []
