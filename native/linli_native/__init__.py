"""The C core in Python: what linli_protocol.crypto offers, under the same names, in machine code.

Every argument that holds bytes must be `bytes`, which reach C without a copy; TypeError names the
one that is not. Expanded keys are overwritten when their object is collected.
"""

try:
    from ._core import ffi, lib
except ImportError as error:
    raise ImportError(
        f"linli's native core is not compiled for this Python ({error}); linli works without it, "
        "slower. To get it, install a C compiler (Debian: apt install gcc; macOS: xcode-select "
        "--install) and install linli again; `pip install -v` shows what the compiler says."
    ) from None

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import CData

__all__ = ["Aead", "Sm3", "Sm4", "cmac", "cobs_decode", "cobs_encode", "crc16", "sm3"]

ENGINE = lib.linli_engine_at(0)

_TAG_LENGTHS = (4, 6, 8, 10, 12, 14, 16)
_BYTES = ffi.typeof("uint8_t[]")
_buffer = ffi.buffer
_new = ffi.new


def _named(error: TypeError, **arguments: object) -> TypeError:
    """Return an error that names the argument which is not bytes, or `error` when all are."""
    for name, value in arguments.items():
        if not isinstance(value, bytes):
            return TypeError(f"{name} must be bytes, not {type(value).__name__}")
    return error


def _expanded(key: bytes) -> "CData":
    """Return the round keys of a key, to be wiped when they are collected."""
    if not isinstance(key, bytes):
        raise TypeError(f"key must be bytes, not {type(key).__name__}")
    if len(key) != 16:
        raise ValueError(f"key must be 16 bytes, not {len(key)}")
    context = ffi.gc(_new("linli_sm4 *"), lib.linli_sm4_wipe)
    lib.linli_sm4_init(context, ENGINE, key)
    return context


def _check_block(block: bytes) -> None:
    if not isinstance(block, bytes):
        raise TypeError(f"block must be bytes, not {type(block).__name__}")
    if len(block) != 16:
        raise ValueError(f"block must be 16 bytes, not {len(block)}")


class Sm4:
    """SM4 under one key of 16 bytes; ValueError when a key or block has another length."""

    __slots__ = ("_context",)

    def __init__(self, key: bytes) -> None:
        self._context = _expanded(key)

    def encrypt_block(self, block: bytes) -> bytes:
        """Return the 16-byte ciphertext of a 16-byte block."""
        _check_block(block)
        out = _new(_BYTES, 16)
        lib.linli_sm4_encrypt(self._context, out, block)
        return _buffer(out)[:]

    def decrypt_block(self, block: bytes) -> bytes:
        """Return the 16-byte plaintext of a 16-byte block."""
        _check_block(block)
        out = _new(_BYTES, 16)
        lib.linli_sm4_decrypt(self._context, out, block)
        return _buffer(out)[:]


class Aead:
    """SM4-CCM over whole packets under one 16-byte key; the header is authenticated only.

    ValueError: a key of other than 16 bytes, a nonce of other than 12, a tag length other than
    4, 6, ... 16, a negative header length, a body of 16 MiB. No content of a packet raises.
    """

    __slots__ = ("_context",)

    def __init__(self, key: bytes) -> None:
        self._context = _expanded(key)

    def seal(self, nonce: bytes, header: bytes, body: bytes, tag_length: int) -> bytes:
        """Return header, encrypted body and tag in one."""
        # The checks are written out in both methods: every packet passes here, and a call costs
        # as much as all of them.
        try:
            if len(nonce) != 12:
                raise ValueError(f"nonce must be 12 bytes, not {len(nonce)}")
            if tag_length not in _TAG_LENGTHS:
                raise ValueError(f"tag_length must be 4, 6, ... or 16, not {tag_length}")
            header_length = len(header)
            body_length = len(body)
            out = _new(_BYTES, header_length + body_length + tag_length)
            if lib.linli_packet_seal(
                self._context, out, nonce, header, header_length, body, body_length, tag_length
            ):
                raise ValueError("body is too long for a nonce of 12 bytes")
            return _buffer(out)[:]
        except TypeError as error:
            raise _named(error, nonce=nonce, header=header, body=body) from None

    def open(
        self, nonce: bytes, packet: bytes, header_length: int, tag_length: int
    ) -> "bytes | None":
        """Return the body of a sealed packet, or None when it is forged or too short."""
        try:
            if len(nonce) != 12:
                raise ValueError(f"nonce must be 12 bytes, not {len(nonce)}")
            if tag_length not in _TAG_LENGTHS:
                raise ValueError(f"tag_length must be 4, 6, ... or 16, not {tag_length}")
            if header_length < 0:
                raise ValueError(f"header_length must not be negative, it is {header_length}")
            length = len(packet)
            body_length = length - header_length - tag_length
            if body_length < 0:
                return None
            out = _new(_BYTES, body_length)
            if lib.linli_packet_open(
                self._context, out, nonce, packet, length, header_length, tag_length
            ):
                return None
            return _buffer(out)[:]
        except TypeError as error:
            raise _named(error, nonce=nonce, packet=packet) from None


def cmac(key: bytes, message: bytes) -> bytes:
    """Return the 16-byte SM4-CMAC of `message`; ValueError when the key is not 16 bytes."""
    out = _new(_BYTES, 16)
    try:
        lib.linli_cmac(_expanded(key), out, message, len(message))
    except TypeError as error:
        raise _named(error, key=key, message=message) from None
    return _buffer(out)[:]


class Sm3:
    """An SM3 hash that takes its message in pieces."""

    __slots__ = ("_context",)

    def __init__(self, data: bytes = b"") -> None:
        self._context = _new("linli_sm3 *")
        lib.linli_sm3_init(self._context, ENGINE)
        self.update(data)

    def update(self, data: bytes) -> None:
        """Append `data`, any number of bytes, to the message."""
        try:
            lib.linli_sm3_update(self._context, data, len(data))
        except TypeError as error:
            raise _named(error, data=data) from None

    def digest(self) -> bytes:
        """Return the 32-byte hash of the message so far; more may be appended afterwards."""
        out = _new(_BYTES, 32)
        lib.linli_sm3_digest(self._context, out)
        return _buffer(out)[:]


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 hash of `data`."""
    return Sm3(data).digest()


def crc16(data: bytes, crc: int = 0) -> int:
    """Return the CRC-16/IBM-SDLC of `data` behind what `crc` is the checksum of."""
    try:
        return lib.linli_crc16(ENGINE, data, len(data), crc)
    except TypeError as error:
        raise _named(error, data=data) from None


def cobs_encode(data: bytes) -> bytes:
    """Return `data` without zero bytes, len(data) + 1 + (len(data) - 1) // 254 bytes at most."""
    try:
        length = len(data)
        out = _new(_BYTES, length + 1 + length // 254)
        return _buffer(out, lib.linli_cobs_encode(out, data, length))[:]
    except TypeError as error:
        raise _named(error, data=data) from None


def cobs_decode(data: bytes) -> "bytes | None":
    """Return what `cobs_encode` was given, or None when `data` is no encoding."""
    try:
        length = len(data)
        out = _new(_BYTES, length)
        decoded = lib.linli_cobs_decode(out, data, length)
        return _buffer(out, decoded)[:] if decoded >= 0 else None
    except TypeError as error:
        raise _named(error, data=data) from None
