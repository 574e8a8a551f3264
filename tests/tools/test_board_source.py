"""What boards get of the sources: the same code, without what only people and hosts read."""

import ast

from linli_tools.image.board_source import slim

CODES = '''
"""Codes."""
OPEN = 1
CLOSED = OPEN + 1
FLAG = 1 << 4
NAMES = {OPEN: "open"}
LONG_NAME = "a name that is not interned"
'''

DOOR = '''
from . import codes
from .codes import CLOSED, NAMES
from .codes import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Store

_STEP = 3
_KEY = "door"
DEFAULTS = {"step": _STEP}

class Base:
    """A base."""

    __slots__ = ("_state",)

    def __init__(self, store: "Store") -> None:
        self._state: int = codes.OPEN

class Door(Base):
    def _next(self) -> int:
        """Return the next state."""
        self._state += _STEP
        return self._state | FLAG

    def step(self) -> "tuple[str, int, str]":
        return _KEY, self._next(), NAMES[codes.CLOSED - 1]
'''

SOURCES = {"room.__init__": '"""A room."""\n', "room.codes": CODES, "room.door": DOOR}


def test_constants_stand_as_values_where_they_are_used() -> None:
    slimmed = slim(SOURCES)
    assert ast.unparse(ast.parse(slimmed["room.codes"])) == (
        "NAMES = {1: 'open'}\nLONG_NAME = 'a name that is not interned'"
    )
    door = slimmed["room.door"]
    for gone in ("codes.", "CLOSED", "FLAG", "_STEP", "_KEY", "TYPE_CHECKING", "slots", "Store"):
        assert gone not in door
    assert "from .codes import NAMES" in door and "import codes" not in door


def test_the_code_does_what_it_did() -> None:
    results = []
    for sources in (SOURCES, slim(SOURCES)):
        codes: dict[str, object] = {}
        exec(sources["room.codes"], codes)
        body = [
            line
            for line in sources["room.door"].splitlines()
            if not line.startswith("from .codes") and line != "from . import codes"
        ]
        door = codes | {"codes": type("codes", (), codes)}
        exec("\n".join(body), door)
        made = door["Door"](None)  # type: ignore[operator]
        results.append([made.step(), made.step(), door["DEFAULTS"]])
    assert results[0] == results[1]


def test_a_name_that_is_bound_twice_is_no_constant() -> None:
    text = "LIMIT = 1\nLIMIT = 2\n\n\ndef limit(SIZE):\n    return LIMIT + SIZE\n\n\nSIZE = 9\n"
    assert slim({"room.limits": text})["room.limits"].count("LIMIT") == 3
    assert "SIZE = 9" in slim({"room.limits": text})["room.limits"]


def test_private_names_of_classes_that_never_meet_are_shared() -> None:
    one = "class One:\n    def __init__(self):\n        self._first = self._second = 0\n"
    heir = (
        "from .one import One\n\n\nclass Heir(One):\n    def go(self):\n"
        "        self._third = self._first\n"
    )
    other = "class Other:\n    def __init__(self):\n        self._fourth = 0\n"
    slimmed = slim({"room.one": one, "room.heir": heir, "room.other": other})
    private = {
        node.attr
        for text in slimmed.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
    }
    assert private == {"_a", "_b", "_c"}
    assert "self._c = self._a" in slimmed["room.heir"]


def test_names_from_outside_keep_theirs() -> None:
    text = "from machine import _private\n\n\ndef go():\n    return _private(__name__)\n"
    assert "_private(__name__)" in slim({"room.pins": text})["room.pins"]


def test_parameters_are_short_where_no_call_names_them() -> None:
    text = (
        "def scale(volume, factor):\n    return [(lambda volume: volume)(volume) * factor]\n\n\n"
        "def told():\n    return scale(2, factor=3)\n"
    )
    assert "def scale(volume, factor)" in slim({"room.scale": text})["room.scale"]
    text = text.replace("factor=", "").replace("(lambda volume: volume)", "abs")
    slimmed = slim({"room.scale": text})["room.scale"]
    assert "def scale(a, b):\n    return [abs(a) * b]" in slimmed


def test_a_parameter_that_a_function_within_sets_keeps_its_name() -> None:
    text = (
        "def count(start):\n    def go():\n        nonlocal start\n        start += 1\n"
        "        return start\n    return go\n"
    )
    assert "def count(start)" in slim({"room.count": text})["room.count"]


def test_defaults_belong_to_what_is_around_a_function() -> None:
    text = "def go(step):\n    def add(step=step):\n        return step\n    return add\n"
    made: dict[str, object] = {}
    exec(slim({"room.go": text})["room.go"], made)
    assert made["go"](4)() == 4  # type: ignore[operator]
