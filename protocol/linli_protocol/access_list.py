"""Credentials, and the steps that change a door's list of them, as hub and door write them.

Token, 5 bytes, most significant first: 5 bits kind, 35 bits number. Kinds 1, 2, 3 are 26-, 34- and
37-bit Wiegand cards, the number their facility and card number without parity; kind 31 is a PIN
that stands alone.

Credential, 22 bytes, most significant byte first:

    token        5 bytes
    person       4 bytes, the holder's number, which events name
    valid_from   4 bytes, Unix s, 0 for ever
    valid_until  4 bytes, Unix s, the first second it is no longer valid; 0xFFFFFFFF for ever
    schedule     1 byte, 0 for always, else the number of one of the door's schedules
    pin_check    4 bytes, zero when the holder has no PIN

The `changes` of an access-list message are a row of changes, made in order: a byte ADD or REPLACE
and a credential, or a byte REMOVE and a token.

No PIN is stored or sent. `key` below is a key of the one door: a PIN that stands alone becomes a
token, the low 35 bits of the first 5 bytes of SM4-CMAC(key, 00 || digits); a PIN beside a card
becomes a check, the first 4 bytes of SM4-CMAC(key, token || digits), or 1 for 0. Token and key are
the salt: one PIN looks different for two holders and at two doors. Digits are ASCII.
"""

import struct

from .crypto import cmac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ADD = 1
REPLACE = 2
REMOVE = 3

TOKEN_LENGTH = 5
CREDENTIAL_LENGTH = 22
ALWAYS = 0xFFFFFFFF
NO_PIN = bytes(4)

# Wiegand frame length in bits: kind, bits of the facility code, bits of the card number.
CARD_FORMATS = {26: (1, 8, 16), 34: (2, 16, 16), 37: (3, 16, 19)}
_PIN = 31
_NUMBER_BITS = 35
_LAYOUT = ">5sIIIB4s"


class Credential:
    """What a token is worth; fields as in this module's docstring."""

    __slots__ = ("person", "pin_check", "schedule", "token", "valid_from", "valid_until")

    def __init__(
        self,
        token: bytes,
        person: int,
        valid_from: int = 0,
        valid_until: int = ALWAYS,
        schedule: int = 0,
        pin_check: bytes = NO_PIN,
    ) -> None:
        self.token = token
        self.person = person
        self.valid_from = valid_from
        self.valid_until = valid_until
        self.schedule = schedule
        self.pin_check = pin_check

    def encode(self) -> bytes:
        """Return the 22 bytes."""
        return struct.pack(
            _LAYOUT,
            self.token,
            self.person,
            self.valid_from,
            self.valid_until,
            self.schedule,
            self.pin_check,
        )


def decode_credential(data: bytes) -> Credential:
    """Return the credential in 22 bytes."""
    return Credential(*struct.unpack(_LAYOUT, data))


def card_token(bit_count: int, facility: int, card: int) -> bytes:
    """Return the token of a card of 26, 34 or 37 bits; ValueError when a number does not fit."""
    kind, facility_bits, card_bits = CARD_FORMATS[bit_count]
    if facility >> facility_bits or card >> card_bits:
        raise ValueError("facility or card number too large for " + str(bit_count) + " bits")
    return (kind << _NUMBER_BITS | facility << card_bits | card).to_bytes(TOKEN_LENGTH, "big")


def pin_token(key: bytes, pin: str) -> bytes:
    """Return the token of a PIN that stands alone."""
    tag = int.from_bytes(cmac(key, b"\x00" + pin.encode())[:TOKEN_LENGTH], "big")
    number = tag & ((1 << _NUMBER_BITS) - 1)
    return (_PIN << _NUMBER_BITS | number).to_bytes(TOKEN_LENGTH, "big")


def pin_check(key: bytes, token: bytes, pin: str) -> bytes:
    """Return what a credential holds for a PIN beside its token."""
    check = cmac(key, token + pin.encode())[: len(NO_PIN)]
    return check if check != NO_PIN else b"\x00\x00\x00\x01"


def encode_changes(changes: "Iterable[tuple[int, Credential | bytes]]") -> bytes:
    """Return the coding of a row of (ADD or REPLACE, Credential) and (REMOVE, token)."""
    return b"".join(
        [
            bytes((operation,)) + (what.encode() if isinstance(what, Credential) else what)
            for operation, what in changes
        ]
    )


def decode_changes(data: bytes) -> "list[tuple[int, bytes, bytes | None]]":
    """Return the changes as (operation, token, credential's 22 bytes or None for REMOVE).

    ValueError when the bytes are not a row of whole changes.
    """
    changes: "list[tuple[int, bytes, bytes | None]]" = []
    at = 0
    while at < len(data):
        operation = data[at]
        length = {ADD: CREDENTIAL_LENGTH, REPLACE: CREDENTIAL_LENGTH, REMOVE: TOKEN_LENGTH}.get(
            operation
        )
        body = bytes(data[at + 1 : at + 1 + (length or 0)])
        if length is None or len(body) != length:
            raise ValueError("unknown or truncated change")
        changes.append((operation, body[:TOKEN_LENGTH], None if operation == REMOVE else body))
        at += 1 + length
    return changes
