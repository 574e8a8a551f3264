"""boot.py and main.py from their first line on: nobody gets past them to the console."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

FIRMWARE = Path(__file__).parents[2] / "firmware"


class Reset(BaseException):
    """The processor starts anew."""


class Board:
    """What the two files import. The port lets ctrl-C through while it runs a file.

    `typed` ctrl-C wait when the file begins; `node_does` is how its node ends.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lets_ctrl_c_through = True
        self.typed = 0
        self.started = 0
        self.has_node = True
        self.node_does: BaseException | None = None
        self._patch = monkeypatch

    def run(self, name: str) -> None:
        modules: dict[str, dict[str, object]] = {
            "gc": {"collect": int, "threshold": int},
            "micropython": {"kbd_intr": self._kbd_intr},
            "time": {"sleep_ms": self._sleep_ms},
            "machine": {"reset": self._reset, "reset_cause": int, "DEEPSLEEP_RESET": 4},
            "linli_main": {"run": self._node} if self.has_node else {},
        }
        for module_name, content in modules.items():
            module = ModuleType(module_name)
            module.__dict__.update(content)
            self._patch.setitem(sys.modules, module_name, module)
        self._patch.setattr(sys, "print_exception", lambda error: None, raising=False)
        # boot.py forgets what it has imported, and changes the path.
        self._patch.setattr(sys, "modules", dict(sys.modules))
        self._patch.setattr(sys, "path", list(sys.path))
        exec(compile((FIRMWARE / name).read_text(), name, "exec"), {"__name__": "__main__"})

    def _kbd_intr(self, key: int) -> None:
        self.lets_ctrl_c_through = key != -1

    def _sleep_ms(self, ms: int) -> None:
        if self.typed:
            self.typed = 0
            raise KeyboardInterrupt

    def _reset(self) -> None:
        raise Reset

    def _node(self) -> None:
        assert not self.lets_ctrl_c_through
        self.started += 1
        self._sleep_ms(0)
        if self.node_does is not None:
            raise self.node_does


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(monkeypatch)


def test_ctrl_c_typed_while_the_board_starts_does_not_keep_the_node_from_starting(
    board: Board,
) -> None:
    board.typed = 3
    with pytest.raises(Reset):
        board.run("main.py")
    assert board.started == 1


def test_ctrl_c_is_off_in_boot_py_too(board: Board) -> None:
    board.typed = 1
    board.run("boot.py")
    assert not board.lets_ctrl_c_through


def test_an_open_console_may_end_the_node(board: Board) -> None:
    board.node_does = KeyboardInterrupt()
    board.run("main.py")
    assert board.started == 1


@pytest.mark.parametrize("error", [MemoryError(), SystemExit(), ValueError("no bearer")])
def test_whatever_ends_the_node_the_board_starts_anew(board: Board, error: BaseException) -> None:
    board.node_does = error
    with pytest.raises(Reset):
        board.run("main.py")


def test_an_image_that_cannot_be_imported_does_not_end_at_the_console(board: Board) -> None:
    board.has_node = False
    with pytest.raises(Reset):
        board.run("main.py")
