"""The modules of a program: their trees, and what each of them imports from which other one."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass
class Module:
    """A module by its dotted name; a package is the module of its __init__."""

    name: str
    is_package: bool
    tree: ast.Module
    # Local name -> module; local name -> (module, name there), from all imports anywhere in it.
    modules: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def origin(self, node: ast.ImportFrom) -> str:
        """Return the dotted name of the module or package that an import takes names from."""
        if not node.level:
            return str(node.module)
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*parts, node.module] if node.module else parts)

    def member(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
        """Return the dotted name of what an import takes, should it be a module."""
        if isinstance(node, ast.Import):
            return alias.name
        return f"{self.origin(node)}.{alias.name}"


Program = dict[str, Module]


def parse(sources: Mapping[str, str]) -> Program:
    """Return the program of `sources` (dotted name to text; a package is "name.__init__")."""
    program = {}
    for full_name, text in sources.items():
        name = full_name.removesuffix(".__init__")
        program[name] = Module(name, name != full_name, ast.parse(text))
    for module in program.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                _note(module, node, program)
    for module in program.values():
        module.names = {local: _source(*at, program) for local, at in module.names.items()}
    return program


def _source(origin: str, name: str, program: Program) -> tuple[str, str]:
    """Return the module that a name comes from in the end, and the name there."""
    while name in program[origin].names:
        origin, name = program[origin].names[name]
    return origin, name


def _note(module: Module, node: ast.Import | ast.ImportFrom, program: Program) -> None:
    for alias in node.names:
        local = alias.asname or alias.name
        member = module.member(node, alias)
        if member in program:
            module.modules[local] = member
        elif isinstance(node, ast.ImportFrom) and module.origin(node) in program:
            module.names[local] = (module.origin(node), alias.name)


def imported(module: Module, node: ast.stmt, program: Program) -> Iterator[str]:
    """Yield the modules of the program that an import statement loads, without their packages."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            member = module.member(node, alias)
            if member in program:
                yield member
            elif isinstance(node, ast.ImportFrom) and module.origin(node) in program:
                yield module.origin(node)
