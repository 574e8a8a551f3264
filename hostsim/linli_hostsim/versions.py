"""The versions a run's results depend on."""

import platform
from importlib.metadata import version

from linli_protocol.crypto import BACKEND


def in_use() -> dict[str, str]:
    """Return the versions of linli, Python and the libraries, and the crypto back end."""
    libraries = {name: version(name) for name in ("linli", "simpy", "numpy", "duckdb")}
    return libraries | {"python": platform.python_version(), "crypto": BACKEND}
