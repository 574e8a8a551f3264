"""The protocol's jobs done with a peer: seal, open, frames, and batches as loops."""

from binascii import crc_hqx
from collections.abc import Callable
from functools import partial
from importlib import import_module

from ..jobs import HEADER, KEY, LOOPED, NONCE, Call, Job, Kind, data, keys

# Encrypted body and tag; buffers that the next call overwrites will do.
Sealed = tuple[bytes, bytes]
Seal = Callable[[bytes, bytes], Sealed]  # of nonce and body
Open = Callable[[bytes, Sealed], object]  # of nonce and what was sealed
Maker = Callable[[Job], Call]


def makers(sealer: Callable[[bytes], Seal], opener: Callable[[bytes], Open]) -> dict[Kind, Maker]:
    """Return the jobs made of `sealer` and `opener`: given a key, what seals and opens under it.

    Both authenticate HEADER too.
    """

    def seal_new_key(job: Job) -> Call:
        body = data(job.length)
        return lambda: sealer(KEY)(NONCE, body)

    def open_under(key: bytes, body: bytes) -> Call:
        encrypted, tag = sealer(key)(NONCE, body)
        return partial(opener(key), NONCE, (bytes(encrypted), bytes(tag)))

    def seal_many(job: Job) -> Call:
        body = data(job.length)
        return _all([partial(sealer(key), NONCE, body) for key in keys(min(job.messages, LOOPED))])

    def open_many(job: Job) -> Call:
        body = data(job.length)
        return _all([open_under(key, body) for key in keys(min(job.messages, LOOPED))])

    made: dict[Kind, Maker] = {
        Kind.SEAL: lambda job: partial(sealer(KEY), NONCE, data(job.length)),
        Kind.OPEN: lambda job: open_under(KEY, data(job.length)),
        Kind.SEAL_NEW_KEY: seal_new_key,
        Kind.SEAL_MANY: seal_many,
        Kind.OPEN_MANY: open_many,
    }
    return made | _frame_makers(sealer, opener)


def _all(calls: list[Call]) -> Call:
    def one_after_another() -> None:
        for call in calls:
            call()

    return one_after_another


def _frame_makers(
    sealer: Callable[[bytes], Seal], opener: Callable[[bytes], Open]
) -> dict[Kind, Maker]:
    """Return the jobs that need the package cobs besides, or none without it."""
    try:
        cobs = import_module("cobs.cobs")
    except ImportError:
        return {}

    def seal_frame(seal: Seal, body: bytes) -> bytes:
        packet = b"".join((HEADER, *seal(NONCE, body)))
        encoded: bytes = cobs.encode(packet + crc_hqx(packet, 0).to_bytes(2, "little"))
        return b"\0" + encoded + b"\0"

    def open_frame(open_: Open, frame: bytes) -> object:
        content = cobs.decode(frame[1:-1])
        packet = content[:-2]
        if crc_hqx(packet, 0) != int.from_bytes(content[-2:], "little"):
            return None
        return open_(NONCE, (packet[len(HEADER) : -16], packet[-16:]))

    return {
        Kind.SEAL_FRAME: lambda job: partial(seal_frame, sealer(KEY), data(job.length)),
        Kind.OPEN_FRAME: lambda job: partial(
            open_frame, opener(KEY), seal_frame(sealer(KEY), data(job.length))
        ),
    }
