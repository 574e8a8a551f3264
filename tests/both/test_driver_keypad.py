"""The keypad reports each key once, and no key that nobody pressed."""

from linli_firmware.apps.entry import CLEAR, ENTER
from linli_firmware.drivers.keypad import PHONE, Keypad
from pins import Bench, Reports


class Matrix:
    """A keypad without diodes: current finds its way through every closed crossing."""

    def __init__(self, rows=4, columns=3):
        self.bench = Bench()
        self.pressed = []
        self._active = []
        self.rows = [_Row(self, number) for number in range(rows)]
        self.columns = [_Column(self, number) for number in range(columns)]
        self.reports = Reports()
        self.driver = Keypad(self.rows, self.columns, self.reports.call("key"))
        self.bench.drivers.append(self.driver)

    def press(self, *keys, for_ms=100):
        """Hold these keys, and no others, for a while."""
        self.pressed = [divmod(PHONE.index(key), 3) for key in keys]
        self.bench.run(for_ms)

    def keys(self):
        """Return the keys reported since the last call."""
        return [values[0] for _, *values in self.reports.take()]

    def is_joined(self, column):
        reached = [("row", row) for row in self._active]
        for kind, number in reached:
            for row, other in self.pressed:
                if kind == "row" and row == number and ("column", other) not in reached:
                    reached.append(("column", other))
                if kind == "column" and other == number and ("row", row) not in reached:
                    reached.append(("row", row))
        return ("column", column) in reached


class _Row:
    def __init__(self, matrix, number):
        self._matrix = matrix
        self._number = number

    def value(self, level):
        active = self._matrix._active
        if level:
            active.append(self._number)
        else:
            active.remove(self._number)


class _Column:
    def __init__(self, matrix, number):
        self._matrix = matrix
        self._number = number

    def value(self):
        return int(self._matrix.is_joined(self._number))


def test_every_key_is_reported_once_a_press():
    pad = Matrix()
    for key in PHONE:
        pad.press(key, for_ms=500)
        pad.press()
    assert pad.keys() == [1, 2, 3, 4, 5, 6, 7, 8, 9, CLEAR, 0, ENTER]


def test_the_same_key_twice_is_two_keys():
    pad = Matrix()
    for _ in range(2):
        pad.press(7)
        pad.press()
    assert pad.keys() == [7, 7]


def test_a_bouncing_contact_is_one_key():
    pad = Matrix()
    for _ in range(4):
        pad.press(5, for_ms=9)
        pad.press(for_ms=6)
    pad.press(5, for_ms=100)
    for _ in range(4):
        pad.press(for_ms=9)
        pad.press(5, for_ms=6)
    pad.press()
    assert pad.keys() == [5]


def test_a_touch_that_does_not_last_is_no_key():
    pad = Matrix()
    pad.press(5, for_ms=15)
    pad.press()
    assert pad.keys() == []


def test_ghosts_of_three_keys_are_refused():
    pad = Matrix()
    # The corners of a rectangle but one: the fourth crossing, 5, shows as closed as well.
    pad.press(1, 2, 4)
    assert pad.is_joined(1) is False
    assert pad.keys() == []
    pad.press()
    assert pad.keys() == []
    assert pad.driver.counts["chords"] == 1


def test_two_keys_at_once_count_only_when_one_is_left():
    pad = Matrix()
    pad.press(1, 9)
    assert pad.keys() == []
    pad.press(9)
    assert pad.keys() == [9]


def test_typing_that_overlaps_loses_no_key():
    pad = Matrix()
    pad.press(1)
    pad.press(1, 2)
    pad.press(2)
    pad.press(2, 3)
    pad.press(3)
    pad.press()
    assert pad.keys() == [1, 2, 3]


def test_a_key_held_while_another_comes_and_goes_is_not_repeated():
    pad = Matrix()
    pad.press(1)
    pad.press(1, 2)
    pad.press(1)
    pad.press()
    assert pad.keys() == [1]
