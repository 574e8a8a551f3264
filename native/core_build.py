"""Describes the extension linli_native._core to cffi; setup.py runs it."""

from pathlib import Path

import cffi

CORE = Path(__file__).parent / "core"


def declarations() -> str:
    """Return linli_core.h as cffi takes it: without preprocessor lines."""
    lines = (CORE / "linli_core.h").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


ffi = cffi.FFI()
ffi.cdef(declarations())
ffi.set_source(
    "linli_native._core",
    '#include "linli_core.h"',
    # setuptools wants the sources relative to setup.py.
    sources=[f"native/core/{file.name}" for file in sorted(CORE.glob("*.c"))],
    depends=[f"native/core/{file.name}" for file in sorted(CORE.glob("*.h"))],
    include_dirs=["native/core"],
    define_macros=[("Py_LIMITED_API", "0x030B0000")],
    py_limited_api=True,
    # Installation goes on without the core; setup.py says so and how to get it.
    optional=True,
)
