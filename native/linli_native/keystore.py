"""Expanded keys of many devices, and batches of packets sealed or opened under them in one call.

A batch of n messages is told by numpy arrays; bytes are read and written where they lie:

| argument | type | message i |
|---|---|---|
| `slots` | uint32, n | is under the key in slots[i] |
| `nonces` | uint8, n * 12 in any shape | has the 12 bytes from 12 * i on |
| `messages` | uint8 | is messages[offsets[i]:offsets[i + 1]], shorter than 16 MiB |
| `offsets` | uint64, n + 1, not descending | |
| `header_length` | int, 0 to 14 | begins with so many bytes, authenticated but not encrypted |
| `tag_length` | int, 4, 6, ... 16 | has so long a tag behind its body, once sealed |

`nonces`, `messages` and `out` may be other contiguous buffers of bytes too. Arrays of other types
are refused with TypeError: to convert them would take longer than some batches. ValueError names
the argument that has a wrong length, is not contiguous or overlaps `out`, and the message at fault;
KeyError tells which message is for a slot without a key. A batch that raises has written nothing.

While C is at work, other threads run. They may use the same store: changing its keys waits until no
batch is at work. What they change in the arrays makes the results worthless, and does no other
harm: slots and offsets, which say where memory is, are copied before C looks at them.
"""

import weakref
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from ._arguments import apart, exactly, integer, room, view
from ._engine import CHOSEN, ffi, lib
from ._gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._core import CData, Data

__all__ = ["KeyStore", "Status"]

_MAX_SLOTS = 2**32 - 1
_MAX_HEADER = 14
_TAG_LENGTHS = frozenset((4, 6, 8, 10, 12, 14, 16))

_U8 = np.dtype(np.uint8)
_U32 = np.dtype(np.uint32)
_U64 = np.dtype(np.uint64)
_ITEMS = {dtype: ffi.typeof(f"{dtype.name}_t[]") for dtype in (_U8, _U32, _U64)}
_BATCH = ffi.typeof("linli_batch *")
_INDEX = ffi.typeof("size_t *")

_REASONS = {
    lib.LINLI_BATCH_OFFSETS: "offsets must not descend, nor end behind messages",
    lib.LINLI_BATCH_SHORT: "messages must not be shorter than header_length",
    lib.LINLI_BATCH_LONG: "messages must be shorter than 16 MiB",
    lib.LINLI_BATCH_ROOM: "out must have room for all results",
}


class Status(IntEnum):
    """What became of a packet that was to be opened."""

    DONE = lib.LINLI_DONE
    """Its header and body are in `out`."""
    FORGED = lib.LINLI_FORGED
    """The tag does not fit key, nonce, header and body: zeros are in `out` instead."""
    TOO_SHORT = lib.LINLI_TOO_SHORT
    """It is shorter than a header and a tag: nothing of it is in `out`."""


class KeyStore:
    """Keys of up to `slots` devices, ready to use, in slots * 129 bytes of memory (`nbytes`).

    A slot is a number from 0 to slots - 1. Memory is taken from the system as slots are filled.
    Keys that are replaced or removed are overwritten, as all of them are when the store is
    collected, when the `with` block that it heads ends, and when the interpreter does.
    """

    def __init__(self, slots: int) -> None:
        """Raise ValueError for other than 1 to 2^32 - 1 slots, MemoryError for too many."""
        count = integer("slots", slots)
        if not 1 <= count <= _MAX_SLOTS:
            raise ValueError(f"slots must be 1 to {_MAX_SLOTS}, not {count}")
        self._round_keys = np.zeros((count, 32), np.uint32)
        self._used = np.zeros(count, np.uint8)
        self._keys = ffi.new("linli_keys *")
        self._keys.engine = CHOSEN
        self._keys.round_keys = ffi.from_buffer("uint32_t[]", self._round_keys)
        self._keys.used = ffi.from_buffer("uint8_t[]", self._used)
        self._keys.slots = count
        self._gate = Gate()
        weakref.finalize(self, _wipe_all, self._keys, self._round_keys, self._used)

    @property
    def slots(self) -> int:
        """How many devices there is room for."""
        return len(self._used)

    @property
    def nbytes(self) -> int:
        """The bytes of memory that the keys take when every slot is filled."""
        return self._round_keys.nbytes + self._used.nbytes

    def __len__(self) -> int:
        """Return how many slots hold a key."""
        return int(self._keys.held)

    def __contains__(self, slot: object) -> bool:
        """Tell whether a slot holds a key; what is no slot holds none."""
        return isinstance(slot, (int, np.integer)) and self._holds(int(slot))

    def set(self, slot: int, key: "Data") -> None:
        """Put a key of 16 bytes into a slot, in place of the one it may hold."""
        number = integer("slot", slot)
        if not 0 <= number < self.slots:
            raise ValueError(f"slot must be 0 to {self.slots - 1}, not {number}")
        self._expand(ffi.new("uint32_t[]", [number]), exactly(16, "key", key))

    def set_many(self, slots: NDArray[np.uint32], keys: "Data") -> None:
        """Put keys, 16 bytes each behind one another, into as many slots.

        Of two for one slot the later stays. A call that raises has changed nothing.
        """
        count = len(_array("slots", slots, _U32))
        self._expand(_copy(slots), _bytes("keys", keys, 16 * count))

    def remove(self, slot: int) -> None:
        """Overwrite the key in a slot; KeyError when it holds none."""
        number = integer("slot", slot)
        with self._gate.alone():
            if not self._holds(number):
                raise KeyError(f"slot {number} holds no key")
            lib.linli_keys_wipe(self._keys, number)

    def wipe(self) -> None:
        """Overwrite all keys; the store may be filled again."""
        with self._gate.alone():
            lib.linli_keys_wipe_all(self._keys)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Overwrite all keys."""
        self.wipe()

    def seal_many(
        self,
        slots: NDArray[np.uint32],
        nonces: "Data",
        messages: "Data",
        offsets: NDArray[np.uint64],
        header_length: int,
        tag_length: int,
        out: "Data | None" = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
        """Return the packets behind one another, and n + 1 offsets that tell them apart.

        Packet i is message i with all behind its header encrypted, and the tag. They lie in a new
        array, or at the beginning of `out`.
        """
        sealed, out_offsets, _ = self._run(
            lib.linli_seal_many, slots, nonces, messages, offsets, header_length, tag_length, out
        )
        return sealed, out_offsets

    def open_many(
        self,
        slots: NDArray[np.uint32],
        nonces: "Data",
        messages: "Data",
        offsets: NDArray[np.uint64],
        header_length: int,
        tag_length: int,
        out: "Data | None" = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint8]]:
        """Return what the packets held, each with its header, their n + 1 offsets and n `Status`.

        The bytes lie in a new array, or at the beginning of `out`.
        """
        return self._run(
            lib.linli_open_many, slots, nonces, messages, offsets, header_length, tag_length, out
        )

    def _expand(self, slots: "CData", material: "Data") -> None:
        at = ffi.new(_INDEX)
        with self._gate.alone():
            refused = lib.linli_keys_set(self._keys, slots, material, len(slots), at)
        if refused:
            raise ValueError(f"slots must be below {self.slots}, slots[{at[0]}] is {slots[at[0]]}")

    def _holds(self, slot: int) -> bool:
        return 0 <= slot < self.slots and bool(self._used[slot])

    def _run(
        self,
        function: "Callable[[CData, CData], int]",
        slots: NDArray[np.uint32],
        nonces: "Data",
        messages: "Data",
        offsets: NDArray[np.uint64],
        header_length: int,
        tag_length: int,
        out: Any,
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint64], NDArray[np.uint8]]:
        header_length = integer("header_length", header_length)
        tag_length = integer("tag_length", tag_length)
        if not 0 <= header_length <= _MAX_HEADER:
            raise ValueError(f"header_length must be 0 to {_MAX_HEADER}, not {header_length}")
        if tag_length not in _TAG_LENGTHS:
            raise ValueError(f"tag_length must be 4, 6, ... or 16, not {tag_length}")
        c_slots = _array("slots", slots, _U32)
        count = len(c_slots)
        c_nonces = _bytes("nonces", nonces, 12 * count)
        c_messages = _bytes("messages", messages)
        c_offsets = _array("offsets", offsets, _U64)
        if len(c_offsets) != count + 1:
            raise ValueError(f"offsets must be {count + 1} numbers, not {len(c_offsets)}")
        if out is None:
            # Whatever wrong offsets say, results are no longer than all messages with their tags.
            given = min(max(0, c_offsets[count] - c_offsets[0]), len(c_messages))
            out = np.empty(given + count * tag_length, np.uint8)
            c_out = room(out, 0)
        else:
            c_out = room(out, 0)
            apart(c_out, slots=c_slots, nonces=c_nonces, messages=c_messages, offsets=c_offsets)
        own_slots, own_offsets = _copy(slots), _copy(offsets)
        out_offsets = np.empty(count + 1, np.uint64)
        status = np.empty(count, np.uint8)
        c_out_offsets = ffi.from_buffer(_ITEMS[_U64], out_offsets)
        batch = ffi.new(
            _BATCH,
            (
                self._keys,
                own_slots,
                c_nonces,
                c_messages,
                own_offsets,
                c_out,
                c_out_offsets,
                ffi.from_buffer(_ITEMS[_U8], status),
                len(c_messages),
                len(c_out),
                count,
                header_length,
                tag_length,
            ),
        )
        at = ffi.new(_INDEX)
        with self._gate:
            refused = function(batch, at)
        if refused:
            raise _refusal(refused, at[0], own_slots)
        return np.frombuffer(out, np.uint8, c_out_offsets[count]), out_offsets, status


def _wipe_all(keys: "CData", *memory: Any) -> None:
    """Overwrite a store's keys; `memory` is where they lie, still there because it is named."""
    lib.linli_keys_wipe_all(keys)


def _array(name: str, value: "NDArray[Any]", dtype: "np.dtype[Any]") -> "CData":
    """Return a view of an array of one dimension, whose len() is in items."""
    if not isinstance(value, np.ndarray) or value.dtype != dtype:
        raise TypeError(f"{name} must be a numpy array of {dtype}, not {_kind(value)}")
    if value.ndim != 1 or not value.flags.aligned:
        raise ValueError(f"{name} must have one dimension and be aligned")
    return view(name, value, _ITEMS[dtype])


def _copy(value: "NDArray[Any]") -> "CData":
    """Return what no other thread can change between C's check of it and its use."""
    return ffi.from_buffer(_ITEMS[value.dtype], value.copy())


def _bytes(name: str, value: "Data", length: int | None = None) -> "CData":
    """Return a view of a buffer of bytes, as many as told, or any number."""
    if isinstance(value, np.ndarray) and value.dtype != _U8:
        raise TypeError(f"{name} must be a numpy array of uint8 or bytes, not {_kind(value)}")
    data = view(name, value)
    if length is not None and len(data) != length:
        raise ValueError(f"{name} must be {length} bytes, not {len(data)}")
    return data


def _kind(value: object) -> str:
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def _refusal(reason: int, at: int, slots: "CData") -> Exception:
    """Return the error for a batch that is refused because of message `at`."""
    if reason == lib.LINLI_BATCH_SLOT:
        return KeyError(f"slots: message {at} is for slot {slots[at]}, which holds no key")
    return ValueError(f"{_REASONS[reason]} (message {at})")
