"""Modules that a board looks up by name lie side by side, not in packages.

A folder takes two blocks of flash, 8 kB, and a package some of a board's heap.
"""

import ast
from collections.abc import Mapping


def flatten(trees: Mapping[str, ast.Module]) -> dict[str, ast.Module]:
    """Return the trees by names without dots, and change what names them.

    That are imports, and strings: a module's whole name, or the beginning that some share, up to a
    dot.
    """
    flat = {name: name.replace(".", "_") for name in trees}
    for tree in trees.values():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str() as name) if name in flat:
                    node.module = flat[name]
                case ast.Constant(value=str() as text) if text in flat:
                    node.value = flat[text]
                case ast.Constant(value=str() as text) if text.endswith("."):
                    if any(name.startswith(text) for name in trees):
                        node.value = text.replace(".", "_")
    return {flat[name]: tree for name, tree in trees.items()}
