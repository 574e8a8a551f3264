"""Short names for parameters and for what begins with an underscore, shared where they never meet.

MicroPython's table of names doubles whenever it is full, so that names are dear on a heap that code
is loaded to. A private name is only used in the module of its class or function and in those of
classes that inherit from it or from which it inherits. Two names that no such group has in common
can therefore become the same short one. A parameter is known outside its function only where some
call names it.
"""

import ast
import itertools
import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from keyword import iskeyword

_PRIVATE = re.compile(r"_[A-Za-z]\w*")


def shorten(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    """Rename in the modules `trees` (dotted name to tree) and return short names by old ones."""
    group_of = _groups(trees)
    groups: dict[str, set[str]] = {}
    uses = Counter[str]()
    for module, tree in trees.items():
        for name in _private_names(tree):
            groups.setdefault(name, set()).add(group_of[module])
            uses[name] += 1
    for tree in trees.values():
        for name in _imported(tree):
            groups.pop(name, None)
    taken: dict[str, set[str]] = {}
    short: dict[str, str] = {}
    for name in sorted(groups, key=lambda name: (-uses[name], name)):
        short[name] = next(
            candidate
            for candidate in _candidates()
            if not groups[name] & taken.get(candidate, set())
        )
        taken.setdefault(short[name], set()).update(groups[name])
    for tree in trees.values():
        for node, field in _named(tree):
            old = getattr(node, field)
            setattr(node, field, short.get(old, old))
    _shorten_parameters(trees)
    return short


def _shorten_parameters(trees: Mapping[str, ast.Module]) -> None:
    named = {
        node.arg
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
    }
    for tree in trees.values():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                _shorten_in(function, named)


def _shorten_in(function: ast.FunctionDef, named: set[str | None]) -> None:
    names = {getattr(node, field) for node, field in _named(function)}
    free = (each for each in _candidates("") if each not in names and not iskeyword(each))
    # What a function or lambda within takes by the same name is another variable.
    taken = Counter(node.arg for node in ast.walk(function) if isinstance(node, ast.arg))
    for node in ast.walk(function):
        if isinstance(node, ast.Nonlocal):
            taken.update(node.names)
    short = {
        node.arg: next(free)
        for node in function.args.args
        if node.arg not in named and node.arg != "self" and taken[node.arg] == 1
    }
    # Not in defaults and decorators: those belong to what is around the function.
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                node.id = short.get(node.id, node.id)
    for node in function.args.args:
        node.arg = short.get(node.arg, node.arg)


def _candidates(start: str = "_") -> Iterator[str]:
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield start + "".join(letters)


def _named(tree: ast.AST) -> "Iterator[tuple[ast.AST, str]]":
    """Yield each node that bears a name, with the field that holds it."""
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                yield node, "id"
            case ast.Attribute():
                yield node, "attr"
            case ast.FunctionDef() | ast.ClassDef():
                yield node, "name"
            case ast.arg() | ast.keyword():
                yield node, "arg"


def _private_names(tree: ast.Module) -> Iterator[str]:
    for node, field in _named(tree):
        name = getattr(node, field)
        if name and _PRIVATE.fullmatch(name):
            yield name


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.name
                yield alias.asname or alias.name


def _groups(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    """Return for each module the name of its group: modules whose classes inherit share one."""
    parent = {module: module for module in trees}

    def root(module: str) -> str:
        while parent[module] != module:
            module = parent[module]
        return module

    home: dict[str, set[str]] = {}
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                home.setdefault(node.name, set()).add(module)
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    name = ast.unparse(base).rpartition(".")[2]
                    for other in home.get(name, ()):
                        parent[root(other)] = root(module)
    return {module: root(module) for module in trees}
