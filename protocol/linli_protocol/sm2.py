"""SM2 signature verification (GB/T 32918.2-2016) on the curve of GM/T 0003.5-2012.

Written for the big integers of MicroPython: few of them alive at a time, reduction by `%` (one call
into C) instead of the shifts and masks that the prime invites to. Nothing here is secret, so
nothing hides its timing. Signing is for hosts (`linli_tools.signing`).
"""

from . import crypto

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    Jacobian = tuple[int, int, int]

# A public key is the byte 4, x and y: a point in the uncompressed form of GB/T 32918.1, 4.2.8.
KEY_LENGTH = 65
SIGNATURE_LENGTH = 64

# The identity of a signer that has not agreed on another one (GM/T 0009-2012, clause 10).
DEFAULT_IDENTITY = b"1234567812345678"

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
GX = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
GY = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

INFINITY = (1, 1, 0)

# Doublings in one step of `verification`.
_DOUBLINGS = 8


def double(point: "Jacobian") -> "Jacobian":
    """Return 2·point; (X, Y, Z) stands for (X/Z², Y/Z³), any Z = 0 for infinity.

    The formulas use a = -3 (dbl-2001-b of Bernstein and Lange's collection).
    """
    x, y, z = point
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    y += z
    x = (alpha * alpha - 8 * beta) % P
    return (
        x,
        (alpha * (4 * beta - x) - 8 * gamma * gamma) % P,
        (y * y - gamma - delta) % P,
    )


def add(point: "Jacobian", x2: int, y2: int) -> "Jacobian":
    """Return point + (x2, y2), whatever the two are to each other."""
    x1, y1, z1 = point
    if not z1:
        return x2, y2, 1
    zz = z1 * z1 % P
    h = (x2 * zz - x1) % P
    r = (y2 * z1 * zz - y1) % P
    if not h:
        return INFINITY if r else double(point)
    hh = h * h % P
    v = x1 * hh % P
    hh = h * hh % P
    x1 = (r * r - hh - 2 * v) % P
    return x1, (r * (v - x1) - y1 * hh) % P, z1 * h % P


def is_public_key(key: bytes) -> bool:
    """Say whether the 65 bytes of `key` are a point that can be a public key.

    G and -G are none: everyone knows their private keys, 1 and n - 1.
    """
    if len(key) != KEY_LENGTH or key[0] != 4:
        return False
    x, y = _coordinates(key)
    return x < P and y < P and x != GX and not (y * y - x * x * x + 3 * x - B) % P


def hash_of_signer(key: bytes, identity: bytes = DEFAULT_IDENTITY) -> bytes:
    """Return the 32 bytes Z (GB/T 32918.2, clause 5.5) of a signer, to be hashed before a message.

    ValueError when `identity` has more than 8191 bytes, whose bits 16 bits cannot count.
    """
    if len(identity) > 8191:
        raise ValueError("identity must have at most 8191 bytes, not " + str(len(identity)))
    signer = crypto.Sm3((8 * len(identity)).to_bytes(2, "big") + identity)
    for number in (P - 3, B, GX, GY):
        signer.update(number.to_bytes(32, "big"))
    signer.update(key[1:])
    return signer.digest()


def digest(key: bytes, message: bytes, identity: bytes = DEFAULT_IDENTITY) -> bytes:
    """Return the 32 bytes e = SM3(Z || message) that are signed."""
    return crypto.sm3(hash_of_signer(key, identity) + message)


def verify(
    key: bytes, message: bytes, signature: bytes, identity: bytes = DEFAULT_IDENTITY
) -> bool:
    """Say whether `signature` (r then s, 64 bytes) is that of `message` under `key` (65 bytes)."""
    steps = verification(key, digest(key, message, identity), signature)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bool(end.value)


def verification(key: bytes, e: bytes, signature: bytes) -> "Generator[None, None, bool]":
    """Verify the signature of the digest `e` in steps, and return the verdict.

    For devices with other things to do meanwhile. Nothing that the arguments hold raises.
    """
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if (
        len(signature) != SIGNATURE_LENGTH
        or not 0 < r < N
        or not 0 < s < N
        or not t
        or not is_public_key(key)
    ):
        return False
    x, y = _coordinates(key)
    points = _points(x, y)
    yield
    # The non-adjacent forms of s and t: digit i is bit i + 1 of 3k less that of k. Together they
    # add in 5 of 9 places where the bits of s and t add in 3 of 4.
    digits = [k.to_bytes(33, "big") for k in (3 * s, s, 3 * t, t)]
    point = INFINITY
    for place in range(257, 0, -1):
        point = double(point)
        shift = place & 7
        at = 32 - (place >> 3)
        s3, s1, t3, t1 = [each[at] >> shift & 1 for each in digits]
        index = 3 * (s3 - s1) + t3 - t1
        if index > 0:
            x, y = points[index]
            point = add(point, x, y)
        elif index < 0:
            x, y = points[-index]
            point = add(point, x, P - y)
        if place % _DOUBLINGS == 0:
            yield
    # e + x = r modulo n, and x is X/Z² modulo p, which is a little more than n.
    x, _, z = point
    z = z * z % P
    candidate = (r - int.from_bytes(e, "big")) % N
    return z != 0 and (
        (candidate * z - x) % P == 0 or (candidate + N < P and ((candidate + N) * z - x) % P == 0)
    )


def _coordinates(key: bytes) -> "tuple[int, int]":
    return int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")


def _points(x: int, y: int) -> "tuple[tuple[int, int], ...]":
    """Return what index 3i + j of the digits (i, j) adds: unused, key, G - key, G, G + key."""
    # Both chords from G to ±key have the same run.
    run = pow(GX - x, P - 2, P)
    points = [(0, 0), (x, y), (0, 0), (GX, GY), (0, 0)]
    for index, rise in ((2, GY + y), (4, GY - y)):
        slope = rise * run % P
        x3 = (slope * slope - GX - x) % P
        points[index] = (x3, (slope * (GX - x3) - GY) % P)
    return tuple(points)
