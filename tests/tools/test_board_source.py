"""What boards get of the sources: the same code, without what only people and hosts read."""

import ast

from linli_tools.image.board_source import strip
from linli_tools.image.constants import inline
from linli_tools.image.program import parse

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


def slim(sources: dict[str, str], exported: dict[str, list[str]] | None = None) -> dict[str, str]:
    program = parse(sources)
    strip(program)
    inline(program, exported or {})
    return {name: ast.unparse(module.tree) for name, module in program.items()}


def test_constants_stand_as_values_where_they_are_used() -> None:
    slimmed = slim(SOURCES)
    assert slimmed["room.codes"] == (
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


def test_a_constant_that_is_looked_up_at_run_time_stays_and_so_does_the_way_to_it() -> None:
    sources = {
        "room.__init__": "",
        "room.kind": "KIND = 3\nOTHER = 4\n",
        "room.valve": "from .kind import KIND, OTHER\nSUM = KIND + OTHER\n",
    }
    slimmed = slim(sources, {"room.valve": ["KIND"]})
    assert slimmed["room.kind"] == "KIND = 3"
    assert slimmed["room.valve"] == "from .kind import KIND"


def test_a_constant_imported_from_one_that_imports_it_is_the_same() -> None:
    sources = {
        "room.__init__": "",
        "room.first": "STEP = 3\n",
        "room.second": "from .first import STEP\n",
        "room.third": "from .second import STEP\n\n\ndef step():\n    return STEP\n",
    }
    assert "return 3" in slim(sources)["room.third"]


def test_viper_keeps_its_types() -> None:
    text = "@micropython.viper\ndef add(a: int, b: ptr8) -> uint:\n    return a + b[0]\n"
    assert slim({"viper": text})["viper"] == text.strip()
