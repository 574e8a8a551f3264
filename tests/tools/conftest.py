"""Commands find no hub that somebody has logged in to outside the tests."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where logins are kept, a folder of the test's own."""
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    for name in ("LINLI_SERVER", "LINLI_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return home
