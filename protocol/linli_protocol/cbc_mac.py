"""CBC-MAC over whole blocks: the chain inside both CCM and CMAC, no authenticator by itself."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class BlockCipher(Protocol):
        """A cipher of 16-byte blocks under one key."""

        def encrypt_block(self, block: bytes) -> bytes:
            """Return the 16-byte ciphertext of a 16-byte block."""
            ...


def xor(left: bytes, right: bytes) -> bytes:
    """Return the XOR of two byte strings, as long as the shorter."""
    length = min(len(left), len(right))
    # As two long integers: a loop over bytes takes a board as long as the cipher in machine code.
    number = int.from_bytes(left[:length], "big") ^ int.from_bytes(right[:length], "big")
    return number.to_bytes(length, "big")


def cbc_mac(cipher: "BlockCipher", message: bytes) -> bytes:
    """Return the last block of `message` (a multiple of 16 bytes) encrypted in CBC, IV zero."""
    state = bytes(16)
    for at in range(0, len(message), 16):
        state = cipher.encrypt_block(xor(state, message[at : at + 16]))
    return state
