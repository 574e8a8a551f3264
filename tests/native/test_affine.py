"""The constants of affine.h and affine_nibbles.h, computed anew from the definitions of S-boxes."""

import re
from pathlib import Path

import pytest

from linli_protocol.sm4 import SBOX
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
    isomorphism,
    multiply,
)

ENGINES = Path(__file__).parents[2] / "native/engines"

BASIS = isomorphism(lambda a, b: multiply(a, b, AES_MODULUS))
TO_AES = BASIS @ SM4_MAP
TO_SM4 = SM4_MAP @ BASIS.inverse()
FROM_AES = TO_AES.linear().inverse()
# From AES's inverse on, these do the S-box's second map and a part of the linear layer; the result
# is in AES's basis, but for the constant, which belongs to what the S-box takes.
PARTS = {
    f"TO_{name}": TO_AES.linear() @ layer @ TO_SM4
    for name, layer in (("W", LAYER_W), ("U", LAYER_U), ("V", LAYER_V))
}


def header(name: str) -> str:
    return (ENGINES / name).read_text()


def test_sm4_inverts_between_two_affine_maps() -> None:
    assert bytes(SM4_MAP(invert(SM4_MAP(x), SM4_MODULUS)) for x in range(256)) == SBOX


def test_sm4_inverts_in_the_field_of_aes() -> None:
    assert bytes(TO_SM4(invert(TO_AES(x), AES_MODULUS)) for x in range(256)) == SBOX


@pytest.mark.parametrize(
    ("name", "expected"),
    [("TO_AES", TO_AES), ("FROM_AES", FROM_AES), ("TO_SM4", TO_SM4), *PARTS.items()],
)
def test_matrix_and_constant_are_those_of_the_map(name: str, expected: Affine) -> None:
    found = dict(re.findall(r"#define (\w+) 0x([0-9A-F]+)", header("affine.h")))
    assert int(found[name], 16) == expected.matrix()
    assert int(found.get(f"{name}_CONSTANT", "0"), 16) == expected.constant


def nibble_maps() -> dict[str, Affine]:
    """Return what each table of affine_nibbles.h does; all but two follow AES's S-box."""
    to_inverse = AES_MAP.inverse()
    after_sbox = {name: part @ to_inverse for name, part in PARTS.items()}
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
