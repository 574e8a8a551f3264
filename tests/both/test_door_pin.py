"""The door's keypad: PINs, card and PIN, wrong ones, and the one that calls for help."""

from doors import ALICE, BOB, GUEST, STRANGER, closed_door, enter, events, last_event, show
from linli_firmware import patterns
from linli_firmware.actions import Send
from linli_firmware.apps import door as door_module
from linli_firmware.apps.entry import CLEAR
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from support import raises

CARD_AND_PIN = {"mode": "card+pin"}
PIN = {"mode": "pin"}


def test_card_and_pin_open_together_and_not_alone():
    door = closed_door(CARD_AND_PIN)
    show(door, ALICE)
    assert door.levels["strike"] == 0
    assert door.levels["led"] == patterns.WAITING
    enter(door, "2468")
    assert door.levels["strike"] == 1
    door.run(60000)
    enter(door, "2468")
    assert door.levels["strike"] == 0


def test_a_pin_opens_only_with_its_own_card():
    door = closed_door(CARD_AND_PIN)
    show(door, BOB)
    enter(door, "2468")
    assert last_event(door)["code"] == codes.DENIED_PIN
    assert last_event(door)["subject"] == BOB
    assert door.levels["strike"] == 0


def test_a_holder_without_a_pin_does_not_get_in_where_one_is_asked():
    door = closed_door(CARD_AND_PIN)
    show(door, GUEST)
    enter(door, "0000")
    assert last_event(door)["code"] == codes.DENIED_PIN


def test_a_card_without_its_pin_is_accounted_for():
    door = closed_door(CARD_AND_PIN)
    show(door, ALICE)
    door.run(10000)
    assert last_event(door)["code"] == codes.DENIED_PIN
    assert last_event(door)["detail"] == door_module.NO_PIN
    assert door.levels["led"] == patterns.OFF
    enter(door, "2468")
    assert door.levels["strike"] == 0


def test_a_stranger_is_not_told_that_the_card_is_unknown_before_the_pin():
    door = closed_door(CARD_AND_PIN)
    show(door, STRANGER)
    assert door.levels["led"] == patterns.WAITING
    enter(door, "1234")
    assert last_event(door)["code"] == codes.DENIED_UNKNOWN


def test_a_pin_alone_opens():
    door = closed_door(PIN)
    enter(door, "97531")
    assert (last_event(door)["code"], last_event(door)["subject"]) == (codes.GRANTED, ALICE)


def test_digits_can_be_cleared_and_are_forgotten_in_time():
    door = closed_door(PIN)
    door.do("press_key", 9)
    door.do("press_key", CLEAR)
    enter(door, "97531")
    assert last_event(door)["code"] == codes.GRANTED
    door.do("press_key", 9)
    door.run(10000)
    enter(door, "7531")
    assert last_event(door)["code"] == codes.DENIED_PIN


def test_a_longer_entry_is_not_cut_down_to_a_right_one():
    door = closed_door(PIN)
    enter(door, "975310000000")
    assert door.levels["strike"] == 0


def test_every_key_sounds_the_same():
    door = closed_door(CARD_AND_PIN)
    for key in range(12):
        door.do("press_key", key)
        assert door.actions[-1].value == patterns.KEY


def test_wrong_pins_block_the_keypad_and_a_restart_does_not_help():
    store = MemoryStore()
    door = closed_door(PIN, store=store)
    for _ in range(5):
        enter(door, "1111")
    enter(door, "97531")
    assert events(door) == [codes.DENIED_PIN] * 5 + [codes.DENIED_BLOCKED]
    again = closed_door(PIN, store=store)
    enter(again, "97531")
    assert last_event(again)["code"] == codes.DENIED_BLOCKED
    again.run(300000)
    enter(again, "1111")
    enter(again, "97531")
    assert last_event(again)["code"] == codes.DENIED_BLOCKED
    again.run(300000)
    enter(again, "97531")
    assert last_event(again)["code"] == codes.GRANTED
    for _ in range(4):
        enter(again, "1111")
    enter(again, "97531")
    assert last_event(again)["code"] == codes.GRANTED


def test_cards_work_while_the_keypad_is_blocked():
    store = MemoryStore()
    door = closed_door(PIN, store=store)
    for _ in range(5):
        enter(door, "1111")
    cards = closed_door(store=store)
    show(cards, ALICE)
    assert cards.levels["strike"] == 1


def test_the_duress_pin_opens_as_usual_and_calls_for_help_first():
    for config, card, pin in ((CARD_AND_PIN, True, "2469"), (PIN, False, "97532")):
        door = closed_door(config)
        if card:
            show(door, ALICE)
        enter(door, pin)
        assert door.levels["strike"] == 1
        assert door.levels["led"] == patterns.GRANTED
        sends = [each for each in door.actions if isinstance(each, Send)]
        assert sends[-1].fields["code"] == codes.DURESS
        assert sends[-1].fields["subject"] == ALICE
        assert sends[-1].priority == messages.URGENT


def test_the_duress_pin_of_a_nine_ends_in_zero():
    door = closed_door(CARD_AND_PIN)
    show(door, BOB)
    enter(door, "13570")
    assert last_event(door)["code"] == codes.DURESS


def test_a_door_without_duress_takes_it_for_a_wrong_pin():
    door = closed_door({"mode": "pin", "duress_pin": False})
    enter(door, "97532")
    assert last_event(door)["code"] == codes.DENIED_PIN


def test_a_keypad_needs_a_key():
    assert "pin_key" in str(raises(ValueError, closed_door, {"mode": "pin", "pin_key": None}))
    assert "mode" in str(raises(ValueError, closed_door, {"mode": "face"}))
    assert "colour" in str(raises(ValueError, closed_door, {"colour": 1}))
