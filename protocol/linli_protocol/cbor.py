"""The part of CBOR (RFC 8949) that messages use, in its deterministic form (section 4.2.1).

Unsigned and negative integers to 64 bits, byte and text strings, arrays, maps with integer or text
keys, booleans, null.
Floats, tags and indefinite lengths are refused, and so is any head longer than it need be: each
value has exactly one encoding.
"""

MAX_DEPTH = 4

_UNSIGNED = 0
_NEGATIVE = 1
_BYTES = 2
_TEXT = 3
_ARRAY = 4
_MAP = 5
_SIMPLE = 7


class CborError(ValueError):
    """The bytes are not one deterministic value of the subset."""


def _head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes((major << 5 | value,))
    if value < 0x100:
        return bytes((major << 5 | 24, value))
    if value < 0x10000:
        return bytes((major << 5 | 25, value >> 8, value & 0xFF))
    if value < 0x100000000:
        return bytes((major << 5 | 26,)) + value.to_bytes(4, "big")
    if value < 0x10000000000000000:
        return bytes((major << 5 | 27,)) + value.to_bytes(8, "big")
    raise ValueError("integer beyond 64 bits")


def encode(value: object) -> bytes:
    """Return the deterministic encoding of `value`, maps in the order of their encoded keys.

    TypeError for a type outside the subset, ValueError for an integer beyond 64 bits.
    """
    if type(value) is int:
        return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, (bytes, bytearray)):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    if isinstance(value, (list, tuple)):
        return _head(_ARRAY, len(value)) + b"".join([encode(item) for item in value])
    if isinstance(value, dict):
        pairs = sorted([(encode(key), encode(item)) for key, item in value.items()])
        return _head(_MAP, len(pairs)) + b"".join([key + item for key, item in pairs])
    if value is None:
        return b"\xf6"
    raise TypeError("no CBOR for " + type(value).__name__)


def decode(data: bytes) -> object:
    """Return the one value that `data` (bytes) encodes; CborError when it is anything else."""
    value, end = _decode(data, 0, MAX_DEPTH)
    if end != len(data):
        raise CborError("bytes after the value")
    return value


def _decode(data: bytes, at: int, depth: int) -> "tuple[object, int]":
    if at >= len(data):
        raise CborError("truncated")
    first = data[at]
    at += 1
    if first < 24:
        return first, at
    major = first >> 5
    value = first & 0x1F
    if major == _SIMPLE:
        if value == 20 or value == 21:
            return value == 21, at
        if value == 22:
            return None, at
        raise CborError("unsupported simple value")
    if value >= 24:
        if value > 27:
            raise CborError("unsupported head")
        size = 1 << (value - 24)
        if at + size > len(data):
            raise CborError("truncated")
        low = 24 if size == 1 else 1 << (size << 2)
        value = int.from_bytes(data[at : at + size], "big")
        if value < low:
            raise CborError("head longer than need be")
        at += size
    if major == _UNSIGNED:
        return value, at
    if major == _NEGATIVE:
        return -1 - value, at
    if major in (_BYTES, _TEXT):
        end = at + value
        if end > len(data):
            raise CborError("truncated")
        string = bytes(data[at:end])
        if major == _BYTES:
            return string, end
        try:
            return string.decode(), end
        except UnicodeError:
            raise CborError("text is not UTF-8")
    if not depth:
        raise CborError("nested too deep")
    if major == _ARRAY:
        items = []
        for _ in range(value):
            item, at = _decode(data, at, depth - 1)
            items.append(item)
        return items, at
    if major == _MAP:
        return _decode_map(data, at, value, depth - 1)
    raise CborError("unsupported tag")


def _decode_map(data: bytes, at: int, count: int, depth: int) -> "tuple[dict[object, object], int]":
    pairs: "dict[object, object]" = {}
    previous = b""
    for _ in range(count):
        start = at
        key, at = _decode(data, at, 0)
        # Python takes true and 1 for the same key, so only what cannot be mistaken is one.
        major = data[start] >> 5
        if major > _NEGATIVE and major != _TEXT:
            raise CborError("map key is neither integer nor text")
        encoded = data[start:at]
        if encoded <= previous:
            raise CborError("map keys out of order")
        previous = encoded
        pairs[key], at = _decode(data, at, depth)
    return pairs, at
