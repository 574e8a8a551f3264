"""Modules put together: one tree for each chunk, in which every name says what it stands for.

A name of a module's top level is "module:name" (`scopes.qualify`), one that comes from outside
":module" or ":module.name"; `short_names` makes identifiers of them. Imports of one's own modules
at the top level are resolved; those elsewhere load another chunk when they are reached.
"""

import ast
from collections.abc import Collection, Mapping

from .chunks import Chunk, Layout, chunks
from .program import Module, Program
from .scopes import bound_at_top, qualify
from .unused import without_unused

Trees = dict[str, ast.Module]


def link(
    program: Program, layout: Layout, exports: Mapping[str, Collection[str]], foreign: set[str]
) -> tuple[Trees, dict[str, str]]:
    """Return the chunks' trees by name, in the order of loading, and names that must not change.

    `exports` are the names of entries that are looked up at run time, `foreign` those of attributes
    that others may look up. ValueError says what cannot be linked.
    """
    layout_chunks = chunks(program, layout)
    home = {module: chunk for chunk in layout_chunks for module in chunk.modules}
    names = _Names(program)
    named = _named_parameters(program)
    taken = named | _plain_names(program)
    for module in program.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom):
                node.module, node.level = module.origin(node), 0
    for name, module in program.items():
        qualify(name, module.tree, named, taken)
    for module in program.values():
        _Resolver(names).visit(module.tree)
        _Loader(names, home, home.get(module.name)).visit(module.tree)
    trees = {
        chunk.name: ast.Module(
            [node for name in chunk.modules for node in program[name].tree.body], []
        )
        for chunk in layout_chunks
    }
    kept = {names.meaning(f"{entry}:{name}"): name for entry in exports for name in exports[entry]}
    for entry, wanted in exports.items():
        for name in wanted:
            meaning = names.meaning(f"{entry}:{name}")
            if home[meaning.partition(":")[0]].name != entry:
                raise ValueError(f"{entry}.{name} comes from another chunk")
    without_unused(list(trees.values()), set(kept), foreign)
    for chunk in layout_chunks:
        imports = _imports(trees[chunk.name], chunk, home, list(trees))
        trees[chunk.name].body[:0] = imports
        ast.fix_missing_locations(trees[chunk.name])
    return {name: tree for name, tree in trees.items() if tree.body}, kept


class _Names:
    """What the names of all modules stand for, imports followed to where they come from."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._counts = {name: bound_at_top(module.tree) for name, module in program.items()}
        self._modules: dict[str, str] = {}
        self._aliases: dict[str, str] = {}
        for name, module in program.items():
            for node in module.tree.body:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    for alias in node.names:
                        if self._counts[name][alias.asname or alias.name] == 1:
                            self._note(module, node, alias)

    def _note(self, module: Module, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> None:
        symbol = f"{module.name}:{alias.asname or alias.name}"
        member = module.member(node, alias)
        if member in self.program:
            self._modules[symbol] = member
        elif isinstance(node, ast.ImportFrom) and module.origin(node) in self.program:
            self._aliases[symbol] = f"{module.origin(node)}:{alias.name}"
        else:
            self._aliases[symbol] = f":{member}"

    def is_resolved(self, symbol: str) -> bool:
        """Tell whether a name only stands for another one or for a module."""
        return symbol in self._aliases or symbol in self._modules

    def module(self, symbol: str) -> str | None:
        """Return the module that a name stands for, None when it stands for something else."""
        return self._modules.get(symbol)

    def meaning(self, symbol: str) -> str:
        """Return what a name stands for in the end; ValueError when nothing has it."""
        while symbol in self._aliases:
            symbol = self._aliases[symbol]
        module, _, name = symbol.partition(":")
        if module and not self._counts[module][name]:
            raise ValueError(f"{module}: has no {name}")
        return symbol


def _named_parameters(program: Program) -> set[str]:
    return {
        node.arg
        for module in program.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.keyword) and node.arg
    }


def _plain_names(program: Program) -> set[str]:
    """Return what names there are in the program outside of its functions."""
    found = set()
    for module in program.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                found |= {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


class _Resolver(ast.NodeTransformer):
    """Replaces names that stand for others, and takes out the imports that made them so."""

    def __init__(self, names: _Names) -> None:
        self._names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        module = self._names.module(node.value.id) if isinstance(node.value, ast.Name) else None
        if module is None:
            self.generic_visit(node)
            return node
        if not isinstance(node.ctx, ast.Load):
            raise ValueError(f"{module}.{node.attr} is set from outside")
        return ast.Name(self._names.meaning(f"{module}:{node.attr}"), node.ctx)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if self._names.module(node.id):
            raise ValueError(f"{node.id} is a module, used for something else than its names")
        if ":" in node.id:
            node.id = self._names.meaning(node.id)
        return node

    def visit_Import(self, node: ast.Import) -> ast.stmt | None:
        return self._kept(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | None:
        return self._kept(node)

    def visit_Pass(self, node: ast.Pass) -> ast.stmt:
        return node

    def _kept(self, node: ast.Import | ast.ImportFrom) -> ast.stmt | None:
        node.names = [each for each in node.names if not self._names.is_resolved(str(each.asname))]
        return node if node.names else None


class _Loader(ast.NodeTransformer):
    """Turns the imports that are left into imports of chunks."""

    def __init__(self, names: _Names, home: Mapping[str, Chunk], chunk: Chunk | None) -> None:
        self._names = names
        self._home = home
        self._chunk = chunk

    def visit_Import(self, node: ast.Import) -> ast.stmt:
        for alias in node.names:
            self._check_no_module(alias.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        if node.module not in self._names.program:
            return node
        statements: list[ast.stmt] = []
        for alias in node.names:
            self._check_no_module(f"{node.module}.{alias.name}")
            meaning = self._names.meaning(f"{node.module}:{alias.name}")
            chunk = self._home[meaning.partition(":")[0]]
            local = str(alias.asname)
            if chunk is self._chunk:
                target = ast.Name(local, ast.Store())
                statements.append(ast.Assign([target], ast.Name(meaning, ast.Load())))
            else:
                statements.append(ast.ImportFrom(chunk.name, [ast.alias(meaning, local)], 0))
        return statements

    def _check_no_module(self, name: str) -> None:
        if name in self._names.program:
            raise ValueError(f"{name}: on demand, names of a module are imported, not the module")


def _imports(
    tree: ast.Module, chunk: Chunk, home: Mapping[str, Chunk], order: list[str]
) -> list[ast.stmt]:
    """Return the imports of all that a chunk's tree uses and has not got."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and ":" in node.id}
    statements: list[ast.stmt] = []
    by_chunk: dict[str, list[str]] = {}
    for symbol in sorted(used):
        module, _, name = symbol.partition(":")
        if module:
            if home[module] is not chunk:
                by_chunk.setdefault(home[module].name, []).append(symbol)
            continue
        origin, _, member = name.rpartition(".")
        alias = ast.alias(member, symbol)
        statements.append(ast.ImportFrom(origin, [alias], 0) if origin else ast.Import([alias]))
    for name in sorted(by_chunk, key=order.index):
        aliases = [ast.alias(symbol, symbol) for symbol in by_chunk[name]]
        statements.append(ast.ImportFrom(name, aliases, 0))
    return statements
