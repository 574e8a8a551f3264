"""The libraries that Linli is measured beside. Each module has one as its IMPLEMENTATION."""

from importlib import import_module

from ..jobs import Implementation

_EXTRA = "pip install 'linli[bench]'"
_HOW_TO_GET = {
    "openssl": _EXTRA,
    "libgcrypt": "apt install libgcrypt20",
    "gmssl_fast": _EXTRA,
    "gmssl_pyx": _EXTRA,
    "cobs": _EXTRA,
    "cpython": "",
}


def load() -> tuple[list[Implementation], dict[str, str]]:
    """Return the peers that are here, and for each that is not how to get it."""
    present, absent = [], {}
    for name, how in _HOW_TO_GET.items():
        try:
            present.append(import_module(f"{__name__}.{name}").IMPLEMENTATION)
        except (ImportError, OSError):
            absent[name] = how
    return present, absent
