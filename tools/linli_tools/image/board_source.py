"""Board modules without what only people and hosts read, ready for mpy-cross.

MicroPython keeps a slot in the module's dict and a name for each constant, on the heap when code is
loaded from files, and runs the imports that only type checkers need as far as their names. The
modules of an image are all known, so constants can stand as numbers where they are used:

* a name in capitals that its module sets once, to an integer or to a string short enough to be
  interned, is replaced by its value in all modules, and its assignment goes, unless `__all__` has
  it, which says that it is looked up at run time;
* `if TYPE_CHECKING:`, docstrings, annotations, `__all__` and `__slots__` go;
* private names become short ones (`private_names`).

Nothing else changes. What else looks such a name up at run time (getattr, a console) finds it no
more.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from .private_names import shorten

Value = int | str

_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
# MicroPython interns string literals up to this length (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN);
# a copy of a longer one in each module would cost more than the name.
_INTERNED = 10
_OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}


@dataclass
class _Module:
    name: str
    is_package: bool
    tree: ast.Module
    exported: set[str]
    constants: dict[str, Value] = field(default_factory=dict)
    # Local name -> module; local name -> (module, name there).
    modules: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)


def slim(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the modules (dotted name to source text), each without what a board can do without.

    A package is given as "name.__init__". Only the modules given know each other's constants: give
    all that go into the image.
    """
    program = {}
    for full_name, text in sources.items():
        name = full_name.removesuffix(".__init__")
        tree = ast.parse(text)
        exported = _exported(tree)
        program[name] = _Module(name, name != full_name, _Stripper().visit(tree), exported)
    for module in program.values():
        _note_imports(module, program)
    _note_constants(program)
    for module in program.values():
        _replace(module, program)
    shorten({name: module.tree for name, module in program.items()})
    return {
        full_name: ast.unparse(program[full_name.removesuffix(".__init__")].tree) + "\n"
        for full_name in sources
    }


def _exported(tree: ast.Module) -> set[str]:
    """Return the names in a module's `__all__`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


_Documented = TypeVar("_Documented", ast.Module, ast.ClassDef, ast.FunctionDef)


class _Stripper(ast.NodeTransformer):
    """Takes out what neither changes what the code does nor helps a board."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        return self._without_docstring(node)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        if node.value is None:
            return None
        plain = ast.Assign([node.target], node.value, lineno=node.lineno)
        return ast.copy_location(plain, node)

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        hidden = ("TYPE_CHECKING", "__all__", "__slots__")
        return None if ast.unparse(node.targets[0]) in hidden else node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt] | None:
        self.generic_visit(node)
        test = ast.unparse(node.test)
        if test == "TYPE_CHECKING":
            return node.orelse or None
        return node.body if test == "not TYPE_CHECKING" else node

    def _without_docstring(self, node: _Documented) -> _Documented:
        if ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
        self.generic_visit(node)
        if not node.body and not isinstance(node, ast.Module):
            node.body.append(ast.Pass())
        return node


def _note_imports(module: _Module, program: Mapping[str, _Module]) -> None:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            for alias in node.names:
                local = alias.asname or alias.name
                if f"{origin}.{alias.name}" in program:
                    module.modules[local] = f"{origin}.{alias.name}"
                elif origin in program:
                    module.names[local] = (origin, alias.name)


def _origin(module: _Module, node: ast.ImportFrom) -> str:
    """Return the dotted name of the module or package that an import takes names from."""
    if not node.level:
        return str(node.module)
    parts = module.name.split(".")
    parts = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*parts, node.module] if node.module else parts)


def _note_constants(program: Mapping[str, _Module]) -> None:
    """Find the constants of all modules; one may be made of another's."""
    candidates = [
        (module, name, node.value)
        for module in program.values()
        for name, node in _assignments(module)
    ]
    found = True
    while found:
        found = False
        for module, name, expression in candidates:
            if name not in module.constants:
                value = _value(module, program, expression)
                if isinstance(value, int) or (isinstance(value, str) and len(value) <= _INTERNED):
                    module.constants[name] = value
                    found = True


def _assignments(module: _Module) -> list[tuple[str, ast.Assign]]:
    """Return the top level's assignments to names in capitals that are bound once, by name."""
    bound = Counter[str]()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound[node.id] += 1
        elif isinstance(node, ast.arg):
            bound[node.arg] += 1
    found = []
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]):
                if bound[name] == 1 and _CONSTANT.fullmatch(name):
                    found.append((name, node))
    return found


def _value(module: _Module, program: Mapping[str, _Module], node: ast.expr) -> Value | None:
    """Return what an expression of constants comes to, None when it is none."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | str() as value):
            return value
        case ast.Name(id=name) if name in module.constants:
            return module.constants[name]
        case ast.Name(id=name) if name in module.names:
            origin, there = module.names[name]
            return program[origin].constants.get(there)
        case ast.Attribute(value=ast.Name(id=name), attr=there) if name in module.modules:
            return program[module.modules[name]].constants.get(there)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = _value(module, program, operand)
            return -negated if isinstance(negated, int) else None
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            one, other = _value(module, program, left), _value(module, program, right)
            if isinstance(one, int) and isinstance(other, int):
                return int(_OPERATIONS[type(op)](one, other))
    return None


def _replace(module: _Module, program: Mapping[str, _Module]) -> None:
    """Put the constants' values where they are used, and take out what that leaves unused."""
    for name, node in _assignments(module):
        if name in module.constants and name not in module.exported:
            module.tree.body.remove(node)
    _Replacer(module, program).visit(module.tree)
    used = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    _Importer(module, program, used).visit(module.tree)
    ast.fix_missing_locations(module.tree)


class _Replacer(ast.NodeTransformer):
    def __init__(self, module: _Module, program: Mapping[str, _Module]) -> None:
        self._module = module
        self._program = program

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._replaced(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._replaced(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._replaced(node)

    def _replaced(self, node: ast.expr) -> ast.expr:
        value = _value(self._module, self._program, node)
        if value is None or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            self.generic_visit(node)
            return node
        return ast.copy_location(ast.Constant(value), node)


class _Importer(ast.NodeTransformer):
    """Takes out imports of constants, and of modules that were imported for nothing else."""

    def __init__(self, module: _Module, program: Mapping[str, _Module], used: set[str]) -> None:
        self._module = module
        self._program = program
        self._used = used

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        node.names = [alias for alias in node.names if self._stays(alias.asname or alias.name)]
        return node if node.names else ast.copy_location(ast.Pass(), node)

    def _stays(self, local: str) -> bool:
        if local in self._module.names:
            origin, name = self._module.names[local]
            return name not in self._program[origin].constants
        return local in self._used or local not in self._module.modules
