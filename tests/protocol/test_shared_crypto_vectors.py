"""Published SM4, SM3 and SM4-CMAC vectors, those of ../shared/data/crypto."""

import json
from collections.abc import Callable, Iterator

import pytest

from linli_protocol import ccm, cmac, crypto, sm3, sm4
from shared_data import require

Ciphers = type[sm4.Sm4]
CIPHERS = pytest.mark.parametrize("cipher", [sm4.Sm4, crypto.Sm4], ids=["reference", "chosen"])


def vectors(file: str, **wanted: str) -> Iterator[dict[str, bytes]]:
    """Yield the file's valid vectors whose fields are as wanted, hexadecimal fields as bytes."""
    chosen = [
        vector
        for vector in json.loads(require(file).read_text())
        if vector.get("result", "valid") == "valid" and wanted.items() <= vector.items()
    ]
    assert chosen, f"{file} has no vectors with {wanted}"
    names = ("key", "iv", "aad", "pt", "ct", "tag", "msg")
    for vector in chosen:
        yield {name: bytes.fromhex(vector[name]) for name in names if name in vector}


def blocks(data: bytes) -> list[bytes]:
    return [data[at : at + 16] for at in range(0, len(data), 16)]


@CIPHERS
def test_sm4_ecb(cipher: Ciphers) -> None:
    for vector in vectors("crypto/sm4_vectors.json", mode="ECB"):
        under_key = cipher(vector["key"])
        assert b"".join(map(under_key.encrypt_block, blocks(vector["pt"]))) == vector["ct"]
        assert b"".join(map(under_key.decrypt_block, blocks(vector["ct"]))) == vector["pt"]


def test_sm4_ctr_composed_of_blocks() -> None:
    for vector in vectors("crypto/sm4_vectors.json", mode="CTR"):
        under_key = crypto.Sm4(vector["key"])
        counter = int.from_bytes(vector["iv"].ljust(16, b"\0"), "big")
        if len(vector["iv"]) == 12:  # RFC 3686 style: the block counter starts at 1
            counter += 1
        stream = b"".join(
            under_key.encrypt_block(((counter + i) % 2**128).to_bytes(16, "big"))
            for i in range(len(blocks(vector["pt"])))
        )
        assert bytes(a ^ b for a, b in zip(vector["pt"], stream, strict=False)) == vector["ct"]


def test_sm4_cbc_composed_of_blocks() -> None:
    for vector in vectors("crypto/sm4_vectors.json", mode="CBC"):
        under_key = crypto.Sm4(vector["key"])
        previous, out = vector["iv"], b""
        for block in blocks(vector["ct"]):
            out += bytes(
                a ^ b for a, b in zip(under_key.decrypt_block(block), previous, strict=True)
            )
            previous = block
        assert out == vector["pt"]


@CIPHERS
def test_sm4_ccm(cipher: Ciphers) -> None:
    for vector in vectors("crypto/sm4_vectors.json", mode="CCM"):
        sealed = vector["ct"] + vector["tag"]
        arguments = cipher(vector["key"]), vector["iv"], vector["aad"]
        tag_length = len(vector["tag"])
        assert ccm.ccm_seal(*arguments, vector["pt"], tag_length) == sealed
        assert ccm.ccm_open(*arguments, sealed, tag_length) == vector["pt"]


def test_aead_seals_the_ccm_vectors_in_one_call() -> None:
    for vector in vectors("crypto/sm4_vectors.json", mode="CCM"):
        packet = vector["aad"] + vector["ct"] + vector["tag"]
        aead, tag_length = crypto.Aead(vector["key"]), len(vector["tag"])
        assert aead.seal(vector["iv"], vector["aad"], vector["pt"], tag_length) == packet
        assert aead.open(vector["iv"], packet, len(vector["aad"]), tag_length) == vector["pt"]


@pytest.mark.parametrize("digest", [sm3.sm3, crypto.sm3], ids=["reference", "chosen"])
def test_sm3(digest: Callable[[bytes], bytes]) -> None:
    for vector in vectors("crypto/mac_hash_vectors.json", alg="SM3"):
        assert digest(vector["msg"]) == vector["tag"]


def test_sm4_cmac() -> None:
    for vector in vectors("crypto/mac_hash_vectors.json", alg="SM4-CMAC"):
        assert cmac.cmac(sm4.Sm4(vector["key"]), vector["msg"]) == vector["tag"]
        assert crypto.cmac(vector["key"], vector["msg"]) == vector["tag"]
