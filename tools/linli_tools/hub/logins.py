"""Where a hub is asked, and as whom: what `linli hub login` has kept, or options say."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from ..failure import Failure

TOKEN = "LINLI_TOKEN"
SERVER = "LINLI_SERVER"


@dataclass(frozen=True)
class Login:
    """A hub, a token for it, and the file of its authority where that is none of the system's."""

    server: str
    token: str
    ca: str | None = None


def login(server: str | None) -> Login | None:
    """Return where to ask, and as whom; None when nothing says which hub."""
    kept = _kept()
    token = os.environ.get(TOKEN, "")
    if kept is not None and server in (None, kept.server):
        return Login(kept.server, token or kept.token, kept.ca)
    # A token goes to no other hub than that which gave it.
    return None if server is None else Login(server, token)


def keep(kept: Login) -> Path:
    """Keep a login for the user alone; return in which file."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(kept), file)
    return path


def forget() -> None:
    """Keep no login any more."""
    _path().unlink(missing_ok=True)


def _kept() -> Login | None:
    path = _path()
    try:
        return Login(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (TypeError, ValueError) as error:
        raise Failure(f"{path}: not what linli hub login has written: {error}") from error


def _path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "linli" / "hub.json"
