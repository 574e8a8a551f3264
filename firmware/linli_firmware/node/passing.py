"""Code that is loaded for one call and leaves the heap after it."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def passing(module: str, function: str) -> "Any":
    """Return a function of a module that nothing remembers but the function itself."""
    loaded = __import__(module, None, None, (function,))
    package, _, name = module.rpartition(".")
    del sys.modules[module]
    # In an image it lies in no package (linli_tools.image).
    if package:
        delattr(sys.modules[package], name)
    return getattr(loaded, function)
