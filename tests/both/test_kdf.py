"""Key derivation: vectors, its documented input layout, and refused labels."""

from linli_protocol import crypto, kdf
from support import raises, vectors

KEY = bytes(range(16))


def test_vectors():
    for vector in vectors("crypto")["kdf"]:
        key, label, context = (bytes.fromhex(vector[name]) for name in ("key", "label", "context"))
        derived = kdf.derive(crypto.cmac, key, label, context, vector["length"])
        assert derived == bytes.fromhex(vector["derived"])
        if vector["length"] == 16:
            assert crypto.derive(key, label, context) == derived


def test_one_key_is_one_cmac_of_the_documented_bytes():
    expected = crypto.cmac(KEY, b"\x01" + b"label" + b"\x00" + b"context" + b"\x00\x80")
    assert crypto.derive(KEY, b"label", b"context") == expected


def test_keys_differ_by_key_label_context_and_length():
    keys = [
        crypto.derive(KEY, b"a", b"b"),
        crypto.derive(bytes(16), b"a", b"b"),
        crypto.derive(KEY, b"ab", b""),
        crypto.derive(KEY, b"a", b"c"),
        kdf.derive(crypto.cmac, KEY, b"a", b"b", 32)[:16],
    ]
    assert len(set(keys)) == len(keys)


def test_a_label_that_could_run_into_its_context_is_refused():
    for label in (b"", b"\x00", b"a\x00b"):
        assert "label" in str(raises(ValueError, crypto.derive, KEY, label, b""))
    for length in (0, 4081):
        assert "length" in str(raises(ValueError, kdf.derive, crypto.cmac, KEY, b"a", b"", length))
