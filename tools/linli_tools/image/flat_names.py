"""Modules that a board looks up by name lie side by side, not in packages.

A folder takes two blocks of flash, 8 kB, and a package some of a board's heap.
"""

import ast
from collections.abc import Collection, Mapping


def flatten(trees: Mapping[str, ast.Module], kept: Collection[str]) -> dict[str, ast.Module]:
    """Return the trees by names without dots, but for those `kept`, and change what names them.

    That are imports, and strings: a module's whole name, or the beginning that some share, up to a
    dot. ValueError: a string is the beginning of a kept name too.
    """
    flat = {name: name.replace(".", "_") for name in trees if name not in kept}
    for tree in trees.values():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str() as name) if name in flat:
                    node.module = flat[name]
                case ast.Constant(value=str() as text) if text in flat:
                    node.value = flat[text]
                case ast.Constant(value=str() as text) if text.endswith("."):
                    beginning = [name for name in trees if name.startswith(text)]
                    if any(name in kept for name in beginning):
                        raise ValueError(f"{text!r} begins names of which some are kept")
                    if beginning:
                        node.value = text.replace(".", "_")
    return {flat.get(name, name): tree for name, tree in trees.items()}
