"""Turns arguments into what C takes, or raises an error that names the one at fault.

`bytes` go to C as they are, at no cost, so functions that must be fast ask `type(x) is bytes`
themselves and come here for everything else. Subclasses of bytes come here too, since their len()
may be anything.
"""

from operator import index

from ._engine import ffi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import CData, CType, Data

_BYTES = ffi.typeof("uint8_t[]")
_CData = ffi.CData
_from_buffer = ffi.from_buffer


def readable(name: str, value: "Data") -> "Data":
    """Return bytes as they are, and of any other contiguous buffer a view: its len() is in bytes.

    TypeError: no buffer. ValueError: its bytes do not lie behind one another.
    """
    return value if type(value) is bytes else view(name, value)


def view(name: str, value: "Data", kind: "CType" = _BYTES) -> "CData":
    """Return a view of a contiguous buffer as a C array. Raises as `readable`."""
    try:
        return _from_buffer(kind, value)
    except TypeError:
        raise TypeError(f"{name} must be a buffer of bytes, not {type(value).__name__}") from None
    except (BufferError, ValueError) as error:
        raise ValueError(f"{name} must be contiguous: {error}") from None


def exactly(length: int, name: str, value: "Data") -> "Data":
    """Return `readable` of a value that must have `length` bytes; else ValueError."""
    data = readable(name, value)
    if len(data) != length:
        raise ValueError(f"{name} must be {length} bytes, not {len(data)}")
    return data


def integer(name: str, value: int) -> int:
    """Return exactly an int of anything that counts as one; TypeError for everything else."""
    if type(value) is int:
        return value
    try:
        return int(index(value))
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None


def room(value: "Data", length: int) -> "CData":
    """Return a view of the argument `out`, into which `length` bytes are to be written.

    TypeError: no buffer of single bytes. ValueError: read-only, not contiguous, or less room.
    """
    try:
        single = type(value) is bytearray or memoryview(value).itemsize == 1  # type: ignore[arg-type]
        out = _from_buffer(_BYTES, value, True)
    except TypeError:
        raise TypeError(f"out must be a writable buffer, not {type(value).__name__}") from None
    except (BufferError, ValueError) as error:
        raise ValueError(f"out must be writable and contiguous: {error}") from None
    # Larger items may be pointers, which must not be overwritten.
    if not single:
        raise TypeError("out must be a buffer of single bytes")
    if len(out) < length:
        raise ValueError(f"out must have room for {length} bytes, it has {len(out)}")
    return out


def apart(out: "CData", **inputs: "Data") -> None:
    """Raise ValueError when an input, as `readable` gave it, shares memory with `out`."""
    for name, data in inputs.items():
        # Nobody may write to bytes, so they are not in `out`.
        if isinstance(data, _CData) and out < data + len(data) and data < out + len(out):
            raise ValueError(f"out must not overlap {name}")


def same_or_apart(out: "CData", **inputs: "Data") -> None:
    """Do as `apart`, but let an input pass that begins where `out` does."""
    for name, data in inputs.items():
        if not isinstance(data, _CData) or data != out + 0:
            apart(out, **{name: data})
