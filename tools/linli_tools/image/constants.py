"""Constants stand as values where they are used.

MicroPython keeps a slot in the module's dict and a name for each constant, on the heap when code is
loaded from files. A name in capitals that its module sets once, to an integer or to a string short
enough to be interned, is replaced by its value in all modules, and its assignment goes, unless it
is looked up at run time.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Collection, Mapping

from .program import Module, Program

Value = int | str

_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
# MicroPython interns string literals up to this length (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN);
# a copy of a longer one in each module would cost more than the name.
INTERNED = 10
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


Constants = Mapping[str, dict[str, Value]]


def inline(program: Program, exported: Mapping[str, Collection[str]]) -> None:
    """Replace the constants in the program's trees; `exported` are names looked up at run time."""
    constants = _constants(program)
    kept = {(origin, name) for origin, names in exported.items() for name in names}
    kept |= {program[origin].names.get(name, (origin, name)) for origin, name in kept}
    for module in program.values():
        for name, node in _assignments(module):
            if name in constants[module.name] and (module.name, name) not in kept:
                module.tree.body.remove(node)
        before = _used(module)
        _Replacer(module, constants).visit(module.tree)
        gone = {
            local
            for local, (origin, name) in module.names.items()
            if name in constants[origin] and (module.name, local) not in kept
        }
        # One that was not used before either is imported to be loaded.
        _Importer(gone | set(module.modules) & before - _used(module)).visit(module.tree)
        ast.fix_missing_locations(module.tree)


def _used(module: Module) -> set[str]:
    return {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}


def _constants(program: Program) -> Constants:
    """Find the constants of all modules; one may be made of another's."""
    constants: dict[str, dict[str, Value]] = {name: {} for name in program}
    candidates = [
        (module, name, node.value)
        for module in program.values()
        for name, node in _assignments(module)
    ]
    found = True
    while found:
        found = False
        for module, name, expression in candidates:
            if name not in constants[module.name]:
                value = _value(module, constants, expression)
                if isinstance(value, int) or (isinstance(value, str) and len(value) <= INTERNED):
                    constants[module.name][name] = value
                    found = True
    return constants


def _assignments(module: Module) -> list[tuple[str, ast.Assign]]:
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


def _value(module: Module, constants: Constants, node: ast.expr) -> Value | None:
    """Return what an expression of constants comes to, None when it is none."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | str() as value):
            return value
        case ast.Name(id=name) if name in constants[module.name]:
            return constants[module.name][name]
        case ast.Name(id=name) if name in module.names:
            origin, there = module.names[name]
            return constants[origin].get(there)
        case ast.Attribute(value=ast.Name(id=name), attr=there) if name in module.modules:
            return constants[module.modules[name]].get(there)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = _value(module, constants, operand)
            return -negated if isinstance(negated, int) else None
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            one, other = _value(module, constants, left), _value(module, constants, right)
            if isinstance(one, int) and isinstance(other, int):
                return int(_OPERATIONS[type(op)](one, other))
    return None


class _Replacer(ast.NodeTransformer):
    def __init__(self, module: Module, constants: Constants) -> None:
        self._module = module
        self._constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._replaced(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._replaced(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._replaced(node)

    def _replaced(self, node: ast.expr) -> ast.expr:
        value = _value(self._module, self._constants, node)
        if value is None or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            self.generic_visit(node)
            return node
        return ast.copy_location(ast.Constant(value), node)


class _Importer(ast.NodeTransformer):
    """Takes out imports of constants, and of modules that were imported for nothing else."""

    def __init__(self, gone: set[str]) -> None:
        self._gone = gone

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        node.names = [each for each in node.names if (each.asname or each.name) not in self._gone]
        return node if node.names else ast.copy_location(ast.Pass(), node)
