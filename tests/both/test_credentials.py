"""The list of credentials: large, changed in steps, whole after any power cut."""

from linli_firmware.apps import credentials
from linli_firmware.apps.credentials import Credentials
from linli_firmware.store import MemoryStore
from linli_protocol.access_list import (
    ADD,
    REMOVE,
    REPLACE,
    Credential,
    card_token,
    decode_changes,
    decode_credential,
    encode_changes,
    pin_check,
    pin_token,
)
from power import cut_everywhere
from support import raises

KEY = bytes(range(16))


def token(number):
    return card_token(34, number >> 16, number & 0xFFFF)


def adding(numbers):
    return encode_changes([(ADD, Credential(token(number), number)) for number in numbers])


def test_changes_survive_their_coding():
    guest = Credential(token(5), 77, 100, 200, 3, b"abcd")
    data = encode_changes([(ADD, guest), (REMOVE, token(9)), (REPLACE, guest)])
    assert decode_changes(data) == [
        (ADD, token(5), guest.encode()),
        (REMOVE, token(9), None),
        (REPLACE, token(5), guest.encode()),
    ]
    again = decode_credential(guest.encode())
    assert (again.person, again.valid_from, again.valid_until) == (77, 100, 200)
    assert (again.schedule, again.pin_check) == (3, b"abcd")
    for end in range(1, 23):
        raises(ValueError, decode_changes, data[:end])
    raises(ValueError, decode_changes, b"\x04" + data)


def test_the_same_pin_looks_different_for_two_holders():
    assert pin_check(KEY, token(1), "1234") != pin_check(KEY, token(2), "1234")
    assert pin_token(KEY, "1234") != pin_token(bytes(16), "1234")
    assert pin_token(KEY, "1234")[0] >> 3 == 31


def test_a_card_number_too_large_for_its_format_is_refused():
    raises(ValueError, card_token, 26, 256, 0)
    raises(ValueError, card_token, 26, 0, 65536)
    assert card_token(26, 1, 1) != card_token(34, 1, 1)


def test_5000_credentials_are_found_and_no_other():
    store = MemoryStore()
    list_ = Credentials(store, 8192)
    # Odd numbers in an order that is not theirs.
    numbers = [n * 7919 % 5000 * 2 + 1 for n in range(5000)]
    for version, start in enumerate(range(0, 5000, 33)):
        assert not list_.apply(version, version + 1, adding(numbers[start : start + 33]))
    assert list_.count == 5000
    for each in (list_, Credentials(store, 8192)):
        assert each.version == 152
        for number in range(0, 10002, 7):
            found = each.find(token(number))
            assert (found.person == number) if number & 1 and number < 10000 else found is None


def test_a_step_from_another_version_changes_nothing():
    list_ = Credentials(MemoryStore(), 100)
    assert not list_.apply(0, 3, adding([1, 2]))
    assert list_.apply(2, 4, adding([3])) == credentials.WRONG_BASE
    assert list_.apply(3, 3, adding([3])) == credentials.OLD_VERSION
    assert list_.apply(0, 3, adding([3])) == credentials.OLD_VERSION
    assert list_.version == 3 and list_.find(token(3)) is None


def test_a_wrong_step_is_refused_whole():
    list_ = Credentials(MemoryStore(), 3)
    assert not list_.apply(0, 1, adding([1, 2]))
    assert list_.apply(1, 2, adding([3]) + b"\x09") == credentials.MALFORMED
    assert list_.apply(1, 2, adding([3, 2])) == credentials.DUPLICATE
    assert list_.apply(1, 2, adding([3, 3])) == credentials.DUPLICATE
    assert list_.apply(1, 2, encode_changes([(REMOVE, token(9))])) == credentials.NOT_FOUND
    assert list_.apply(1, 2, adding([3, 4])) == credentials.FULL
    assert (list_.version, list_.count) == (1, 2) and list_.find(token(3)) is None


def test_credentials_are_replaced_and_removed():
    store = MemoryStore()
    list_ = Credentials(store, 100)
    assert not list_.apply(0, 1, adding([1, 2, 3]))
    changes = [(REPLACE, Credential(token(2), 22)), (REMOVE, token(1)), (REMOVE, token(3))]
    assert not list_.apply(1, 2, encode_changes(changes + [(ADD, Credential(token(3), 33))]))
    for each in (list_, Credentials(store, 100)):
        assert [each.find(token(n)) and each.find(token(n)).person for n in (1, 2, 3)] == [
            None,
            22,
            33,
        ]
        assert each.count == 2


def test_a_start_from_empty_forgets_the_old_list():
    list_ = Credentials(MemoryStore(), 100)
    assert not list_.apply(0, 1, adding([1, 2]))
    assert not list_.apply(1, 2, adding([3]))
    assert not list_.apply(0, 9, adding([4]))
    assert list_.count == 1
    assert list_.find(token(1)) is None and list_.find(token(3)) is None
    assert list_.find(token(4)).person == 4


def test_after_any_power_cut_the_list_is_the_old_or_the_new_version():
    contents = {0: [], 1: list(range(10)), 2: list(range(60)), 3: list(range(150)), 9: [5, 500]}
    steps = ((0, 1), (1, 2), (2, 3), (0, 9))

    def story(store):
        list_ = Credentials(store, 1000)
        for base, version in steps:
            known = contents[base]
            new = [number for number in contents[version] if not base or number not in known]
            assert not list_.apply(base, version, adding(new))
        return True

    def check(store, result):
        list_ = Credentials(store, 1000)
        expected = contents[list_.version]
        assert list_.count == len(expected)
        for number in list(range(151)) + [500]:
            assert (list_.find(token(number)) is not None) == (number in expected)
        following = list_.version + 10
        assert not list_.apply(list_.version, following, adding([900]))
        assert Credentials(store, 1000).find(token(900)).person == 900

    assert cut_everywhere(story, check) >= 14
