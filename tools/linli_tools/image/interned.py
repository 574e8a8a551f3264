"""Strings that could be names are interned, which takes a board less heap than an object each.

MicroPython's compiler interns literals of up to 10 characters, but not in tuples of constants, and
names of any length; a literal that is a name of the same file, or of one loaded before, is that
name. So each file begins with a function that is never called and not kept, whose parameters are
the strings that would be objects.
"""

import ast
from keyword import iskeyword

from .constants import INTERNED


def intern(tree: ast.Module) -> None:
    """Make names of the strings of a file's tree that the compiler does not, where they can be."""
    nodes = list(ast.walk(tree))
    in_tuples = {id(item) for node in nodes if isinstance(node, ast.Tuple) for item in node.elts}
    literals = [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (len(node.value) > INTERNED or id(node) in in_tuples)
    ]
    names = dict.fromkeys(
        each for each in literals if each.isascii() and each.isidentifier() and not iskeyword(each)
    )
    if names:
        function = ast.parse(f"lambda {', '.join(names)}: 0").body[0]
        tree.body.insert(0, function)
