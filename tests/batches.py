"""Made-up batches: the arguments of KeyStore.seal_many, and what each message is made of."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER_LENGTH = 8


@dataclass
class Message:
    """One message of a batch."""

    key: bytes
    nonce: bytes
    header: bytes
    body: bytes


def made_up(
    lengths: Sequence[int], seed: int = 0, header_length: int = HEADER_LENGTH
) -> list[Message]:
    """Return messages with bodies of these lengths, each under a key of its own."""
    source = random.Random(seed)
    return [
        Message(*(source.randbytes(n) for n in (16, 12, header_length, length)))
        for length in lengths
    ]


def offsets_of(parts: Sequence[bytes]) -> np.ndarray:
    """Return where each part begins once they lie behind one another, and where the last ends."""
    return np.cumsum([0, *map(len, parts)]).astype(np.uint64)


def split(data: np.ndarray, offsets: np.ndarray) -> list[bytes]:
    """Return the parts."""
    return [data[offsets[i] : offsets[i + 1]].tobytes() for i in range(len(offsets) - 1)]


def stored(store: Any, messages: Sequence[Message], seed: int = 0) -> np.ndarray:
    """Put the messages' keys into slots of the store in no order, and return the slots."""
    slots = np.random.default_rng(seed).permutation(store.slots)[: len(messages)].astype(np.uint32)
    store.set_many(slots, b"".join(message.key for message in messages))
    return slots


def arguments(messages: Sequence[Message], slots: np.ndarray) -> dict[str, Any]:
    """Return the arguments of seal_many but for the tag's length."""
    parts = [message.header + message.body for message in messages]
    nonces = b"".join(message.nonce for message in messages)
    return {
        "slots": slots,
        "nonces": np.frombuffer(nonces, np.uint8).reshape(len(messages), 12),
        "messages": np.frombuffer(b"".join(parts), np.uint8),
        "offsets": offsets_of(parts),
        "header_length": len(messages[0].header) if messages else HEADER_LENGTH,
    }
