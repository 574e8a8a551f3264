"""Whose key storage it is: the address beside the key (boards/esp32.py)."""

from linli_hil.emulator.nvs import read_nvs

_IDENTITY = "linli/identity"
_ADDRESS_LENGTH = 4


def device_of(key_storage: bytes) -> str | None:
    """Return a device's address in eight digits, None where there is none that can be read."""
    try:
        blobs = read_nvs(key_storage)
    except ValueError:
        return None
    return blobs[_IDENTITY][:_ADDRESS_LENGTH].hex() if _IDENTITY in blobs else None
