"""SM4's S-box as algebra: inversion in GF(2^8) between affine maps, whatever the field's form."""

from collections.abc import Callable
from dataclasses import dataclass

SM4_MODULUS = 0x1F5  # x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1
AES_MODULUS = 0x11B  # x^8 + x^4 + x^3 + x + 1 (FIPS 197, clause 4.2)


def multiply(a: int, b: int, modulus: int) -> int:
    """Multiply in GF(2)[x] modulo a polynomial of degree 8."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= modulus
        b >>= 1
    return product


def invert(a: int, modulus: int) -> int:
    """Return the inverse of `a`, and 0 of 0: a^254."""
    power = 1
    for _ in range(254):
        power = multiply(power, a, modulus)
    return power


@dataclass(frozen=True)
class Affine:
    """A map of bytes, affine over GF(2): what becomes of each bit, and of zero."""

    of_bits: tuple[int, ...]
    constant: int

    @classmethod
    def of(cls, function: Callable[[int], int]) -> "Affine":
        """Return a function's map; it must be affine."""
        constant = function(0)
        found = cls(tuple(function(1 << bit) ^ constant for bit in range(8)), constant)
        assert all(found(x) == function(x) for x in range(256))
        return found

    def __call__(self, x: int) -> int:
        """Return the image of a byte."""
        image = self.constant
        for bit, of_bit in enumerate(self.of_bits):
            if x >> bit & 1:
                image ^= of_bit
        return image

    def __matmul__(self, first: "Affine") -> "Affine":
        """Return the map that does `first` and then this one."""
        return Affine.of(lambda x: self(first(x)))

    def linear(self) -> "Affine":
        """Return the map without its constant."""
        return Affine(self.of_bits, 0)

    def inverse(self) -> "Affine":
        """Return the map that undoes this one."""
        origin = {self(x): x for x in range(256)}
        return Affine.of(lambda x: origin[x])

    def matrix(self) -> int:
        """Return the matrix as GF2P8AFFINEQB takes it: row of bit 0 in the uppermost byte."""
        rows = 0
        for bit in range(8):
            row = sum((of_bit >> bit & 1) << column for column, of_bit in enumerate(self.of_bits))
            rows |= row << 8 * (7 - bit)
        return rows

    def nibbles(self) -> list[int]:
        """Return what becomes of each low nibble, then of each high one; their XOR is the image."""
        return [self(low) ^ self.constant for low in range(16)] + [
            self(high << 4) for high in range(16)
        ]


def rotate_byte(x: int, bits: int) -> int:
    """Rotate a byte to the left."""
    return (x << bits | x >> (8 - bits)) & 0xFF


def _circulant(row: int, constant: int) -> Affine:
    """Return the map whose bit i is the parity of the row, rotated by i, masked with the input."""
    return Affine.of(
        lambda x: (
            sum(((rotate_byte(row, bit) & x).bit_count() & 1) << bit for bit in range(8)) ^ constant
        )
    )


SM4_MAP = _circulant(0xA7, 0xD3)  # SM4's S-box is this map, inversion, and this map again
AES_MAP = _circulant(0xF1, 0x63)  # AES's S-box is inversion and this map (FIPS 197, clause 5.1.1)

# The parts of SM4's linear layer on bytes: see native/engines/slices.h.
LAYER_W = Affine.of(lambda b: b ^ b >> 6)
LAYER_U = Affine.of(lambda b: b ^ b << 2 & 0xFF)
LAYER_V = Affine.of(lambda b: rotate_byte(b, 2))


def isomorphisms(times: Callable[[int, int], int], one: int) -> list[Affine]:
    """Return the eight isomorphisms of SM4's field to the field of bytes with this multiplication.

    Each sends x to one of the roots that SM4's modulus has there; the smallest root comes first.
    """

    def powers(root: int) -> list[int]:
        found = [one]
        for _ in range(8):
            found.append(times(found[-1], root))
        return found

    def is_root(element: int) -> bool:
        total = 0
        for degree, power in enumerate(powers(element)):
            total ^= power * (SM4_MODULUS >> degree & 1)
        return total == 0

    return [Affine(tuple(powers(root)[:8]), 0) for root in range(256) if is_root(root)]


def quadratic_extension(
    times: Callable[[int, int], int], bits: int, norm: int
) -> Callable[[int, int], int]:
    """Return the multiplication of a field twice as wide as one of `bits` bits.

    Its elements are a r + b r', with a in the upper bits; r and r' are the roots of
    r^2 + r + norm.
    """
    lower = (1 << bits) - 1

    def product(x: int, y: int) -> int:
        a, b, c, d = x >> bits, x & lower, y >> bits, y & lower
        both = times(times(a ^ b, c ^ d), norm)
        return (times(a, c) ^ both) << bits | times(b, d) ^ both

    return product
