"""Linli's own calls: the native core, with the engine it has chosen or was told to."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from math import inf
from time import perf_counter

import numpy as np

import linli_native
from linli_native import Aead, Ccm, Gcm, KeyStore, Sm4
from linli_native._core import ffi, lib
from linli_native._keys import expanded, expanded_for_gcm

from .jobs import (
    BLOCK,
    HEADER,
    KEY,
    LONG,
    NONCE,
    REPEATED,
    TAG_LENGTH,
    Call,
    Implementation,
    Job,
    Kind,
    data,
    keys,
)
from .timing import Work

CYCLES = 256_000  # some 80 µs


def _spin_s(times: int) -> float:
    """Return `times` times what the fastest spin took: an interruption would not slow the clock."""
    fastest_s = inf
    for _ in range(times):
        begin_s = perf_counter()
        lib.linli_spin(CYCLES)
        fastest_s = min(fastest_s, perf_counter() - begin_s)
    return times * fastest_s


def clock() -> Work | None:
    """Return work whose unit is one cycle of the processor, if the compiler could make some."""
    return Work(_spin_s, CYCLES) if lib.linli_spin(CYCLES) == CYCLES else None


def _sealed(job: Job) -> bytes:
    return Aead(KEY).seal(NONCE, HEADER, data(job.length), TAG_LENGTH)


def _frame(job: Job) -> bytes:
    return Aead(KEY).seal_frame(NONCE, HEADER, data(job.length), TAG_LENGTH)


def _seal_new_key(job: Job) -> Call:
    body = data(job.length)
    return lambda: Aead(KEY).seal(NONCE, HEADER, body, TAG_LENGTH)


def _store(job: Job) -> tuple[KeyStore, "np.ndarray[tuple[int], np.dtype[np.uint32]]"]:
    """Return a store of as many keys as there are messages, and their slots in no order."""
    slots = np.random.default_rng(0).permutation(job.messages).astype(np.uint32)
    store = KeyStore(job.messages)
    store.set_many(slots, b"".join(keys(job.messages)))
    return store, slots


def _seal_many(job: Job) -> Call:
    store, slots = _store(job)
    length = len(HEADER) + job.length
    return partial(
        store.seal_many,
        slots,
        data(len(NONCE) * job.messages),
        data(length * job.messages),
        np.arange(job.messages + 1, dtype=np.uint64) * length,
        len(HEADER),
        TAG_LENGTH,
        np.empty((length + TAG_LENGTH) * job.messages, np.uint8),
    )


def _open_many(job: Job) -> Call:
    store, slots = _store(job)
    length = len(HEADER) + job.length
    nonces = data(len(NONCE) * job.messages)
    offsets = np.arange(job.messages + 1, dtype=np.uint64) * length
    sealed, sealed_offsets = store.seal_many(
        slots, nonces, data(length * job.messages), offsets, len(HEADER), TAG_LENGTH
    )
    return partial(
        store.open_many,
        slots,
        nonces,
        sealed,
        sealed_offsets,
        len(HEADER),
        TAG_LENGTH,
        np.empty(length * job.messages, np.uint8),
    )


def _set_many(job: Job) -> Call:
    store, slots = _store(job)
    return partial(store.set_many, slots, b"".join(keys(job.messages)))


def _mode(
    fresh: Callable[..., bytes], into: Callable[..., int | None], length: int, *arguments: object
) -> Call:
    """Return a call that gives new bytes, or for long results one that writes to the same place."""
    if length < LONG:
        return partial(fresh, *arguments)
    return partial(into, bytearray(length), *arguments)


def _ecb(job: Job) -> Call:
    sm4 = Sm4(KEY)
    return _mode(sm4.encrypt_ecb, sm4.encrypt_ecb_into, job.length, data(job.length))


def _ctr(job: Job) -> Call:
    sm4 = Sm4(KEY)
    return _mode(sm4.ctr, sm4.ctr_into, job.length, BLOCK, data(job.length))


def _cbc_encrypt(job: Job) -> Call:
    sm4 = Sm4(KEY)
    return _mode(sm4.encrypt_cbc, sm4.encrypt_cbc_into, job.length, BLOCK, data(job.length))


def _cbc_decrypt(job: Job) -> Call:
    sm4 = Sm4(KEY)
    return _mode(sm4.decrypt_cbc, sm4.decrypt_cbc_into, job.length, BLOCK, data(job.length))


def _sealing(mode: type[Ccm] | type[Gcm]) -> Callable[[Job], Call]:
    def make(job: Job) -> Call:
        aead, body = mode(KEY), data(job.length)
        room = job.length + TAG_LENGTH
        return _mode(aead.seal, aead.seal_into, room, NONCE, HEADER, body, TAG_LENGTH)

    return make


def _aligned(content: bytes) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    """Return a copy that begins where a cache line does: vectors that straddle two take longer."""
    room = np.zeros(len(content) + 64, np.uint8)
    begin = -room.ctypes.data % 64
    copy = room[begin : begin + len(content)]
    copy[:] = np.frombuffer(content, np.uint8)
    return copy


def _in_c(repeat: "Callable[..., None]", context: object) -> Callable[[Job], Call]:
    def make(job: Job) -> Call:
        given, out = _aligned(data(job.length)), _aligned(bytes(job.length + TAG_LENGTH))
        views = (ffi.from_buffer("uint8_t[]", out, True), ffi.from_buffer("uint8_t[]", given))
        return partial(repeat, context, *views, job.length, REPEATED)

    return make


MAKERS: dict[Kind, Callable[[Job], Call]] = {
    Kind.ECB: _ecb,
    Kind.CTR: _ctr,
    Kind.CBC_ENCRYPT: _cbc_encrypt,
    Kind.CBC_DECRYPT: _cbc_decrypt,
    Kind.CCM: _sealing(Ccm),
    Kind.GCM: _sealing(Gcm),
    Kind.SM3: lambda job: partial(linli_native.sm3, data(job.length)),
    Kind.SEAL: lambda job: partial(Aead(KEY).seal, NONCE, HEADER, data(job.length), TAG_LENGTH),
    Kind.OPEN: lambda job: partial(Aead(KEY).open, NONCE, _sealed(job), len(HEADER), TAG_LENGTH),
    Kind.SEAL_FRAME: lambda job: partial(
        Aead(KEY).seal_frame, NONCE, HEADER, data(job.length), TAG_LENGTH
    ),
    Kind.OPEN_FRAME: lambda job: partial(
        Aead(KEY).open_frame, NONCE, _frame(job), len(HEADER), TAG_LENGTH
    ),
    Kind.SEAL_NEW_KEY: _seal_new_key,
    Kind.NEW_KEY: lambda job: partial(Sm4, KEY),
    Kind.ENCRYPT_BLOCK: lambda job: partial(Sm4(KEY).encrypt_block, data(job.length)),
    Kind.CMAC: lambda job: partial(linli_native.cmac, KEY, data(job.length)),
    Kind.HMAC_SM3: lambda job: partial(linli_native.hmac_sm3, KEY, data(job.length)),
    Kind.SET_MANY: _set_many,
    Kind.SEAL_MANY: _seal_many,
    Kind.OPEN_MANY: _open_many,
    Kind.COBS_ENCODE: lambda job: partial(linli_native.cobs_encode, data(job.length)),
    Kind.COBS_DECODE: lambda job: partial(
        linli_native.cobs_decode, linli_native.cobs_encode(data(job.length))
    ),
    Kind.CRC16: lambda job: partial(linli_native.crc16, data(job.length)),
    Kind.CRC32: lambda job: partial(linli_native.crc32, data(job.length)),
    Kind.ECB_IN_C: _in_c(lib.linli_repeat_ecb, expanded(KEY)),
    Kind.CTR_IN_C: _in_c(lib.linli_repeat_ctr, expanded(KEY)),
    Kind.CCM_IN_C: _in_c(lib.linli_repeat_ccm, expanded(KEY)),
    Kind.GCM_IN_C: _in_c(lib.linli_repeat_gcm, expanded_for_gcm(KEY)),
}

IMPLEMENTATION = Implementation("linli", version("linli"), MAKERS, has_batches=True)
