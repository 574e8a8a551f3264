"""SM2 verification: the standard's example, every check, and points that meet on their way."""

from linli_protocol import sm2
from support import Random
from updates import KEY, multiple, public_key, sign

# GM/T 0003.5-2012, annex A.2 (GB/T 32918.5-2017, annex A.2).
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
R = int.from_bytes(SIGNATURE[:32], "big")
S = int.from_bytes(SIGNATURE[32:], "big")


def pair(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verdict(key, e, signature):
    """Run a verification of a digest to its end."""
    steps = sm2.verification(key, e, signature)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_example_of_the_standard():
    assert sm2.hash_of_signer(KEY) == bytes.fromhex(
        "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    )
    assert sm2.digest(KEY, MESSAGE) == bytes.fromhex(
        "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    )
    assert sm2.verify(KEY, MESSAGE, SIGNATURE) is True


def test_another_message_identity_or_key_is_refused():
    assert sm2.verify(KEY, MESSAGE + b".", SIGNATURE) is False
    assert sm2.verify(KEY, b"", SIGNATURE) is False
    assert not sm2.verify(KEY, MESSAGE, SIGNATURE, b"1234567812345679")
    assert not sm2.verify(KEY, MESSAGE, SIGNATURE, b"")
    assert not sm2.verify(public_key(5), MESSAGE, SIGNATURE)
    other = sign(MESSAGE, identity=b"ALICE123@YAHOO.COM")
    assert sm2.verify(KEY, MESSAGE, other, b"ALICE123@YAHOO.COM")
    assert not sm2.verify(KEY, MESSAGE, other)


def test_numbers_out_of_range_are_refused():
    n = sm2.N
    top = (1 << 256) - 1
    for r, s in (
        (0, S),
        (R, 0),
        (0, 0),
        (n, S),
        (R, n),
        (n, n),
        (R, top),
        (top, S),
        (n + 1, S),
        (R, n + 1),
        (n - R, S),
        (R, n - S),
        (S, R),
        (1, 1),
        (n - 1, n - 1),
        (n - 1, 1),
    ):
        assert not sm2.verify(KEY, MESSAGE, pair(r, s)), (r, s)
    # Congruent to the right ones.
    for each in (R, S):
        if each + n <= top:
            assert not sm2.verify(KEY, MESSAGE, pair(R + n * (each == R), S + n * (each == S)))


def test_a_sum_of_zero_is_refused_whatever_the_digest():
    # With t = 0 the key would not count at all.
    for s in (1, 2, S):
        x, _ = multiple(s)
        r = sm2.N - s
        e = (r - x) % sm2.N
        assert not verdict(KEY, e.to_bytes(32, "big"), pair(r, s))


def test_wrong_lengths_are_refused():
    for signature in (b"", SIGNATURE[:63], SIGNATURE + b"\0", SIGNATURE[1:], bytes(64)):
        assert not sm2.verify(KEY, MESSAGE, signature)
    for key in (b"", KEY[1:], KEY[:64], KEY + b"\0", b"\x02" + KEY[1:33]):
        assert not sm2.is_public_key(key)
        assert not sm2.verify(key, MESSAGE, SIGNATURE)


def test_keys_that_are_no_points_or_everybody_s_are_refused():
    x = int.from_bytes(KEY[1:33], "big")
    y = int.from_bytes(KEY[33:], "big")
    for form, px, py in (
        (4, 0, 0),
        (4, x, y ^ 1),
        (4, x + 1, y),
        (4, y, x),
        (4, x, 0),
        (4, sm2.P, y),
        (4, x, sm2.P),
        (4, sm2.GX, sm2.GY),
        (4, sm2.GX, sm2.P - sm2.GY),
        (0, x, y),
        (2, x, y),
        (6, x, y),
    ):
        key = bytes((form,)) + pair(px, py)
        assert not sm2.is_public_key(key), (form, px, py)
        assert not sm2.verify(key, MESSAGE, SIGNATURE)
    # On the curve, but counted beyond p.
    small = 0
    while True:
        small += 1
        square = (small * small * small - 3 * small + sm2.B) % sm2.P
        root = pow(square, (sm2.P + 1) // 4, sm2.P)
        if root * root % sm2.P == square:
            break
    assert sm2.is_public_key(b"\x04" + pair(small, root))
    assert not sm2.is_public_key(b"\x04" + pair(small + sm2.P, root))


def test_any_changed_bit_is_refused():
    for bit in range(0, 512, 7):
        changed = bytearray(SIGNATURE)
        changed[bit // 8] ^= 1 << bit % 8
        assert not sm2.verify(KEY, MESSAGE, bytes(changed)), bit


def test_signatures_of_many_keys_and_messages():
    random = Random(3)
    for length in (0, 1, 55, 64, 200):
        private = 2 + int.from_bytes(random.bytes(32), "big") % (sm2.N - 4)
        message = random.bytes(length)
        signature = sign(message, private)
        assert sm2.verify(public_key(private), message, signature)
        assert not sm2.verify(KEY, message, signature)


def test_points_that_meet_on_their_way_are_added_right():
    # With keys next to G the sum passes through ±G, ±key, their sums, doubles and infinity.
    n = sm2.N
    random = Random(9)
    factors = [1, 2, 3, 4, 5, 7, n - 1, n - 2, n - 3, n >> 1, (n >> 1) + 1, 1 << 255]
    factors.append(int.from_bytes(random.bytes(32), "big") % n)
    for private, first in ((2, 0), (3, 1), (n - 2, 0), ((n + 1) // 2, 1)):
        key = public_key(private)
        for s in factors[first::2]:
            for t in factors[: 12 - 4 * first]:
                r = (t - s) % n
                factor = (s + t * private) % n
                if not r or not s:
                    continue
                if factor:
                    e = (r - multiple(factor)[0]) % n
                    assert verdict(key, e.to_bytes(32, "big"), pair(r, s)), (private, s, t)
                    e = (e + 1) % n
                else:
                    # The sum is infinity, which has no x, not even 0.
                    e = r
                assert not verdict(key, e.to_bytes(32, "big"), pair(r, s)), (private, s, t)


def test_an_x_between_n_and_p_counts_modulo_n():
    n = sm2.N
    x = n
    while True:
        x += 1
        square = (x * x * x - 3 * x + sm2.B) % sm2.P
        y = pow(square, (sm2.P + 1) // 4, sm2.P)
        if y * y % sm2.P == square:
            break
    # A key for which s·G + t·key is that point: (point - s·G) / t.
    s, t = 5, 3
    sx, sy = multiple(s)
    px, py, pz = sm2.add((x, y, 1), sx, sm2.P - sy)
    inverse = pow(pz, sm2.P - 2, sm2.P)
    third = pow(t, n - 2, n)
    kx, ky = multiple(
        third, px * inverse * inverse % sm2.P, py * inverse * inverse * inverse % sm2.P
    )
    key = b"\x04" + pair(kx, ky)
    r = (t - s) % n
    e = (r - x) % n
    assert verdict(key, e.to_bytes(32, "big"), pair(r, s))
    assert not verdict(key, ((e + 1) % n).to_bytes(32, "big"), pair(r, s))


def test_work_comes_in_steps_that_leave_room_for_others():
    steps = list(sm2.verification(KEY, sm2.digest(KEY, MESSAGE), SIGNATURE))
    assert len(steps) > 30
