"""The key tree: community key, device root, join key, session keys (docs/PROTOCOL.md, Sessions).

Every step is the SP 800-108 counter-mode KDF with SM4-CMAC. A device holds its own root only: no
device's flash gives the community key or another device's root away.
"""

from . import crypto


def root_key(community_key: bytes, device: int, generation: int = 0) -> bytes:
    """Return a device's 16-byte root key, made of the 16-byte community key and its address.

    A device that is replaced, or has lost its memory, gets the next `generation` (16 bits): its
    numbers begin anew, which under the old key would repeat nonces and be refused by the hub.
    """
    context = device.to_bytes(4, "big") + generation.to_bytes(2, "big")
    return crypto.derive(community_key, b"linli root", context)


def join_key(root: bytes) -> bytes:
    """Return the 16-byte key that seals both join messages."""
    return crypto.derive(root, b"linli join", b"")


def pin_key(root: bytes) -> bytes:
    """Return the 16-byte key of a door's PINs, in `access_list`."""
    return crypto.derive(root, b"linli pin", b"")


def console_key(root: bytes) -> bytes:
    """Return the 16-byte key that answers the challenge of a production board's console."""
    return crypto.derive(root, b"linli console", b"")


def session_keys(
    root: bytes, device_nonce: bytes, hub_nonce: bytes, epoch: int
) -> "tuple[bytes, bytes]":
    """Return the session's (uplink key, downlink key), 16 bytes each."""
    context = device_nonce + hub_nonce + epoch.to_bytes(3, "big")
    return crypto.derive(root, b"linli up", context), crypto.derive(root, b"linli down", context)


def nonce_prefix(downlink: bool, device: int, epoch: int) -> bytes:
    """Return the first 8 of the 12 nonce bytes; the 4 bytes of the counter follow."""
    return bytes((1 if downlink else 0,)) + device.to_bytes(4, "big") + epoch.to_bytes(3, "big")
