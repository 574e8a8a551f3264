"""The compiled core, and its engine: the fastest this processor runs, or what LINLI_ENGINE names.

Chosen once, when linli_native is imported; every key is expanded for it.
"""

import os

try:
    from ._core import ffi, lib
except ImportError as error:
    raise ImportError(
        f"linli's native core is not compiled for this Python ({error}); linli works without it, "
        "slower. To get it, install a C compiler (Debian: apt install gcc; macOS: xcode-select "
        "--install) and install linli again; `pip install -v` shows what the compiler says."
    ) from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import CData

__all__ = ["CHOSEN", "CONSTANT_TIME", "ENGINE", "ENGINES", "ffi", "lib"]

VARIABLE = "LINLI_ENGINE"


def _usable() -> "dict[str, CData]":
    """Return the engines that this processor can run by name, the fastest first."""
    found: dict[str, CData] = {}
    while engine := lib.linli_engine_at(len(found)):
        found[ffi.string(lib.linli_engine_name(engine)).decode()] = engine
    return found


_engines = _usable()

#: The names of the engines that this processor can run, the fastest first.
ENGINES = tuple(_engines)

#: The name of the engine at work.
ENGINE = os.environ.get(VARIABLE) or ENGINES[0]

# Not ImportError: programs that do without the core must not mistake this for its absence.
if ENGINE not in _engines:
    raise ValueError(f"{VARIABLE} is {ENGINE!r}, but this processor has {', '.join(ENGINES)}")

#: The engine at work, as the core knows it.
CHOSEN = _engines[ENGINE]

#: Whether neither a branch nor an address of the engine's SM4 depends on key or data.
CONSTANT_TIME = bool(lib.linli_engine_constant_time(CHOSEN))


def _is_right() -> bool:
    """Encrypt the example of GB/T 32907-2016, annex A, into fresh bytes, as every call does.

    CPython's C interface lets C fill bytes that nobody else has seen yet; another Python may hand
    it a copy.
    """
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    out = bytes(16)
    context = ffi.new("linli_sm4 *")
    lib.linli_sm4_init(context, CHOSEN, block)
    lib.linli_sm4_encrypt(context, out, block)
    return out.hex() == "681edf34d206965e86b3e94f536e4246"


if not _is_right():
    raise ImportError(f"linli's native core gives wrong results on this Python (engine {ENGINE})")
