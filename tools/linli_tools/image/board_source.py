"""Board modules without what only people and hosts read.

`if TYPE_CHECKING:`, docstrings, annotations, `__all__` and `__slots__` go.
"""

import ast
from typing import TypeVar

from .program import Program


def strip(program: Program) -> None:
    """Take out of the program's trees what neither changes what they do nor helps a board."""
    for module in program.values():
        _Stripper().visit(module.tree)
        ast.fix_missing_locations(module.tree)


_Documented = TypeVar(
    "_Documented", ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
)


class _Stripper(ast.NodeTransformer):
    """Takes out what neither changes what the code does nor helps a board."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        # Viper's annotations are types to compile for.
        if any(ast.unparse(each) == "micropython.viper" for each in node.decorator_list):
            return node
        node.returns = None
        return self._without_docstring(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
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
