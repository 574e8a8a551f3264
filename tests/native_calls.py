"""Every public function of linli_native with arguments that it takes: what tests vary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

KEY = bytes(range(16))
NONCE = bytes(range(12))
HEADER = b"a header"
BODY = b"the body of a message"
TAG_LENGTH = 8


@dataclass
class Call:
    """A function, and its arguments by name."""

    name: str
    run: Callable[..., Any]
    given: dict[str, Any]


def calls(native: Any) -> Iterator[Call]:
    """Yield each function and method once; those that change an object on one of their own."""
    aead, sm4 = native.Aead(KEY), native.Sm4(KEY)
    packet = aead.seal(NONCE, HEADER, BODY, TAG_LENGTH)
    frame = aead.seal_frame(NONCE, HEADER, BODY, TAG_LENGTH)
    blocks = bytes(32)

    for name in ("Aead", "Ccm", "Gcm", "Sm4"):
        yield Call(name, getattr(native, name), {"key": KEY})

    to_seal = {"nonce": NONCE, "header": HEADER, "body": BODY, "tag_length": TAG_LENGTH}
    to_open = {"nonce": NONCE, "header_length": len(HEADER), "tag_length": TAG_LENGTH}
    yield from _both("Aead.seal", aead, to_seal)
    yield from _both("Aead.seal_frame", aead, to_seal)
    yield from _both("Aead.open", aead, to_open | {"packet": packet})
    yield from _both("Aead.open_frame", aead, to_open | {"frame": frame})
    for name in ("Ccm", "Gcm"):
        mode = getattr(native, name)(KEY)
        sealed = mode.seal(**to_seal)
        yield from _both(f"{name}.seal", mode, to_seal)
        opening = {"nonce": NONCE, "header": HEADER, "sealed": sealed, "tag_length": TAG_LENGTH}
        yield from _both(f"{name}.open", mode, opening)

    for name in ("encrypt_block", "decrypt_block"):
        yield Call(f"Sm4.{name}", getattr(sm4, name), {"block": KEY})
    for name in ("encrypt_ecb", "decrypt_ecb"):
        yield from _both(f"Sm4.{name}", sm4, {"data": blocks})
    for name in ("encrypt_cbc", "decrypt_cbc"):
        yield from _both(f"Sm4.{name}", sm4, {"iv": KEY, "data": blocks})
    yield from _both("Sm4.ctr", sm4, {"counter": KEY, "data": BODY})

    yield Call("Sm3", lambda data: native.Sm3(data).digest(), {"data": BODY})
    yield Call("Sm3.update", native.Sm3().update, {"data": BODY})
    yield Call("sm3", native.sm3, {"data": BODY})
    chained = {"previous": bytes(32), "message": BODY}
    yield Call(
        "sm3_chain", lambda previous, message: native.sm3_chain(previous, [message]), chained
    )
    mac = {"key": KEY, "message": BODY}
    yield Call("HmacSm3", lambda **given: native.HmacSm3(**given).digest(), mac)
    yield Call("HmacSm3.update", native.HmacSm3(KEY).update, {"message": BODY})
    yield Call("hmac_sm3", native.hmac_sm3, mac)
    yield Call("cmac", native.cmac, mac)
    label = {"key": KEY, "label": b"label", "context": b"context", "length": 40}
    yield Call("derive", native.derive, label)

    yield Call("cobs_encode", native.cobs_encode, {"data": BODY})
    yield Call("cobs_decode", native.cobs_decode, {"data": native.cobs_encode(BODY)})
    yield Call("crc16", native.crc16, {"data": BODY, "crc": 7})
    yield Call("crc32", native.crc32, {"data": BODY, "crc": 7})
    yield Call("decode_frame", native.decode_frame, {"frame": frame})

    yield from _store(native)


def _both(name: str, owner: Any, given: dict[str, Any]) -> Iterator[Call]:
    """Yield a method that returns new bytes, and the one that writes into a buffer."""
    method = name.partition(".")[2]
    yield Call(name, getattr(owner, method), given)
    yield Call(f"{name}_into", getattr(owner, f"{method}_into"), {"out": bytearray(80)} | given)


def _store(native: Any) -> Iterator[Call]:
    yield Call("KeyStore", native.KeyStore, {"slots": 3})
    store = native.KeyStore(3)
    slots = np.array([0, 1], np.uint32)
    yield Call("KeyStore.set_many", store.set_many, {"slots": slots, "keys": KEY + KEY})
    yield Call("KeyStore.set", native.KeyStore(3).set, {"slot": 2, "key": KEY})
    filled = native.KeyStore(3)
    filled.set_many(slots, KEY + KEY)
    batch = {
        "slots": slots,
        "nonces": np.zeros((2, 12), np.uint8),
        "messages": np.zeros(60, np.uint8),
        "offsets": np.array([0, 20, 60], np.uint64),
        "header_length": 8,
        "tag_length": TAG_LENGTH,
        "out": np.zeros(80, np.uint8),
    }
    yield Call("KeyStore.seal_many", filled.seal_many, batch)
    yield Call("KeyStore.open_many", filled.open_many, batch)
    yield Call("KeyStore.__contains__", filled.__contains__, {"slot": 1})
    full = native.KeyStore(3)
    full.set_many(slots, KEY + KEY)
    yield Call("KeyStore.remove", full.remove, {"slot": 1})
