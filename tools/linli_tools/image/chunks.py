"""Which modules are linked into one: those that are always loaded together.

A module of its own costs a board some 500 bytes of heap and a block of flash. What an entry imports
as it loads is always loaded with it. An import anywhere else (in a function, in a `try`) loads on
demand, or not at all: what only such an import needs stays apart, one chunk for each set of places
that need it.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .program import Module, Program, imported


@dataclass(frozen=True)
class Chunk:
    """Modules of a program, each after those that it imports; loaded as `name`."""

    name: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What is loaded when: `entries` by their names, `resident` ones among them at every start.

    What `first` needs, at once or later, is kept apart from the rest: it runs before the others.
    """

    entries: Sequence[str]
    resident: Sequence[str]
    first: str | None = None


def chunks(program: Program, layout: Layout) -> list[Chunk]:
    """Return the chunks of a program, each after those that it needs as it loads."""
    needs = {
        name: list(dict.fromkeys(_static_imports(module, program)))
        for name, module in program.items()
    }
    on_demand = [
        block for module in program.values() for block in _blocks_of_imports(module, program)
    ]
    reached_by: dict[str, list[int]] = {name: [] for name in program}
    places: list[Collection[str]] = [[entry] for entry in (*layout.resident, *layout.entries)]
    for number, roots in enumerate([*places, *on_demand]):
        for name in _ordered(roots, needs):
            reached_by[name].append(number)
    early = _early(program, layout.first, needs)
    groups: dict[tuple[bool, tuple[int, ...]], list[str]] = {}
    for name in _ordered([*layout.resident, *layout.entries, *program], needs):
        numbers = reached_by[name]
        # What one resident entry has loaded is there for all others.
        key = numbers[:1] if numbers[:1] < [len(layout.resident)] else numbers
        if program[name].tree.body:
            groups.setdefault((name in early, tuple(key)), []).append(name)
    return _named(list(groups.values()), layout.entries, needs)


def _static_imports(module: Module, program: Program) -> Iterator[str]:
    for node in module.tree.body:
        yield from imported(module, node, program)


def _blocks_of_imports(module: Module, program: Program) -> Iterator[set[str]]:
    """Yield what each block of statements below the top level imports together."""
    for node in ast.walk(module.tree):
        for name, block in ast.iter_fields(node):
            if isinstance(block, list) and not (node is module.tree and name == "body"):
                found = {
                    each
                    for statement in block
                    if isinstance(statement, ast.stmt)
                    for each in imported(module, statement, program)
                }
                if found:
                    yield found


def _ordered(roots: Collection[str], needs: dict[str, list[str]]) -> list[str]:
    """Return `roots` and all they need as they load, in the order of loading."""
    done: dict[str, None] = {}
    begun = set()

    def load(name: str) -> None:
        if name not in begun:
            begun.add(name)
            for other in needs[name]:
                load(other)
            done[name] = None

    for root in roots:
        load(root)
    return list(done)


def _early(program: Program, first: str | None, needs: dict[str, list[str]]) -> set[str]:
    """Return all that `first` can come to load."""
    found = set()
    waiting = [first] if first else []
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs[name]
            for block in _blocks_of_imports(program[name], program):
                waiting += block
    return found


def _named(
    groups: list[list[str]], entries: Collection[str], needs: dict[str, list[str]]
) -> list[Chunk]:
    taken = set(entries)
    found = []
    for modules in groups:
        # What the others are there for comes last.
        name = next((each for each in modules if each in entries), None)
        if name is None:
            base = name = "linli_" + modules[-1].rpartition(".")[2]
            number = 1
            while name in taken:
                number += 1
                name = f"{base}{number}"
            taken.add(name)
        found.append(Chunk(name, tuple(modules)))
    home = {module: chunk for chunk in found for module in chunk.modules}
    order = {
        chunk.name: [
            home[other].name
            for module in chunk.modules
            for other in needs[module]
            if other in home and home[other] is not chunk
        ]
        for chunk in found
    }
    by_name = {chunk.name: chunk for chunk in found}
    return [by_name[name] for name in _ordered(list(by_name), order)]
