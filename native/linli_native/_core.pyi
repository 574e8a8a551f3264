"""The compiled extension as linli_native sees it; core/linli_core.h tells what each one does."""

from collections.abc import Callable

class CData: ...
class CType: ...

class _Buffer:
    def __getitem__(self, index: slice) -> bytes: ...

class _Ffi:
    def new(self, kind: str | CType, length: int = ...) -> CData: ...
    def gc(self, owned: CData, destructor: Callable[[CData], None]) -> CData: ...
    def typeof(self, declaration: str) -> CType: ...
    def buffer(self, data: CData, length: int = ...) -> _Buffer: ...

class _Lib:
    def linli_engine_at(self, index: int) -> CData: ...
    def linli_sm4_init(self, sm4: CData, engine: CData, key: bytes) -> None: ...
    def linli_sm4_wipe(self, sm4: CData) -> None: ...
    def linli_sm4_encrypt(self, sm4: CData, out: CData, block: bytes) -> None: ...
    def linli_sm4_decrypt(self, sm4: CData, out: CData, block: bytes) -> None: ...
    def linli_sm3_init(self, sm3: CData, engine: CData) -> None: ...
    def linli_sm3_update(self, sm3: CData, data: bytes, length: int) -> None: ...
    def linli_sm3_digest(self, sm3: CData, out: CData) -> None: ...
    def linli_cmac(self, sm4: CData, out: CData, message: bytes, length: int) -> None: ...
    def linli_ccm_seal(
        self,
        sm4: CData,
        out: CData,
        nonce: bytes,
        nonce_length: int,
        header: bytes,
        header_length: int,
        body: bytes,
        body_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_ccm_open(
        self,
        sm4: CData,
        out: CData,
        nonce: bytes,
        nonce_length: int,
        header: bytes,
        header_length: int,
        sealed: bytes,
        sealed_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_packet_seal(
        self,
        sm4: CData,
        out: CData,
        nonce: bytes,
        header: bytes,
        header_length: int,
        body: bytes,
        body_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_packet_open(
        self,
        sm4: CData,
        out: CData,
        nonce: bytes,
        packet: bytes,
        packet_length: int,
        header_length: int,
        tag_length: int,
    ) -> int: ...
    def linli_cobs_encode(self, out: CData, data: bytes, length: int) -> int: ...
    def linli_cobs_decode(self, out: CData, data: bytes, length: int) -> int: ...
    def linli_crc16(self, data: bytes, length: int, crc: int) -> int: ...

ffi: _Ffi
lib: _Lib
