"""Which variable each name means: every name of a module is replaced by what it stands for.

    name at the module's top level    "module:name", so that modules can be put together
    parameter or variable             a short name of its own in its function
    name in a class, builtin          as it is: it is looked up as an attribute, or outside

A parameter that some call names keeps its name too.
"""

import ast
import itertools
import string
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def qualify(name: str, tree: ast.Module, named: Collection[str], taken: Collection[str]) -> None:
    """Replace the names in the tree of module `name`.

    `named` are the parameters that calls name, `taken` what no variable may be called.
    """
    bound = Counter(_bound(tree.body))
    top = _Scope(None, {each: f"{name}:{each}" for each in bound})
    _Qualifier(top, named, taken).visit_all(tree.body)


def local_names() -> Iterator[str]:
    """Yield the names that variables of functions may get."""
    # Those that MicroPython has in ROM come first.
    yield from "nrestvabcdfghijklmopquwxyz"
    for letter, digit in itertools.product(string.ascii_lowercase, range(10)):
        yield f"{letter}{digit}"


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements bind in their own scope, once for each time."""
    for node in body:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str() as name):
                yield name
            case ast.alias():
                yield node.asname or node.name.partition(".")[0]
        if not isinstance(node, _SCOPES):
            yield from _bound(ast.iter_child_nodes(node))


def bound_at_top(tree: ast.Module) -> Counter[str]:
    """Return how often a module's statements bind each name of its top level."""
    count = Counter(_bound(tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            # As often as may be.
            count.update(node.names * 2)
    return count


@dataclass
class _Scope:
    parent: "_Scope | None"
    variables: dict[str, str]
    is_class: bool = False
    # Names that belong to the module although this function assigns them.
    shared: set[str] = field(default_factory=set)

    def meaning(self, name: str) -> str:
        """Return what stands for `name` when code in this scope uses it."""
        if name in self.shared:
            return self.top().variables.get(name, name)
        if name in self.variables:
            return self.variables[name]
        scope = self.parent
        while scope is not None and scope.is_class:
            scope = scope.parent
        return scope.meaning(name) if scope else name

    def top(self) -> "_Scope":
        return self.parent.top() if self.parent else self

    def visible(self) -> set[str]:
        """Return the short names of this scope and those around it."""
        around = self.parent.visible() if self.parent else set()
        return around | set(self.variables.values())


class _Qualifier(ast.NodeVisitor):
    def __init__(self, scope: _Scope, named: Collection[str], taken: Collection[str]) -> None:
        self._scope = scope
        self._named = named
        self._taken = taken

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        node.id = self._stored(node.id, isinstance(node.ctx, ast.Load))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            node.name = self._stored(node.name)
        self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        if "." in node.name:
            raise ValueError(f"import {node.name}: only 'from … import …' takes a dotted name")
        local = node.asname or node.name
        node.asname = self._stored(local)

    def visit_Global(self, node: ast.Global) -> None:
        node.names = [self._scope.meaning(name) for name in node.names]

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        node.names = [self._scope.meaning(name) for name in node.names]

    def visit_Assign(self, node: ast.Assign) -> None:
        # In a class, `a = f(a)` means the a outside on the right.
        self.visit(node.value)
        self.visit_all(node.targets)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.visit_all(node.decorator_list)
        inner = self._inner(node, node.body)
        node.name = self._stored(node.name)
        inner.visit_all(node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner(node, [node.body]).visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        scope = _Scope(self._scope, {}, is_class=True)
        _Qualifier(scope, self._named, self._taken).visit_all(node.body)
        node.name = self._stored(node.name)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def _comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        bound = list(_bound([each.target for each in node.generators]))
        inner = self._nested(bound, [])
        for generator in node.generators:
            if generator is not first:
                inner.visit(generator.iter)
            inner.visit(generator.target)
            inner.visit_all(generator.ifs)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        inner.visit_all(elements)

    def _inner(self, node: Function, body: Iterable[ast.AST]) -> "_Qualifier":
        """Return the qualifier of a function's inside; its parameters have their new names."""
        arguments = node.args
        self.visit_all([*arguments.defaults, *arguments.kw_defaults])
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        kept = [each.arg for each in parameters if each.arg in self._named]
        parameters += [each for each in (arguments.vararg, arguments.kwarg) if each]
        shared: set[str] = set()
        outer: set[str] = set()
        for child in _own_nodes(body):
            if isinstance(child, ast.Global):
                shared.update(child.names)
            elif isinstance(child, ast.Nonlocal):
                outer.update(child.names)
        bound = [each.arg for each in parameters] + list(_bound(body))
        inner = self._nested([each for each in bound if each not in shared | outer], kept)
        inner._scope.shared = shared
        for parameter in parameters:
            parameter.arg = inner._scope.variables[parameter.arg]
        return inner

    def _nested(self, bound: Iterable[str], kept: Iterable[str]) -> "_Qualifier":
        around = self._scope.visible()
        free = (name for name in local_names() if name not in around and name not in self._taken)
        variables = {name: name for name in kept}
        for name in bound:
            if name not in variables:
                variables[name] = next(free)
        return _Qualifier(_Scope(self._scope, variables), self._named, self._taken)

    def _stored(self, name: str, is_read: bool = False) -> str:
        """Return what stands for a name here; a class knows it from the time it is set."""
        if self._scope.is_class and not is_read:
            self._scope.variables[name] = name
        return self._scope.meaning(name)


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes below that belong to the same scope."""
    for node in body:
        yield node
        if not isinstance(node, _SCOPES):
            yield from _own_nodes(ast.iter_child_nodes(node))
