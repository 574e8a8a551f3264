"""Whose key storage it is that a chip has, or gets."""

from linli_hil.emulator.nvs import read_nvs
from linli_hil.identity import device_in


def device_of(key_storage: bytes) -> str | None:
    """Return a device's address in eight digits, None where there is none that can be read."""
    try:
        return device_in(read_nvs(key_storage))
    except ValueError:
        return None
