"""The compiled extension as linli_native sees it; the headers tell what each function does."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

class CData:
    # Of structs. Here and below, Any: their types are in the headers.
    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...
    # Of arrays and pointers.
    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Any: ...
    def __add__(self, items: int) -> CData: ...
    def __lt__(self, other: CData) -> bool: ...
    # Not in truth: but views of buffers take the buffers' place.
    def __buffer__(self, flags: int, /) -> memoryview: ...

class CType: ...

class _Buffer(Protocol):
    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...

# What holds bytes; C itself takes bytes and CData. On Python 3.11, the stubs of numpy do not tell
# that its arrays are buffers.
Data: TypeAlias = _Buffer | NDArray[Any]

_CData: TypeAlias = CData

class _Ffi:
    CData: type[_CData]
    def new(self, kind: str | CType, initial: object = ...) -> _CData: ...
    def gc(self, owned: _CData, destructor: Callable[[_CData], None]) -> _CData: ...
    def typeof(self, declaration: str) -> CType: ...
    def from_buffer(
        self, kind: str | CType, buffer: Data, require_writable: bool = ...
    ) -> _CData: ...
    def memmove(self, to: _CData | bytearray, source: Data, length: int) -> None: ...
    def string(self, text: _CData) -> bytes: ...

class _Lib:
    LINLI_DONE: int
    LINLI_FORGED: int
    LINLI_TOO_SHORT: int
    LINLI_BATCH_OFFSETS: int
    LINLI_BATCH_SLOT: int
    LINLI_BATCH_SHORT: int
    LINLI_BATCH_LONG: int
    LINLI_BATCH_ROOM: int

    def linli_engine_at(self, index: int) -> CData: ...
    def linli_engine_name(self, engine: CData) -> CData: ...
    def linli_engine_constant_time(self, engine: CData) -> int: ...
    def linli_spin(self, cycles: int) -> int: ...
    def linli_sm4_init(self, sm4: CData, engine: CData, key: Data) -> None: ...
    def linli_sm4_wipe(self, sm4: CData) -> None: ...
    def linli_sm4_encrypt(self, sm4: CData, out: Data, block: Data) -> None: ...
    def linli_sm4_decrypt(self, sm4: CData, out: Data, block: Data) -> None: ...
    def linli_ecb_encrypt(self, sm4: CData, out: Data, data: Data, blocks: int) -> None: ...
    def linli_ecb_decrypt(self, sm4: CData, out: Data, data: Data, blocks: int) -> None: ...
    def linli_cbc_encrypt(
        self, sm4: CData, iv: CData, out: Data, data: Data, blocks: int
    ) -> None: ...
    def linli_cbc_decrypt(
        self, sm4: CData, iv: CData, out: Data, data: Data, blocks: int
    ) -> None: ...
    def linli_ctr(self, sm4: CData, counter: CData, out: Data, data: Data, length: int) -> None: ...
    def linli_sm3_init(self, sm3: CData, engine: CData) -> None: ...
    def linli_sm3_update(self, sm3: CData, data: Data, length: int) -> None: ...
    def linli_sm3_digest(self, sm3: CData, out: Data) -> None: ...
    def linli_cmac(self, sm4: CData, out: Data, message: Data, length: int) -> None: ...
    def linli_hmac_init(self, hmac: CData, engine: CData, key: Data, length: int) -> None: ...
    def linli_hmac_wipe(self, hmac: CData) -> None: ...
    def linli_hmac_update(self, hmac: CData, message: Data, length: int) -> None: ...
    def linli_hmac_digest(self, hmac: CData, out: Data) -> None: ...
    def linli_hmac_sm3(
        self, engine: CData, out: Data, key: Data, key_length: int, message: Data, length: int
    ) -> None: ...
    def linli_kdf(
        self,
        sm4: CData,
        out: Data,
        length: int,
        label: Data,
        label_length: int,
        context: Data,
        context_length: int,
    ) -> int: ...
    def linli_ccm_seal(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        nonce_length: int,
        header: Data,
        header_length: int,
        body: Data,
        body_length: int,
        tag_length: int,
        /,
    ) -> int: ...
    def linli_ccm_open(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        nonce_length: int,
        header: Data,
        header_length: int,
        sealed: Data,
        sealed_length: int,
        tag_length: int,
        /,
    ) -> int: ...
    def linli_gcm_init(self, gcm: CData, engine: CData, key: Data) -> None: ...
    def linli_gcm_wipe(self, gcm: CData) -> None: ...
    def linli_gcm_seal(
        self,
        gcm: CData,
        out: Data,
        nonce: Data,
        nonce_length: int,
        header: Data,
        header_length: int,
        body: Data,
        body_length: int,
        tag_length: int,
        /,
    ) -> int: ...
    def linli_gcm_open(
        self,
        gcm: CData,
        out: Data,
        nonce: Data,
        nonce_length: int,
        header: Data,
        header_length: int,
        sealed: Data,
        sealed_length: int,
        tag_length: int,
        /,
    ) -> int: ...
    def linli_packet_seal(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        header: Data,
        header_length: int,
        body: Data,
        body_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_packet_open(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        packet: Data,
        packet_length: int,
        header_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_cobs_encode(self, out: Data, data: Data, length: int) -> int: ...
    def linli_cobs_decode(self, out: Data, data: Data, length: int) -> int: ...
    def linli_frame_seal(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        header: Data,
        header_length: int,
        body: Data,
        body_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_frame_open(
        self,
        sm4: CData,
        out: Data,
        nonce: Data,
        frame: Data,
        frame_length: int,
        header_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_frame_decode(self, engine: CData, out: Data, frame: Data, length: int) -> int: ...
    def linli_crc16(self, engine: CData, data: Data, length: int, crc: int) -> int: ...
    def linli_crc32(self, engine: CData, data: Data, length: int, crc: int) -> int: ...
    def linli_keys_set(
        self, keys: CData, slots: CData, material: Data, count: int, at: CData
    ) -> int: ...
    def linli_keys_wipe(self, keys: CData, slot: int) -> None: ...
    def linli_keys_wipe_all(self, keys: CData) -> None: ...
    def linli_seal_many(self, batch: CData, at: CData) -> int: ...
    def linli_open_many(self, batch: CData, at: CData) -> int: ...

ffi: _Ffi
lib: _Lib
