"""What waits to be acknowledged."""

from linli_protocol.receipts import Receipts


def test_each_mark_is_told_once_and_in_order():
    receipts = Receipts()
    for mark in (1, 0x6007, 1):
        receipts.done(mark)
    fields = receipts.fields(60)
    assert fields == {"ids": b"\x00\x01\x60\x07"}
    receipts.remove(fields)
    assert len(receipts) == 0 and receipts.fields(60) == {}


def test_one_mark_stands_for_all_pieces_once_their_message_is_done():
    receipts = Receipts()
    for mark in (5, 6, 6, 9):
        receipts.held(mark)
    assert receipts.fields(60) == {"held": b"\x00\x05\x00\x06\x00\x09"}
    receipts.done(5, 6, 7)
    assert receipts.fields(60) == {"ids": b"\x00\x05", "held": b"\x00\x09"}


def test_an_acknowledgement_keeps_to_its_room():
    receipts = Receipts()
    for mark in range(40):
        receipts.done(mark)
    receipts.held(99)
    for room in (9, 20, 35, 71, 200):
        fields = receipts.fields(room)
        used = 1 + sum([3 + len(marks) for marks in fields.values()])
        assert used <= room and len(fields["ids"]) == 2 * min((room - 7) // 2, 32)
    told = 0
    while len(receipts):
        fields = receipts.fields(35)
        told += (len(fields.get("ids", b"")) + len(fields.get("held", b""))) // 2
        receipts.remove(fields)
    assert told == 41


def test_what_waits_is_bounded():
    receipts = Receipts()
    for mark in range(1000):
        receipts.done(mark)
        receipts.held(1000 + mark)
    assert len(receipts) == 128
