"""The constants of affine.h, affine_nibbles.h and tower.h, computed anew from the definitions."""

import re
from pathlib import Path

import pytest

from linli_protocol.sm4_cipher import SBOX
from sbox_algebra import (
    AES_MAP,
    AES_MODULUS,
    LAYER_U,
    LAYER_V,
    LAYER_W,
    SM4_MAP,
    SM4_MODULUS,
    Affine,
    invert,
    isomorphisms,
    multiply,
    quadratic_extension,
)

ENGINES = Path(__file__).parents[2] / "native/engines"

BASIS = isomorphisms(lambda a, b: multiply(a, b, AES_MODULUS), 1)[0]
TO_AES = BASIS @ SM4_MAP
TO_SM4 = SM4_MAP @ BASIS.inverse()
FROM_AES = TO_AES.linear().inverse()


def part(to_basis: Affine, layer: Affine, to_sm4: Affine) -> Affine:
    """Return what does, from the inverse on, the S-box's second map and a part of the linear layer.

    The result is in the basis of the inversion, but for the constant that the S-box's input has.
    """
    return to_basis.linear() @ layer @ to_sm4


PARTS = {
    f"TO_{name}": part(TO_AES, layer, TO_SM4)
    for name, layer in (("W", LAYER_W), ("U", LAYER_U), ("V", LAYER_V))
}


def header(name: str) -> str:
    return (ENGINES / name).read_text()


def defined(name: str) -> dict[str, int]:
    """Return a header's numbers by their names."""
    found = re.findall(r"#define (\w+) 0x([0-9A-F]+)", header(name))
    return {name: int(number, 16) for name, number in found}


def test_sm4_inverts_between_two_affine_maps() -> None:
    assert bytes(SM4_MAP(invert(SM4_MAP(x), SM4_MODULUS)) for x in range(256)) == SBOX


def test_sm4_inverts_in_the_field_of_aes() -> None:
    assert bytes(TO_SM4(invert(TO_AES(x), AES_MODULUS)) for x in range(256)) == SBOX


@pytest.mark.parametrize(
    ("name", "expected"),
    [("TO_AES", TO_AES), ("FROM_AES", FROM_AES), ("TO_SM4", TO_SM4), *PARTS.items()],
)
def test_matrix_and_constant_are_those_of_the_map(name: str, expected: Affine) -> None:
    numbers = defined("affine.h")
    assert numbers[name] == expected.matrix()
    assert numbers.get(f"{name}_CONSTANT", 0) == expected.constant


def nibble_maps() -> dict[str, Affine]:
    """Return what each table of affine_nibbles.h does; all but two follow AES's S-box."""
    to_inverse = AES_MAP.inverse()
    after_sbox = {name: after @ to_inverse for name, after in PARTS.items()}
    return {
        "TO_AES": TO_AES.linear(),
        "FROM_AES": FROM_AES,
        "TO_SM4": TO_SM4 @ to_inverse,
    } | after_sbox


@pytest.mark.parametrize(("name", "expected"), nibble_maps().items())
def test_nibble_tables_are_those_of_the_map(name: str, expected: Affine) -> None:
    table = re.search(
        rf"\bNIBBLES_{name}\[32\] = {{(.*?)}};", header("affine_nibbles.h"), re.DOTALL
    )
    assert table
    assert [int(byte, 16) for byte in re.findall(r"0x([0-9A-F]{2})", table[1])] == (
        expected.nibbles()
    )


# The tower of tower.h: bits that multiply by AND, three extensions, and the norms of their roots.
GF4 = quadratic_extension(lambda a, b: a & b, 1, 1)
GF16 = quadratic_extension(GF4, 2, 0b10)
TOWER = quadratic_extension(GF16, 4, 0b0010)
TOWER_BASIS = isomorphisms(TOWER, 0xFF)[1]
TO_TOWER = TOWER_BASIS @ SM4_MAP
TOWER_TO_SM4 = SM4_MAP @ TOWER_BASIS.inverse()


def test_sm4_inverts_in_the_tower() -> None:
    inverses = {a: b for a in range(256) for b in range(256) if TOWER(a, b) == 0xFF} | {0: 0}
    assert bytes(TOWER_TO_SM4(inverses[TO_TOWER(x)]) for x in range(256)) == SBOX


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TO_TOWER", TO_TOWER),
        ("FROM_TOWER", TO_TOWER.linear().inverse()),
        ("TOWER_TO_SM4", TOWER_TO_SM4),
    ],
)
def test_matrix_and_constant_of_the_tower_are_those_of_the_map(name: str, expected: Affine) -> None:
    numbers = defined("tower.h")
    assert numbers[name] == expected.matrix()
    assert numbers.get(f"{name}_CONSTANT", 0) == expected.constant


def sums(x: int) -> dict[str, int]:
    """Return what planes_diffuse computes of a byte, one bit for each name."""
    bits = {f"x.of[{i}]": x >> i & 1 for i in range(8)}
    body = header("tower.h").split("void planes_diffuse", 1)[1]
    for name, value in re.findall(r"([\w>\[\]-]+) = ([^,;]+)[,;]", body):
        complement = value.startswith("~")
        bits[name] = complement
        for term in re.findall(r"[\w.\[\]]+", value):
            bits[name] ^= bits[term]
    return bits


def test_sums_of_the_tower_are_those_of_the_maps() -> None:
    w, u = (part(TO_TOWER, layer, TOWER_TO_SM4) for layer in (LAYER_W, LAYER_U))
    for x in range(256):
        bits = sums(x)
        found = [sum(bits[f"{name}->of[{i}]"] << i for i in range(8)) for name in "wu"]
        assert found == [w(x) ^ u.constant, u.linear()(x)]
