"""Keys of 16 bytes, expanded for the engine at work and overwritten when they are collected."""

from ._arguments import exactly
from ._engine import CHOSEN, ffi, lib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import CData, Data

_SM4 = ffi.typeof("linli_sm4 *")
_GCM = ffi.typeof("linli_gcm *")
_sm4_init = lib.linli_sm4_init
_sm4_wipe = lib.linli_sm4_wipe


def expanded(key: "Data") -> "CData":
    """Return a key's linli_sm4, to be wiped when nothing refers to it any more."""
    context = ffi.gc(ffi.new(_SM4), _sm4_wipe)
    _sm4_init(context, CHOSEN, exactly(16, "key", key))
    return context


def expanded_for_gcm(key: "Data") -> "CData":
    """Return a key's linli_gcm, to be wiped likewise."""
    context = ffi.gc(ffi.new(_GCM), lib.linli_gcm_wipe)
    lib.linli_gcm_init(context, CHOSEN, exactly(16, "key", key))
    return context
