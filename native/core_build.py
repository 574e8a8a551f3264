"""Describes the extension linli_native._core to cffi; setup.py runs it."""

from pathlib import Path

import cffi

FOLDERS = ("core", "engines")
HEADERS = ("core/linli_core.h", "engines/linli_engines.h", "engines/linli_batch.h")
NATIVE = Path(__file__).parent


def declarations() -> str:
    """Return the public headers as cffi takes them: without preprocessor lines."""
    lines = [line for name in HEADERS for line in (NATIVE / name).read_text().splitlines()]
    return "\n".join(line for line in lines if not line.startswith("#"))


def files(pattern: str) -> list[str]:
    """Return the core's files of one kind, relative to setup.py as setuptools wants them."""
    return [
        f"native/{folder}/{file.name}"
        for folder in FOLDERS
        for file in sorted((NATIVE / folder).glob(pattern))
    ]


ffi = cffi.FFI()
ffi.cdef(declarations())
ffi.set_source(
    "linli_native._core",
    '#include "linli_batch.h"\n#include "linli_engines.h"',
    sources=files("*.c"),
    depends=files("*.h"),
    include_dirs=[f"native/{folder}" for folder in FOLDERS],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    extra_compile_args=["-O3"],
    py_limited_api=True,
    # Installation goes on without the core; setup.py says so and how to get it.
    optional=True,
)
