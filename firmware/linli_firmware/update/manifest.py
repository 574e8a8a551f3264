"""The head of a bundle: for which devices it is, which version, who signed; and its table.

docs/UPDATES.md gives the bytes. The head decides everything, so it is short enough for the first
message of a transfer. The table lists the files; the head has its hash. It stays on flash and is
read entry by entry, for it may be larger than what a board likes to have in RAM.
"""

from linli_protocol import cbor
from linli_protocol.crypto import Sm3, sm3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ..storage.types import Files

    Entry = tuple[str, int, bytes]

MAGIC = b"LLB1"
PREFIX_LENGTH = 6
LONGEST = 256
SIGNATURE_LENGTH = 64
LONGEST_HEAD = PREFIX_LENGTH + LONGEST + SIGNATURE_LENGTH

# Where a slot keeps them beside the image's files; no file of an image is called so.
HEAD = "update.head"
TABLE = "update.table"

# A block of flash.
PIECE = 4096
# Read at a time: heaps that are nearly full have no larger pieces. A file stays open in between.
_READ = 512

# Keys of the map.
KIND = 1
VERSION = 2
LOADER = 3
ABI = 4
SIGNER = 5
TABLE_SIZE = 6
TABLE_HASH = 7
CONTENT_SIZE = 8


def head_length(start: bytes) -> int:
    """Return the length of the head that begins with the 6 bytes of `start`, signature included.

    ValueError: no bundle begins so.
    """
    length = int.from_bytes(start[4:PREFIX_LENGTH], "big")
    if start[:4] != MAGIC or not 0 < length <= LONGEST:
        raise ValueError("not the head of a bundle")
    return PREFIX_LENGTH + length + SIGNATURE_LENGTH


class Manifest:
    """What a head says; ValueError when `head` is not a whole one.

    `signed` are the bytes that `signature` is for; `total` is the length of the whole bundle;
    `image` identifies it on the wire and is the beginning of the hash of `signed`.
    """

    def __init__(self, head: bytes) -> None:
        if len(head) < PREFIX_LENGTH or len(head) != head_length(head):
            raise ValueError("not the head of a bundle")
        self.head = head
        self.signed = head[PREFIX_LENGTH:-SIGNATURE_LENGTH]
        self.signature = head[-SIGNATURE_LENGTH:]
        fields = cbor.decode(self.signed)
        if not isinstance(fields, dict):
            raise ValueError("the manifest is not a map")
        self.device_kind = _unsigned(fields, KIND)
        self.version = _unsigned(fields, VERSION)
        self.loader = _unsigned(fields, LOADER)
        self.abi = _unsigned(fields, ABI)
        self.signer = _fixed(fields, SIGNER, 4)
        self.table_size = _unsigned(fields, TABLE_SIZE)
        self.table_hash = _fixed(fields, TABLE_HASH, 32)
        self.total = len(head) + self.table_size + _unsigned(fields, CONTENT_SIZE)
        self.image = int.from_bytes(sm3(self.signed)[:4], "big")


def signer_of(key: bytes) -> bytes:
    """Return the 4 bytes by which a manifest names the key it is signed with."""
    return sm3(key)[:4]


def entry(name: str, size: int, digest: bytes) -> bytes:
    """Return the table's entry of a file; ValueError when a device would not take it."""
    encoded = name.encode()
    _check_name(name, encoded)
    return digest + size.to_bytes(4, "big") + bytes((len(encoded),)) + encoded


def entries(files: "Files") -> "Iterator[Entry]":
    """Yield (name, size, SM3) of each file that the table in a slot lists, as far as it is whole.

    ValueError: a name that leaves the slot, or names out of order.
    """
    at = 0
    piece = previous = b""
    while True:
        if len(piece) < 37 or len(piece) < 37 + piece[36]:
            piece = files.read(TABLE, at, _READ)
            if len(piece) < 37 or len(piece) < 37 + piece[36]:
                return
        length = 37 + piece[36]
        encoded = piece[37:length]
        name = encoded.decode()
        _check_name(name, encoded)
        if encoded <= previous:
            raise ValueError(name + ": out of order")
        yield name, int.from_bytes(piece[32:36], "big"), piece[:32]
        previous = encoded
        piece = piece[length:]
        at += length


def hashing(files: "Files", name: str, size: int) -> "Generator[None, None, bytes]":
    """Hash a file on flash in steps and return its SM3, b"" when its size is another."""
    state = Sm3(b"")
    length = 0
    for at in range(0, size + 1, _READ):
        piece = files.read(name, at, _READ)
        length += len(piece)
        state.update(piece)
        yield
    return state.digest() if length == size else b""


def checking(files: "Files", manifest: Manifest) -> "Generator[None, None, bool]":
    """Check a slot's table and files against their hashes in steps, and return the verdict."""
    digest = yield from hashing(files, TABLE, manifest.table_size)
    if digest != manifest.table_hash:
        return False
    try:
        for name, size, expected in entries(files):
            digest = yield from hashing(files, name, size)
            if digest != expected:
                return False
    except ValueError:
        return False
    return True


def _check_name(name: str, encoded: bytes) -> None:
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts or "\\" in name:
        raise ValueError(repr(name) + ": not the name of a file within a slot")
    if parts[0] in (HEAD, TABLE) or len(encoded) > 128:
        raise ValueError(repr(name) + ": this name is not for files of an image")


def _unsigned(fields: "dict[object, object]", key: int) -> int:
    value = fields.get(key)
    if type(value) is not int or not 0 <= value <= 0xFFFFFFFF:
        raise ValueError("manifest: key " + str(key) + " is missing or out of range")
    return value


def _fixed(fields: "dict[object, object]", key: int, length: int) -> bytes:
    value = fields.get(key)
    if not isinstance(value, bytes) or len(value) != length:
        raise ValueError("manifest: key " + str(key) + " is missing or of a wrong length")
    return value
