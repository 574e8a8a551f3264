"""Short names for all that the program itself defines, the same everywhere.

Names that MicroPython has in ROM cost no heap, whatever they mean elsewhere: those that the program
does not use otherwise come first. What others may look up keeps its name: names of MicroPython's
own and the chip's attributes, and whatever stands as a string in the program.
"""

import ast
import itertools
import string
from collections.abc import Iterable, Iterator, Mapping
from keyword import iskeyword
from pathlib import Path

from .scopes import local_names
from .unused import is_told, strings

# mpy-cross gives these a meaning of their own.
_SPECIAL = {"const", "super", "micropython", "match", "case", "type"}
_IN_ROM = Path(__file__).parent / "rom_names.txt"
_IN_STUBS = Path(__file__).parent / "stub_names.txt"
# Interfaces without stubs: the esp32 port's Pin.init, linli_native's classes, and micropython-lib's
# LoRa driver.
_WITHOUT_STUBS = {"hold", "seal", "open", "encrypt_block", "decrypt_block", "update", "digest"} | {
    *("calibrate", "configure", "irq_triggered", "poll_recv", "poll_send", "prepare_send", "recv"),
    *("rssi", "send", "set_irq_callback", "sleep", "snr", "standby", "start_recv", "start_send"),
}


def rom_names() -> list[str]:
    """Return names that MicroPython has in ROM, on the Unix port and on boards."""
    return _IN_ROM.read_text(encoding="utf-8").split()


def foreign_names() -> set[str]:
    """Return the names of what is not the program's: MicroPython's, its ports' and libraries'."""
    in_stubs = _IN_STUBS.read_text(encoding="utf-8").split()
    return set(rom_names()) | set(in_stubs) | _WITHOUT_STUBS


def shorten(trees: Mapping[str, ast.Module], fixed: Mapping[str, str], foreign: set[str]) -> None:
    """Give all names of `trees` their final form; `fixed` are symbols that have theirs already.

    A symbol of a top level and an attribute may get the same name where no class or parameter comes
    between them. ValueError: one of `fixed` gets in the way of another variable.
    """
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    told = strings(list(trees.values()))
    kept = foreign | set(fixed.values()) | _outside(nodes)
    mine = [
        name
        for name in dict.fromkeys(_own_attributes(nodes))
        if not (name in kept or name.startswith("__") or is_told(name, told))
    ]
    symbols = dict.fromkeys(name for node in nodes for name in _names(node) if ":" in name)
    variables = {name for node in nodes for name in _variables(node)}
    plain = {name for node in nodes for name in _names(node) if ":" not in name}
    in_classes = {name for node in nodes for name in _in_class(node)}
    short = dict(fixed)
    for symbol in symbols:
        own = symbol.rpartition(".")[2].rpartition(":")[2]
        if symbol.startswith(":") and own not in variables and own not in short.values():
            short[symbol] = own
    no_variable = (variables - set(mine)) | set(short.values()) | set(local_names())
    no_attribute = plain - set(mine) | {short.get(name, name) for name in in_classes}
    shared = in_classes | variables - set(symbols)
    both = [name for name in (*symbols, *mine) if name in shared]
    _assign(both, no_variable | no_attribute, short)
    taken = {short[name] for name in both if name in short}
    _assign(symbols, no_variable | taken, short)
    _assign(mine, no_attribute | taken, short)
    for chunk, tree in trees.items():
        _check(chunk, tree, short)
        _Renamer(short).visit(tree)


def _assign(names: Iterable[str], taken: set[str], short: dict[str, str]) -> None:
    """Give each of `names` that has none yet the next name that is not taken."""
    free = (name for name in _candidates() if name not in taken)
    for name in names:
        if name not in short:
            short[name] = next(free)


def _check(chunk: str, tree: ast.Module, short: Mapping[str, str]) -> None:
    """Raise ValueError when two variables of a chunk would get one name."""
    meanings: dict[str, str] = {}
    for node in ast.walk(tree):
        for name in _variables(node):
            final = short.get(name, name)
            if meanings.setdefault(final, name) != name:
                raise ValueError(f"{chunk}: {name} and {meanings[final]} are both {final}")


def _candidates() -> Iterator[str]:
    rom = sorted(rom_names(), key=lambda name: (len(name), name))
    for name in rom:
        if not name.startswith("__") and not iskeyword(name) and name not in _SPECIAL:
            yield name
    for length in itertools.count(2):
        for letters in itertools.product(string.ascii_letters, repeat=length):
            name = "".join(letters)
            if not iskeyword(name):
                yield name


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Name():
            return [node.id]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.ExceptHandler(name=str() as name):
            return [name]
        case ast.alias():
            return [node.name, node.asname or node.name]
        case ast.Global() | ast.Nonlocal():
            return list(node.names)
        case ast.arg() | ast.keyword():
            return [node.arg or ""]
        case ast.Attribute():
            return [node.attr]
    return []


def _variables(node: ast.AST) -> list[str]:
    """Return the names in a node that are looked up as variables from within functions."""
    match node:
        case ast.Name(id=name) if ":" in name or isinstance(node.ctx, ast.Load):
            return [name]
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if ":" in name:
            return [name]
        case ast.arg(arg=name):
            return [name]
    return []


def _in_class(node: ast.AST) -> Iterator[str]:
    """Yield the variables that are looked up while a class is made, outside of its functions."""
    if isinstance(node, ast.ClassDef):
        waiting: list[ast.AST] = list(node.body)
        while waiting:
            each = waiting.pop()
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += [*each.decorator_list, each.args]
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                yield each.id
            else:
                waiting += ast.iter_child_nodes(each)


def _own_attributes(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the attributes, and the parameters that calls name, of the program's own."""
    pool = set(local_names())
    for node in nodes:
        match node:
            case ast.ClassDef(body=body):
                yield from _bound_in_class(body)
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case ast.arg() if node.arg not in pool:
                yield node.arg


def _bound_in_class(body: Iterable[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from (each.id for each in ast.walk(target) if isinstance(each, ast.Name))


def _outside(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the attributes and parameters that are used of what is imported from outside."""
    found = set()
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name.startswith(":"):
                found.add(attribute)
            case ast.Call(func=function, keywords=keywords):
                while isinstance(function, ast.Attribute):
                    function = function.value
                if isinstance(function, ast.Name) and function.id.startswith(":"):
                    found.update(each.arg for each in keywords if each.arg)
    return found


class _Renamer(ast.NodeVisitor):
    def __init__(self, short: Mapping[str, str]) -> None:
        self._short = short

    def generic_visit(self, node: ast.AST) -> None:
        super().generic_visit(node)
        short = self._short
        match node:
            case ast.Name():
                node.id = short.get(node.id, node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                node.name = short.get(node.name, node.name)
            case ast.ExceptHandler(name=str() as name):
                node.name = short.get(name, name)
            case ast.Attribute():
                node.attr = short.get(node.attr, node.attr)
            case ast.arg() | ast.keyword() if node.arg:
                node.arg = short.get(node.arg, node.arg)
            case ast.Global() | ast.Nonlocal():
                node.names = [short.get(name, name) for name in node.names]
            case ast.alias():
                if ":" in node.name:
                    node.name = short[node.name]
                local = short.get(str(node.asname), node.asname)
                node.asname = None if local == node.name else local
