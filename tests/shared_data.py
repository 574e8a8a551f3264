"""Real data kept beside the repository: tests that need them skip where they are absent."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared/data"


def require(name: str) -> Path:
    """Return the path of ../shared/data/<name>; skip the test when it is not there."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs {name} in {FOLDER}")
    return path
