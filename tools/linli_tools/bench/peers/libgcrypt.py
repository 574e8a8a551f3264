"""The system's libgcrypt, called through cffi, its results left in buffers that are used again.

Every step of a message is a call of its own there, at some 0.3 µs each from Python: below a
kilobyte that is most of the time. Measured is the library that the system's loader finds.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from ..jobs import BLOCK, HEADER, KEY, MIB, TAG_LENGTH, Call, Implementation, Job, Kind, data
from .packets import Open, Seal, Sealed, makers

_ffi = import_module("cffi").FFI()
_ffi.cdef(
    """
    typedef struct gcry_cipher_handle *gcry_cipher_hd_t;
    typedef struct gcry_mac_handle *gcry_mac_hd_t;
    typedef struct { size_t size; size_t off; size_t len; void *data; } gcry_buffer_t;

    const char *gcry_check_version(const char *least);
    unsigned gcry_control(int command, ...);

    unsigned gcry_cipher_open(gcry_cipher_hd_t *handle, int algorithm, int mode, unsigned flags);
    void gcry_cipher_close(gcry_cipher_hd_t handle);
    unsigned gcry_cipher_setkey(gcry_cipher_hd_t handle, const char *key, size_t length);
    unsigned gcry_cipher_setiv(gcry_cipher_hd_t handle, const char *iv, size_t length);
    unsigned gcry_cipher_setctr(gcry_cipher_hd_t handle, const char *counter, size_t length);
    unsigned gcry_cipher_ctl(gcry_cipher_hd_t handle, int command, void *value, size_t length);
    unsigned gcry_cipher_authenticate(gcry_cipher_hd_t handle, const char *data, size_t length);
    unsigned gcry_cipher_encrypt(gcry_cipher_hd_t handle, char *out, size_t out_length,
                                 const char *in, size_t in_length);
    unsigned gcry_cipher_decrypt(gcry_cipher_hd_t handle, char *out, size_t out_length,
                                 const char *in, size_t in_length);
    unsigned gcry_cipher_gettag(gcry_cipher_hd_t handle, char *tag, size_t length);
    unsigned gcry_cipher_checktag(gcry_cipher_hd_t handle, const char *tag, size_t length);

    void gcry_md_hash_buffer(int algorithm, char *digest, const char *data, size_t length);
    unsigned gcry_md_hash_buffers(int algorithm, unsigned flags, char *digest,
                                  const gcry_buffer_t *parts, int count);

    unsigned gcry_mac_open(gcry_mac_hd_t *handle, int algorithm, unsigned flags, void *context);
    void gcry_mac_close(gcry_mac_hd_t handle);
    unsigned gcry_mac_setkey(gcry_mac_hd_t handle, const char *key, size_t length);
    unsigned gcry_mac_write(gcry_mac_hd_t handle, const char *data, size_t length);
    unsigned gcry_mac_read(gcry_mac_hd_t handle, char *tag, size_t *length);
    """
)
# The second generation of its interface, 2011 until now.
_lib = _ffi.dlopen("libgcrypt.so.20")

# From gcrypt.h.
_DISABLE_SECURE_MEMORY, _INITIALIZATION_FINISHED, _SET_CCM_LENGTHS = 37, 38, 69
_SM4, _SM3, _CMAC_SM4 = 318, 326, 212
_ECB, _CBC, _CTR, _CCM, _GCM = 1, 3, 6, 8, 9
_HMAC = 2


def _initialized() -> str:
    """Make the library ready and return its version."""
    version: bytes = _ffi.string(_lib.gcry_check_version(_ffi.NULL))
    _lib.gcry_control(_DISABLE_SECURE_MEMORY, _ffi.cast("int", 0))
    _lib.gcry_control(_INITIALIZATION_FINISHED, _ffi.cast("int", 0))
    return version.decode()


def _must(error: int) -> None:
    if error:
        raise RuntimeError(f"libgcrypt: error {error & 0xFFFF}")


def _cipher(mode: int, key: bytes) -> Any:
    """Return a handle that has its key."""
    handle = _ffi.new("gcry_cipher_hd_t *")
    _must(_lib.gcry_cipher_open(handle, _SM4, mode, 0))
    cipher = _ffi.gc(handle[0], _lib.gcry_cipher_close)
    _must(_lib.gcry_cipher_setkey(cipher, key, 16))
    return cipher


# Every result, the longest of them too.
_out = _ffi.new("char[]", MIB)
_tag = _ffi.new("char[]", TAG_LENGTH)
_digest = _ffi.new("char[]", 32)
_NONCE_LENGTH = 12


def _mode(mode: int, set_iv: Any, process: Any) -> Callable[[Job], Call]:
    """Return what makes the call that hands over an IV, where there is one, and the message."""

    def make(job: Job) -> Call:
        cipher, message, length = _cipher(mode, KEY), data(job.length), job.length
        result = _ffi.buffer(_out, length)

        def whole_message() -> object:
            set_iv(cipher, BLOCK, len(BLOCK))
            process(cipher, _out, length, message, length)
            return result

        def blocks() -> object:
            process(cipher, _out, length, message, length)
            return result

        return whole_message if set_iv else blocks

    return make


def _sealer(mode: int) -> Callable[[bytes], Seal]:
    set_iv, control, authenticate = (
        _lib.gcry_cipher_setiv,
        _lib.gcry_cipher_ctl,
        _lib.gcry_cipher_authenticate,
    )
    encrypt, get_tag, buffer = _lib.gcry_cipher_encrypt, _lib.gcry_cipher_gettag, _ffi.buffer

    def sealer(key: bytes) -> Seal:
        cipher = _cipher(mode, key)
        lengths = _ffi.new("uint64_t[]", [0, len(HEADER), TAG_LENGTH])

        def seal(nonce: bytes, body: bytes) -> Sealed:
            length = len(body)
            set_iv(cipher, nonce, _NONCE_LENGTH)
            if mode == _CCM:
                lengths[0] = length
                control(cipher, _SET_CCM_LENGTHS, lengths, 24)
            authenticate(cipher, HEADER, len(HEADER))
            encrypt(cipher, _out, length, body, length)
            get_tag(cipher, _tag, TAG_LENGTH)
            return buffer(_out, length), buffer(_tag)

        return seal

    return sealer


def _opener(mode: int) -> Callable[[bytes], Open]:
    set_iv, control, authenticate = (
        _lib.gcry_cipher_setiv,
        _lib.gcry_cipher_ctl,
        _lib.gcry_cipher_authenticate,
    )
    decrypt, check_tag, buffer = _lib.gcry_cipher_decrypt, _lib.gcry_cipher_checktag, _ffi.buffer

    def opener(key: bytes) -> Open:
        cipher = _cipher(mode, key)
        lengths = _ffi.new("uint64_t[]", [0, len(HEADER), TAG_LENGTH])

        def open_(nonce: bytes, sealed: Sealed) -> object:
            encrypted, tag = sealed
            length = len(encrypted)
            set_iv(cipher, nonce, _NONCE_LENGTH)
            if mode == _CCM:
                lengths[0] = length
                control(cipher, _SET_CCM_LENGTHS, lengths, 24)
            authenticate(cipher, HEADER, len(HEADER))
            decrypt(cipher, _out, length, encrypted, length)
            return None if check_tag(cipher, tag, TAG_LENGTH) else buffer(_out, length)

        return open_

    return opener


def _new_key(job: Job) -> Call:
    return partial(_lib.gcry_cipher_setkey, _cipher(_ECB, KEY), KEY, len(KEY))


def _sm3(job: Job) -> Call:
    message, result = data(job.length), _ffi.buffer(_digest)

    def digest() -> object:
        _lib.gcry_md_hash_buffer(_SM3, _digest, message, len(message))
        return result

    return digest


def _hmac_sm3(job: Job) -> Call:
    pieces = [_ffi.from_buffer(KEY), _ffi.from_buffer(data(job.length))]
    parts = _ffi.new("gcry_buffer_t[]", [(0, 0, len(piece), piece) for piece in pieces])
    result = _ffi.buffer(_digest)

    def digest() -> object:
        # `parts` has no hold on the pieces.
        _lib.gcry_md_hash_buffers(_SM3, _HMAC, _digest, parts, len(pieces))
        return result

    return digest


def _cmac(job: Job) -> Call:
    message, length = data(job.length), _ffi.new("size_t *")
    handle = _ffi.new("gcry_mac_hd_t *")
    _must(_lib.gcry_mac_open(handle, _CMAC_SM4, 0, _ffi.NULL))
    mac = _ffi.gc(handle[0], _lib.gcry_mac_close)
    result = _ffi.buffer(_tag)

    def digest() -> object:
        _lib.gcry_mac_setkey(mac, KEY, len(KEY))
        _lib.gcry_mac_write(mac, message, len(message))
        length[0] = TAG_LENGTH
        _lib.gcry_mac_read(mac, _tag, length)
        return result

    return digest


IMPLEMENTATION = Implementation(
    "libgcrypt",
    _initialized(),
    {
        Kind.ECB: _mode(_ECB, None, _lib.gcry_cipher_encrypt),
        Kind.CTR: _mode(_CTR, _lib.gcry_cipher_setctr, _lib.gcry_cipher_encrypt),
        Kind.CBC_ENCRYPT: _mode(_CBC, _lib.gcry_cipher_setiv, _lib.gcry_cipher_encrypt),
        Kind.CBC_DECRYPT: _mode(_CBC, _lib.gcry_cipher_setiv, _lib.gcry_cipher_decrypt),
        Kind.GCM: makers(_sealer(_GCM), _opener(_GCM))[Kind.SEAL],
        Kind.CCM: makers(_sealer(_CCM), _opener(_CCM))[Kind.SEAL],
        Kind.SM3: _sm3,
        Kind.HMAC_SM3: _hmac_sm3,
        Kind.CMAC: _cmac,
        Kind.ENCRYPT_BLOCK: _mode(_ECB, None, _lib.gcry_cipher_encrypt),
        Kind.NEW_KEY: _new_key,
        **makers(_sealer(_CCM), _opener(_CCM)),
    },
)
