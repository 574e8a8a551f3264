"""The cryptography against OpenSSL (through `cryptography`), on random inputs.

`cryptography` has no SM4-CCM, so that mode is held against it in halves: our CCM over AES against
its AES-CCM, and our SM4 against its SM4-ECB.
"""

from cryptography.hazmat.primitives import cmac as openssl_cmac
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given, settings
from hypothesis import strategies as st

from linli_protocol import ccm, cmac, crypto, kdf, sm3, sm4

KEYS = st.binary(min_size=16, max_size=16)


class Aes:
    """AES-128 as the block cipher that linli_protocol's modes take."""

    def __init__(self, key: bytes) -> None:
        self._encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()

    def encrypt_block(self, block: bytes) -> bytes:
        return self._encryptor.update(block)


@given(KEYS, st.binary(min_size=16, max_size=16))
def test_sm4_is_openssl_s_ecb(key: bytes, block: bytes) -> None:
    encrypted = Cipher(algorithms.SM4(key), modes.ECB()).encryptor().update(block)
    for cipher in (sm4.Sm4(key), crypto.Sm4(key)):
        assert cipher.encrypt_block(block) == encrypted
        assert cipher.decrypt_block(encrypted) == block


@given(KEYS, st.binary(max_size=100))
def test_cmac_is_openssl_s(key: bytes, message: bytes) -> None:
    oracle = openssl_cmac.CMAC(algorithms.SM4(key))
    oracle.update(message)
    expected = oracle.finalize()
    assert cmac.cmac(sm4.Sm4(key), message) == crypto.cmac(key, message) == expected


@given(st.binary(max_size=300))
def test_sm3_is_openssl_s(message: bytes) -> None:
    oracle = hashes.Hash(hashes.SM3())
    oracle.update(message)
    assert sm3.sm3(message) == crypto.sm3(message) == oracle.finalize()


@given(
    KEYS,
    st.binary(min_size=1, max_size=20).filter(lambda label: 0 not in label),
    st.binary(max_size=40),
    st.integers(1, 200),
)
def test_key_derivation_is_openssl_s(key: bytes, label: bytes, context: bytes, length: int) -> None:
    before = CounterLocation.BeforeFixed
    oracle = KBKDFCMAC(algorithms.SM4, Mode.CounterMode, length, 1, 2, before, label, context, None)
    assert kdf.derive(crypto.cmac, key, label, context, length) == oracle.derive(key)


@given(
    KEYS,
    st.binary(min_size=7, max_size=13),
    st.binary(max_size=60),
    st.binary(max_size=100),
    st.sampled_from(range(4, 18, 2)),
)
def test_ccm_over_aes_is_openssl_s_aes_ccm(
    key: bytes, nonce: bytes, header: bytes, body: bytes, tag_length: int
) -> None:
    sealed = AESCCM(key, tag_length).encrypt(nonce, body, header)
    assert ccm.ccm_seal(Aes(key), nonce, header, body, tag_length) == sealed
    assert ccm.ccm_open(Aes(key), nonce, header, sealed, tag_length) == body


def test_ccm_with_a_header_whose_length_takes_six_bytes_is_openssl_s() -> None:
    key, nonce = bytes(range(16)), bytes(12)
    for length in (0xFEFF, 0xFF00, 0x10001):
        header = bytes(length)
        sealed = AESCCM(key, 8).encrypt(nonce, b"body", header)
        assert ccm.ccm_seal(Aes(key), nonce, header, b"body", 8) == sealed


@settings(max_examples=200)
@given(KEYS, st.binary(max_size=40), st.binary(max_size=40), st.data())
def test_any_changed_bit_of_a_packet_is_refused(
    key: bytes, header: bytes, body: bytes, data: st.DataObject
) -> None:
    nonce = bytes(12)
    packet = bytearray(crypto.Aead(key).seal(nonce, header, body, 8))
    bit = data.draw(st.integers(0, 8 * len(packet) - 1))
    packet[bit // 8] ^= 1 << bit % 8
    assert crypto.Aead(key).open(nonce, bytes(packet), len(header), 8) is None


@given(st.binary(max_size=80), st.integers(0, 90), st.sampled_from(range(4, 18, 2)))
def test_opening_any_bytes_at_all_refuses_quietly(
    packet: bytes, header_length: int, tag_length: int
) -> None:
    assert crypto.Aead(bytes(16)).open(bytes(12), packet, header_length, tag_length) is None
