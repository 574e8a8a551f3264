"""What connects an emulated board to the host while it has power: its serial line, its console."""

import contextlib
import socket


class Cables:
    """Both ends of the line and of the console; the board's process inherits those of the board.

    Of the console the host has `console`, or without a prompt `keys`: what is printed is then kept
    elsewhere, and only what is typed goes this way.
    """

    def __init__(self, has_prompt: bool) -> None:
        self.line, self.board_line = socket.socketpair()
        ours, self.board_console = socket.socketpair()
        self.board_line.setblocking(False)
        self.console = ours if has_prompt else None
        self.keys = None if has_prompt else ours
        self._ours = (self.line, ours)

    def drain(self) -> None:
        """Lose what has arrived for a board that does not run."""
        for end in (self.board_line, self.board_console):
            with contextlib.suppress(BlockingIOError):
                while end.recv(4096, socket.MSG_DONTWAIT):
                    pass

    def leave_to_the_board(self) -> None:
        """Close the board's ends here: the host's hang up when its process ends."""
        self.board_line.close()
        self.board_console.close()

    def close(self) -> None:
        """Hang up at all ends."""
        self.leave_to_the_board()
        for end in self._ours:
            end.close()
