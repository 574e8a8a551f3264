"""The system's libgcrypt through ctypes, for tests: SM4's modes and MACs, and SM3."""

import ctypes
from enum import IntEnum

NAME = "libgcrypt.so.20"  # the second generation of its interface, 2011 until now


class Mode(IntEnum):
    """Modes of a block cipher, as gcrypt.h numbers them."""

    ECB = 1
    CBC = 3
    CTR = 6
    CCM = 8
    GCM = 9


# From gcrypt.h too.
_SM4, _SM3, _HMAC_SM3, _CMAC_SM4 = 318, 326, 128, 212
_DISABLE_SECURE_MEMORY, _INITIALIZATION_FINISHED, _SET_CCM_LENGTHS = 37, 38, 69


def _load() -> ctypes.CDLL | None:
    """Return the library, ready for use; None where it is not or has no SM4."""
    try:
        library = ctypes.CDLL(NAME)
    except OSError:
        return None
    library.gcry_check_version.restype = ctypes.c_char_p
    library.gcry_check_version(None)
    library.gcry_control(_DISABLE_SECURE_MEMORY, ctypes.c_int(0))
    library.gcry_control(_INITIALIZATION_FINISHED, ctypes.c_int(0))
    handle = ctypes.c_void_p()
    if library.gcry_cipher_open(ctypes.byref(handle), _SM4, Mode.ECB, 0) != 0:
        return None
    library.gcry_cipher_close(handle)
    return library


_lib = _load()
MISSING = "" if _lib is not None else f"no {NAME} that has SM4"


def _must(name: str, *arguments: object) -> None:
    """Call a function that returns an error; bytes go with their length."""
    given: list[object] = []
    for argument in arguments:
        if isinstance(argument, bytes | ctypes.Array):
            given += [argument, ctypes.c_size_t(len(argument))]
        else:
            given.append(argument)
    error = getattr(_lib, name)(*given)
    assert error == 0, f"{name}: error {error & 0xFFFF}"


class _Cipher:
    """An SM4 key in one mode, as a context."""

    def __init__(self, mode: Mode, key: bytes) -> None:
        self.handle = ctypes.c_void_p()
        _must("gcry_cipher_open", ctypes.byref(self.handle), _SM4, mode, 0)
        _must("gcry_cipher_setkey", self.handle, key)

    def __enter__(self) -> ctypes.c_void_p:
        return self.handle

    def __exit__(self, *_: object) -> None:
        assert _lib is not None
        _lib.gcry_cipher_close(self.handle)


def encrypt(mode: Mode, key: bytes, iv: bytes, data: bytes) -> bytes:
    """Return the data encrypted in ECB, CBC or CTR; the IV is CTR's first counter."""
    out = ctypes.create_string_buffer(len(data))
    with _Cipher(mode, key) as cipher:
        if mode is Mode.CBC:
            _must("gcry_cipher_setiv", cipher, iv)
        elif mode is Mode.CTR:
            _must("gcry_cipher_setctr", cipher, iv)
        _must("gcry_cipher_encrypt", cipher, out, data)
    return out.raw


def seal(
    mode: Mode, key: bytes, nonce: bytes, header: bytes, body: bytes, tag_length: int
) -> bytes:
    """Return the body encrypted in CCM or GCM and the tag behind it."""
    out, tag = (ctypes.create_string_buffer(n) for n in (len(body), tag_length))
    with _Cipher(mode, key) as cipher:
        _must("gcry_cipher_setiv", cipher, nonce)
        if mode is Mode.CCM:
            lengths = (ctypes.c_uint64 * 3)(len(body), len(header), tag_length)
            size = ctypes.c_size_t(ctypes.sizeof(lengths))
            _must("gcry_cipher_ctl", cipher, _SET_CCM_LENGTHS, ctypes.byref(lengths), size)
        _must("gcry_cipher_authenticate", cipher, header)
        _must("gcry_cipher_encrypt", cipher, out, body)
        _must("gcry_cipher_gettag", cipher, tag)
    return out.raw + tag.raw


def _mac(algorithm: int, length: int, key: bytes, message: bytes) -> bytes:
    handle, out, size = ctypes.c_void_p(), ctypes.create_string_buffer(length), ctypes.c_size_t()
    size.value = length
    _must("gcry_mac_open", ctypes.byref(handle), algorithm, 0, None)
    _must("gcry_mac_setkey", handle, key)
    _must("gcry_mac_write", handle, message)
    assert _lib is not None
    assert _lib.gcry_mac_read(handle, out, ctypes.byref(size)) == 0
    _lib.gcry_mac_close(handle)
    assert size.value == length
    return out.raw


def cmac(key: bytes, message: bytes) -> bytes:
    """Return SM4-CMAC."""
    return _mac(_CMAC_SM4, 16, key, message)


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SM3."""
    return _mac(_HMAC_SM3, 32, key, message)


def sm3(message: bytes) -> bytes:
    """Return the hash."""
    assert _lib is not None
    out = ctypes.create_string_buffer(32)
    _lib.gcry_md_hash_buffer(_SM3, out, message, ctypes.c_size_t(len(message)))
    return out.raw
