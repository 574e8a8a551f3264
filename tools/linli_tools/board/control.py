"""How other processes get at a board that runs: a Unix socket in its folder.

A line of JSON each way: `["drive", "exit_button", "1"]`, and then {"result": {}} or {"error": "…"}.
"""

import json
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..failure import Failure
from .actions import ARGUMENTS, Action

NAME = "control"
_PATIENCE_S = 5.0
_LONGEST = 4096

Act = Callable[[Action, list[str]], dict[str, int]]


class Control:
    """The board's end; `act(action, arguments)` does it, ValueError says why not."""

    def __init__(self, folder: Path, act: Act) -> None:
        self._act = act
        self._path = folder / NAME
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(str(self._path))
        except OSError as error:
            raise Failure(f"{self._path}: {error.strerror or error}") from None
        self._listener.listen()

    def serve(self) -> None:
        """Answer who has asked by now."""
        while select.select([self._listener], [], [], 0)[0]:
            with self._listener.accept()[0] as asker, suppress(OSError):
                asker.settimeout(_PATIENCE_S)
                asker.sendall(json.dumps(self._answer(_line(asker))).encode() + b"\n")

    def close(self) -> None:
        """Answer no more."""
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            asked, *arguments = json.loads(line)
            action = Action(asked)
            if len(arguments) != len(ARGUMENTS[action]):
                raise ValueError(f"{action} takes {' '.join(ARGUMENTS[action]) or 'nothing'}")
            return {"result": self._act(action, [str(each) for each in arguments])}
        except (TypeError, ValueError, BufferError) as error:
            return {"error": str(error)}


def check_free(folder: Path) -> None:
    """Raise Failure when a board of this folder is on."""
    connection = _connected(folder / NAME)
    if connection is not None:
        connection.close()
        raise Failure(f"{folder}: its board is on already")


def ask(folder: Path, action: Action, arguments: list[str]) -> dict[str, int]:
    """Have the board of `folder` do something; return what was asked for. Failure says why not."""
    connection = _connected(folder / NAME)
    if connection is None:
        raise Failure(f"{folder}: no board is on here; linli board start {folder}")
    with connection:
        try:
            connection.sendall(json.dumps([action, *arguments]).encode() + b"\n")
            answer = json.loads(_line(connection))
        except (OSError, ValueError):
            raise Failure(f"{folder}: its board has gone") from None
    if "error" in answer:
        raise Failure(answer["error"])
    result: dict[str, int] = answer["result"]
    return result


def _connected(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_PATIENCE_S)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def _line(source: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST:
        data = source.recv(_LONGEST)
        if not data:
            break
        line += data
    return line
