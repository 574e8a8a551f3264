"""A linked and renamed program does what its modules did, in CPython and in MicroPython."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from linli_tools.image.board_source import strip
from linli_tools.image.chunks import Layout
from linli_tools.image.constants import inline
from linli_tools.image.interned import intern
from linli_tools.image.linker import link
from linli_tools.image.program import parse
from linli_tools.image.short_names import foreign_names, rom_names, shorten

MICROPYTHON = Path(sys.executable).with_name("micropython")


def linked(
    sources: dict[str, str], exports: dict[str, list[str]] | None = None, first: str | None = None
) -> dict[str, str]:
    """Return the chunks of a program whose module "main" shows what it does in `run()`."""
    exports = exports or {"main": ["run"]}
    program = parse(sources)
    strip(program)
    inline(program, exports)
    entries = [*([first] if first else []), *exports]
    layout = Layout(entries, [next(iter(exports))], first)
    foreign = foreign_names()
    trees, fixed = link(program, layout, exports, foreign)
    shorten(trees, fixed, foreign)
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def shown(chunks: dict[str, str], folder: Path, interpreter: str = sys.executable) -> str:
    """Return what a program prints that calls main.run()."""
    for name, text in chunks.items():
        file = folder / f"{name.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "go.py").write_text("import main\nmain.run()\n", encoding="utf-8")
    environment = {"MICROPYPATH": f"{folder}:.frozen"}
    run = subprocess.run(
        [interpreter, str(folder / "go.py")], capture_output=True, env=environment, timeout=30
    )
    assert run.returncode == 0, run.stderr.decode() + run.stdout.decode()
    return run.stdout.decode()


def modules(sources: dict[str, str]) -> dict[str, str]:
    return {name.replace(".__init__", "/__init__"): text for name, text in sources.items()}


PROGRAMS: dict[str, dict[str, str]] = {
    "imports of all forms": {
        "main": """
import struct
from array import array
from parts import tools
from parts.tools import twice as double, TABLE
from parts import names as words
from parts.more import twice

def run():
    print(tools.twice(2), double(3), TABLE, words.greet("you"), twice(4))
    print(struct.calcsize(">I"), list(array("B", b"ab")))
""",
        "parts.__init__": '"""Parts."""\n',
        "parts.tools": "import struct\nTABLE = [1, 2]\n\n"
        "def twice(n):\n    return struct and 2 * n\n",
        "parts.names": "GREETING = ['hello']\n\ndef greet(who):\n    return GREETING[0] + who\n",
        "parts.more": "from .tools import twice as original\n\n"
        "def twice(n):\n    return original(n) + 1\n",
    },
    "scopes": {
        "main": """
from counting import counter, total, add
size = 3
value = 10

class Box:
    size = size + 1
    def value(self):
        return value + self.size
    def grow(self, size):
        self.size = size
        return [value for value in range(size) if value] + [size]

def run():
    count = counter(5)
    print(count(), count(), total(), add(4), total())
    box = Box()
    print(box.value(), box.grow(3), Box.size, size)
    print((lambda size, value=value: size + value)(1), {size: value for size in "ab"})
    try:
        raise KeyError("gone")
    except KeyError as size_error:
        print(size_error.args[0])
""",
        "counting": """
sum_so_far = 1

def counter(start):
    def go():
        nonlocal start
        start += 1
        return start
    return go

def add(amount):
    global sum_so_far
    sum_so_far += amount
    return sum_so_far

def total():
    return sum_so_far
""",
    },
    "classes": {
        "main": """
from base import Base, Shape
import base

class Heir(Base):
    limit = 5
    def __init__(self, name, amount=1):
        super().__init__(name)
        self.amount = amount
    def _step(self):
        return super()._step() + self.amount
    @property
    def doubled(self):
        return self.amount * 2
    @doubled.setter
    def doubled(self, amount):
        self.amount = amount // 2

def run():
    heir = Heir("heir", amount=3)
    print(heir.go(), heir.label, heir.limit, Heir.made(), heir.doubled)
    heir.doubled = 14
    print(heir.amount, isinstance(heir, base.Base), Shape().edges)
    for name in ("door", "lamp"):
        print(getattr(heir, "set_" + name)(1))
    print(getattr(heir, "list_version", None), getattr(heir, "nothing_there", None))
""",
        "base": """
class Base:
    limit = 4
    def __init__(self, name):
        self.label = name
        self.list_version = 7
    def go(self):
        return self._step()
    def _step(self):
        return 1
    def set_door(self, value):
        return "door", value
    def set_lamp(self, value):
        return "lamp", value
    @staticmethod
    def made():
        return "made"
    @classmethod
    def other(cls):
        return cls.limit

class Shape:
    edges = 3
""",
    },
    "loaded on demand": {
        "main": """
from shared import log

def run():
    log("begin")
    from late import work
    work(log)
    module = __import__("ways.one", None, None, ("build",))
    print(module.build(2), module.DEFAULTS)
""",
        "shared": "lines = []\n\n"
        "def log(text):\n    lines.append(text)\n    print(len(lines), text)\n",
        "late": "from shared import log\nfrom only_late import helped\nlog('loaded')\n\n"
        "def work(say):\n    from shared import log\n    say(helped())\n    log('done')\n",
        "only_late": "def helped():\n    return 'helped'\n",
        "ways.__init__": "",
        "ways.one": "from shared import log\nDEFAULTS = {'a': 1}\n\ndef build(n):\n"
        "    log('built')\n    return n\n",
    },
    "fallbacks": {
        "main": "from engine import NAME, mix, crypt\n\n"
        "def run():\n    print(NAME, mix(3), crypt(1))\n",
        "engine": """
try:
    from linli_not_there import mix
    NAME = "native"
except ImportError:
    from plain import mix, NAME

def crypt(n):
    return n

try:
    from linli_not_there import crypt
except ImportError:
    pass
""",
        "plain": "NAME = 'plain'\n\ndef mix(n):\n    return -n\n",
    },
    "generators and tasks": {
        "main": """
import asyncio

class Part:
    period_ms = 1
    async def keep_going(self, times):
        for turn in range(times):
            await asyncio.sleep(0)
            print(turn)
        return sum(each for each in self.numbers(3))
    def numbers(self, up_to):
        yield from range(up_to)

async def all_of_it(part):
    return await part.keep_going(2)

def run():
    print(asyncio.run(all_of_it(Part())))
    first, *rest = [1, 2, 3]
    print(first, rest, sorted(rest, key=lambda each: -each))
""",
    },
}
EXPORTS = {"loaded on demand": {"main": ["run"], "ways.one": ["DEFAULTS", "build"]}}


@pytest.mark.parametrize("interpreter", [sys.executable, str(MICROPYTHON)], ids=["c", "micro"])
@pytest.mark.parametrize("what", PROGRAMS)
def test_a_linked_program_does_what_its_modules_did(
    what: str, interpreter: str, tmp_path: Path
) -> None:
    expected = shown(modules(PROGRAMS[what]), tmp_path / "before")
    chunks = linked(PROGRAMS[what], EXPORTS.get(what))
    assert shown(chunks, tmp_path / "after", interpreter) == expected


def test_what_is_always_loaded_is_one_file_and_what_is_not_stays_apart() -> None:
    what = "loaded on demand"
    chunks = linked(PROGRAMS[what], EXPORTS[what])
    assert set(chunks) == {"main", "linli_late", "ways.one"}
    assert "helped" in chunks["linli_late"] and "helped" not in chunks["main"]


def test_what_runs_first_loads_nothing_of_the_rest() -> None:
    chunks = linked(
        {
            "boot": "def choose():\n    from record import chosen\n    return chosen()\n\n"
            "print(choose())\n",
            "record": "from checks import is_good\n\ndef chosen():\n    return is_good(1)\n",
            "checks": "def is_good(n):\n    try:\n        from fast import good\n"
            "    except ImportError:\n        from slow import good\n    return good(n)\n",
            "fast": "def good(n):\n    return n\n",
            "slow": "def good(n):\n    return n\n",
            "main": "from checks import is_good\nfrom fast import good\nfrom rest import big\n\n"
            "def run():\n    print(is_good(2), good(3), big())\n",
            "rest": "def big():\n    return 'big'\n",
        },
        {"main": ["run"]},
        "boot",
    )
    early = [text for name, text in chunks.items() if name not in ("boot", "main")]
    assert "'big'" in chunks["main"]
    assert not any("'big'" in text or "from main" in text for text in [*early, chunks["boot"]])


def test_own_names_are_short_and_those_of_others_stay() -> None:
    text = linked(PROGRAMS["classes"])["main"]
    for gone in ("Heir", "Base", "doubled", "_step", "Shape"):
        assert gone not in text
    for kept in ("set_door", "set_lamp", "list_version", "__init__", "def run()", "getattr"):
        assert kept in text


def test_what_nothing_uses_goes() -> None:
    text = linked(PROGRAMS["classes"])["main"]
    assert "classmethod" not in text and "staticmethod" in text


def test_parameters_of_what_comes_from_outside_keep_their_names() -> None:
    text = linked(
        {
            "main": "import machine\n\ndef counter(filter_time, width_bits):\n"
            "    return machine.Counter(1, filter_time=filter_time, other_thing=width_bits)\n\n"
            "def run():\n    counter(filter_time=3, width_bits=2)\n"
        }
    )["main"]
    assert "filter_time=" in text and "other_thing=" in text and "width_bits" not in text


@pytest.mark.parametrize(
    "sources",
    [
        {"main": "import a\n\ndef run():\n    print(a)\n", "a": "def go():\n    pass\n"},
        {"main": "from a import b\n\ndef run():\n    b()\n", "a": "def go():\n    pass\n"},
        {
            "main": "from p import a\n\ndef run():\n    a.x = 1\n",
            "p.__init__": "",
            "p.a": "x = 2\n",
        },
        {
            "main": "def run():\n    from p import a\n    a.go()\n",
            "p.__init__": "",
            "p.a": "x = 2\n",
        },
        {"main": "import os.path\n\ndef run():\n    pass\n"},
    ],
    ids=["a module as a value", "no such name", "set from outside", "late module", "dotted import"],
)
def test_what_cannot_be_linked_is_named(sources: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        linked(sources)


def test_viper_functions_keep_their_types(tmp_path: Path) -> None:
    chunks = linked(
        {
            "main": "from fast import total\n\ndef run():\n    print(total(b'abc'))\n",
            "fast": "import micropython\n\n"
            "@micropython.viper\ndef _sum(data: ptr8, n: int) -> int:\n"
            "    s = 0\n    for i in range(n):\n        s += data[i]\n    return s\n\n"
            "def total(data):\n    return _sum(data, len(data))\n",
        }
    )
    assert ": ptr8" in chunks["main"]
    assert shown(chunks, tmp_path, str(MICROPYTHON)) == "294\n"


def test_names_said_to_be_in_rom_are() -> None:
    uses = "".join(f"exec('lambda x: x.{name}')\n" for name in rom_names() if name.isidentifier())
    run = subprocess.run(
        [str(MICROPYTHON), "-c", uses + "import micropython\nmicropython.qstr_info(1)"],
        capture_output=True,
        timeout=30,
    )
    made = {line[2:-1] for line in run.stdout.decode().splitlines() if line.startswith("Q(")}
    assert made and not made & set(rom_names())


def test_long_strings_become_names_where_they_can(tmp_path: Path) -> None:
    tree = ast.parse("def run():\n    print('retry_max_ms', {'retry_max_ms': 'no: name here'})\n")
    intern(tree)
    assert ast.unparse(tree).splitlines()[0] == "lambda retry_max_ms: 0"
    text = shown({"main": ast.unparse(tree)}, tmp_path, str(MICROPYTHON))
    assert text == "retry_max_ms {'retry_max_ms': 'no: name here'}\n"


def test_what_is_imported_and_not_used_is_imported_to_be_loaded(tmp_path: Path) -> None:
    chunks = linked(
        {
            "main": "import late, stays\nfrom late import LIMIT\n\ndef run():\n"
            "    from passes import go\n    go(late.LIMIT)\n",
            "passes": "from stays import say\n\ndef go(n):\n    say(n)\n",
            "stays": "def say(n):\n    print('said', n)\n",
            "late": "LIMIT = 3\n",
        },
    )
    assert "'said'" in chunks["main"] and "'said'" not in chunks["linli_passes"]
    assert shown(chunks, tmp_path) == "said 3\n"
