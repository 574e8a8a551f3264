"""What nothing in the program uses goes: functions, classes, plain values, methods.

A method is used when anything of its name is, or when its name is a string somewhere: it may be
looked up by it, or by one that begins so ("set_" + name).
"""

import ast
from collections.abc import Collection, Sequence


def strings(trees: Sequence[ast.Module]) -> set[str]:
    """Return all string constants."""
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def is_told(name: str, told: Collection[str]) -> bool:
    """Tell whether a name can be looked up by one of the strings `told`."""
    starts = (each for each in told if each.isidentifier() and each.endswith("_"))
    return name in told or any(name.startswith(each) for each in starts)


def without_unused(trees: Sequence[ast.Module], exported: set[str], foreign: set[str]) -> None:
    """Take out of all trees together what none of them uses; `foreign` may be used by others."""
    while True:
        used = exported | foreign
        for tree in trees:
            for node in ast.walk(tree):
                match node:
                    case ast.Name(ctx=ast.Load()):
                        used.add(node.id)
                    case ast.Attribute():
                        used.add(node.attr)
                    case ast.ImportFrom():
                        used.update(each.name for each in node.names)
        told = strings(trees)
        count = sum(_shaken(tree, used, told) for tree in trees)
        if not count:
            return


def _shaken(tree: ast.Module, used: set[str], told: set[str]) -> int:
    before = len(tree.body)
    tree.body = [node for node in tree.body if _defined(node) is None or _defined(node) in used]
    count = before - len(tree.body)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if _is_needed(each, used, told)]
            count += len(node.body) - len(methods)
            node.body = methods or [ast.Pass()]
    return count


def _is_needed(node: ast.stmt, used: set[str], told: set[str]) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return node.name.startswith("__") or node.name in used or is_told(node.name, told)


def _defined(node: ast.stmt) -> str | None:
    """Return the one name that a statement without other effects defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return None if node.decorator_list and isinstance(node, ast.ClassDef) else name
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            calls = [each for each in ast.walk(value) if isinstance(each, ast.Call)]
            # Of builtins only: calls of one's own code may do more than return something.
            outside = [
                isinstance(each.func, ast.Name) and ":" not in each.func.id for each in calls
            ]
            return name if all(outside) else None
    return None
