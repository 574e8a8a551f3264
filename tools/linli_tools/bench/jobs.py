"""What `linli bench crypto` measures: the jobs, their groups, and the bytes they work on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random

from linli_hostsim.quantities import count
from linli_protocol.packet import HEADER_LENGTH

KIB = 1024
MIB = 1024 * KIB
BODY = 48  # bytes; a door event has some 20, a day of readings some 40

HEADER = bytes(HEADER_LENGTH)
TAG_LENGTH = 16  # what GCM's peers always make
KEY = bytes(range(16))
BLOCK = bytes(range(16, 32))
NONCE = bytes(range(12))

#: Linli and libgcrypt write results of so many bytes to a place that is used again. New memory
#: would take a tenth of Linli's time, but not a hundredth of the others'.
LONG = MIB

#: Peers have no batch calls. Called in a loop, they take as long for each of the messages behind
#: this many.
LOOPED = 1_000

#: How often one call from Python does a job in C.
REPEATED = 16


class Kind(Enum):
    """A job as the tables name it; each message sets its IV, and its key is ready or called new."""

    ECB = "ECB"
    CTR = "CTR"
    CBC_ENCRYPT = "CBC encrypt"
    CBC_DECRYPT = "CBC decrypt"
    CCM = "CCM seal"
    GCM = "GCM seal"
    SM3 = "SM3"
    SEAL = "seal"
    OPEN = "open"
    SEAL_FRAME = "seal_frame"
    OPEN_FRAME = "open_frame"
    SEAL_NEW_KEY = "seal, new key"
    NEW_KEY = "new key"
    ENCRYPT_BLOCK = "one block"
    CMAC = "CMAC, new key"
    HMAC_SM3 = "HMAC-SM3"
    SET_MANY = "set_many"
    SEAL_MANY = "seal_many"
    OPEN_MANY = "open_many"
    COBS_ENCODE = "COBS encode"
    COBS_DECODE = "COBS decode"
    CRC16 = "CRC-16"
    CRC32 = "CRC-32"
    ECB_IN_C = "ECB in C"
    CTR_IN_C = "CTR in C"
    CCM_IN_C = "CCM seal in C"
    GCM_IN_C = "GCM seal in C"


@dataclass(frozen=True, slots=True)
class Job:
    """`messages` messages of `length` bytes each, not counting header and tag."""

    kind: Kind
    length: int
    messages: int = 1

    @property
    def name(self) -> str:
        """What the job is called in tables and JSON."""
        many = f", {count(self.messages)} keys" if self.messages > 1 else ""
        return f"{self.kind.value} {_size(self.length)}{many}"

    @property
    def at_once(self) -> int:
        """How many messages one of Linli's calls deals with."""
        return REPEATED if self.kind in _IN_C else self.messages


def _size(length: int) -> str:
    if length % MIB == 0:
        return f"{length // MIB} MiB"
    return f"{length // KIB} KiB" if length % KIB == 0 else f"{length} B"


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that stand in one table, in cycles a byte or else in ns a message."""

    title: str
    by_byte: bool
    jobs: tuple[Job, ...]


_MODES = (
    Kind.ECB,
    Kind.CTR,
    Kind.CBC_ENCRYPT,
    Kind.CBC_DECRYPT,
    Kind.CCM,
    Kind.GCM,
    Kind.SM3,
)
_CALLS = (
    Kind.SEAL,
    Kind.OPEN,
    Kind.SEAL_FRAME,
    Kind.OPEN_FRAME,
    Kind.SEAL_NEW_KEY,
    Kind.CMAC,
    Kind.HMAC_SM3,
)
_IN_C = (Kind.ECB_IN_C, Kind.CTR_IN_C, Kind.CCM_IN_C, Kind.GCM_IN_C)
_FRAMING = (Kind.COBS_ENCODE, Kind.COBS_DECODE, Kind.CRC16, Kind.CRC32)

GROUPS = (
    Group(
        "Bulk, one key",
        True,
        tuple(Job(kind, length) for kind in _MODES for length in (16 * KIB, MIB)),
    ),
    Group(
        "Linli from C, one key",
        True,
        (*(Job(kind, 16 * KIB) for kind in _IN_C), *(Job(kind, BODY) for kind in _IN_C)),
    ),
    Group(
        "Small messages, one key",
        False,
        tuple(Job(kind, length) for kind in _MODES for length in (16, 48, 128, 256)),
    ),
    Group(
        "Single calls",
        False,
        (*(Job(kind, BODY) for kind in _CALLS), Job(Kind.NEW_KEY, 16), Job(Kind.ENCRYPT_BLOCK, 16)),
    ),
    Group(
        "Batches, each message under its own key",
        False,
        (
            *(
                Job(kind, BODY, messages)
                for kind in (Kind.SEAL_MANY, Kind.OPEN_MANY)
                for messages in (64, 1_000, 10_000, 100_000)
            ),
            Job(Kind.SET_MANY, 16, 10_000),
        ),
    ),
    Group(
        "Framing",
        False,
        tuple(Job(kind, length) for kind in _FRAMING for length in (BODY, 256)),
    ),
)

#: What each other engine does too.
ENGINE_JOBS = (
    *(Job(kind, 16 * KIB) for kind in (*_MODES, Kind.CTR_IN_C, Kind.GCM_IN_C)),
    Job(Kind.SEAL, BODY),
    Job(Kind.SEAL_FRAME, BODY),
    Job(Kind.SEAL_MANY, BODY, 10_000),
    Job(Kind.OPEN_MANY, BODY, 10_000),
)

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Implementation:
    """A library and its way to do each kind of job it can: a call without arguments."""

    name: str
    version: str
    makers: Mapping[Kind, Callable[[Job], Call]]
    has_batches: bool = False

    def messages(self, job: Job) -> int:
        """Return how many of the job's messages one call deals with."""
        return job.at_once if self.has_batches else min(job.messages, LOOPED)


def data(length: int, seed: int = 0) -> bytes:
    """Return `length` bytes that look random and are the same in every run."""
    return Random(seed).randbytes(length)


def keys(number: int) -> list[bytes]:
    """Return so many different keys."""
    return [key.to_bytes(16, "big") for key in range(number)]
