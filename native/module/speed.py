"""Time SM4, SM3 and sealed packets on a MicroPython board or desk: the table in native/BOARDS.md.

Run it where linli_protocol can be imported: MICROPYPATH=protocol micropython speed.py
"""

import time

from linli_protocol import ccm, crypto, sm3, sm4

KEY = bytes(range(16))
NONCE = bytes(12)
HEADER = bytes(8)
BODY = bytes(48)


def microseconds(call):
    """Return what a call takes, over as many as fill a tenth of a second or more."""
    repeats = 1
    while True:
        started = time.ticks_us()
        for _ in range(repeats):
            call()
        taken = time.ticks_diff(time.ticks_us(), started)
        if taken >= 100_000:
            return taken / repeats
        repeats *= 4


def report(name, block, seal, hashed):
    """Print one line of the table."""
    print(name, *[f"{microseconds(call):.1f}" for call in (block, seal, hashed)])


print("µs: one block, one seal of 48 bytes, SM3 of 64 bytes")
cipher = sm4.Sm4(KEY)
report(
    "plain Python",
    lambda: cipher.encrypt_block(NONCE + b"four"),
    lambda: ccm.ccm_seal(cipher, NONCE, HEADER, BODY, 8),
    lambda: sm3.sm3(KEY * 4),
)
chosen = crypto.Sm4(KEY)
aead = crypto.Aead(KEY)
report(
    crypto.BACKEND,
    lambda: chosen.encrypt_block(NONCE + b"four"),
    lambda: aead.seal(NONCE, HEADER, BODY, 8),
    lambda: crypto.sm3(KEY * 4),
)
