"""Who a board is: address and root key, one blob of its key storage (boards/esp32.py)."""

from collections.abc import Mapping

NAMESPACE = "linli"
KEY = "identity"
# Of boards that get no other: everybody knows it.
TEST_KEY = bytes(range(16))
TEST_DEVICE = 0x01020304

_NAME = f"{NAMESPACE}/{KEY}"
_ADDRESS_LENGTH = 4


def identity_of(device: int, root: bytes) -> dict[str, bytes]:
    """Return what makes a board the device with a root key, as "namespace/key" to bytes."""
    return {_NAME: device.to_bytes(_ADDRESS_LENGTH, "big") + root}


def device_in(storage: Mapping[str, bytes]) -> str | None:
    """Return a device's address in eight digits from what is in a key storage, None without."""
    return storage[_NAME][:_ADDRESS_LENGTH].hex() if _NAME in storage else None
