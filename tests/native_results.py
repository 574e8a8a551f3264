"""Prints what the engine at work makes of the same messages: a hash for each job, one a line.

Run by test_python_engines.py in a process of its own for each engine; all must print the same.
"""

import random

import numpy as np

import linli_native as native
from batches import arguments, made_up, stored

POOL = random.Random(0).randbytes(2000)


def part(length: int, seed: int) -> memoryview:
    """Return bytes of the pool that begin anywhere, so at any alignment."""
    begin = random.Random(1000 * seed + length).randrange(len(POOL) - length)
    return memoryview(POOL)[begin : begin + length]


def single() -> dict[str, "native.Sm3"]:
    """Return a hash over each job's results, for messages of 0 to 600 bytes."""
    hashes = {}

    def add(job: str, result: bytes) -> None:
        hashes.setdefault(job, native.Sm3()).update(result)

    for length in range(601):
        key, nonce, iv = part(16, 1), part(12, 2), part(16, 3)
        header, body = part(random.Random(length).randrange(40), 4), part(length, 5)
        blocks = part(length // 16 * 16, 6)
        for name in ("Aead", "Ccm", "Gcm"):
            cipher = getattr(native, name)(key)
            sealed = cipher.seal(nonce, header, body, 8)
            add(name, sealed)
            where = (sealed, len(header)) if name == "Aead" else (header, sealed)
            assert cipher.open(nonce, *where, 8) == body
            forged = bytearray(sealed)
            forged[-1] ^= 1
            where = (forged, len(header)) if name == "Aead" else (header, forged)
            assert cipher.open(nonce, *where, 8) is None
        sm4 = native.Sm4(key)
        encrypted = sm4.encrypt_ecb(blocks)
        add("ECB", encrypted)
        assert sm4.decrypt_ecb(encrypted) == blocks
        encrypted = sm4.encrypt_cbc(iv, blocks)
        add("CBC", encrypted)
        assert sm4.decrypt_cbc(iv, encrypted) == blocks
        add("CTR", sm4.ctr(iv, body))
        add("CTR, carrying", sm4.ctr(bytes([255]) * 15 + b"\xf0", body))
        add("CMAC", native.cmac(key, body))
        add("HMAC", native.hmac_sm3(key, body))
        add("KDF", native.derive(key, b"label", body))
        add("CRC-16", native.crc16(body, length).to_bytes(2))
        add("CRC-32", native.crc32(body, length).to_bytes(4))
        add("SM3", native.sm3(body))
    return hashes


def batches() -> dict[str, "native.Sm3"]:
    """Return a hash over the results of batches of many sizes."""
    sealed, opened = native.Sm3(), native.Sm3()
    for count in (0, 1, 2, 7, 15, 16, 17, 31, 33, 63, 64, 65, 130, 200):
        source = random.Random(count)
        lengths = [source.randrange(601) for _ in range(count)]
        messages = made_up(lengths, count, header_length=count % 15)
        store = native.KeyStore(300)
        batch = arguments(messages, stored(store, messages)) | {"tag_length": 4 + 2 * (count % 7)}
        packets, offsets = store.seal_many(**batch)
        sealed.update(packets)
        sealed.update(offsets)
        for i in source.sample(range(count), count // 5):
            packets[offsets[i + 1] - np.uint64(1)] ^= 1
        for result in store.open_many(**batch | {"messages": packets, "offsets": offsets}):
            opened.update(result)
    return {"seal_many": sealed, "open_many": opened}


if __name__ == "__main__":
    print("engine", native.ENGINE)
    for job, digest in (single() | batches()).items():
        print(job, digest.digest().hex())
