"""AT commands without I/O: one command at a time, its answer, and what the modem says unasked.

The modem's echo (ATE1) is kept on: a result counts only after the echo of the command it belongs
to, so that a late answer to a command given up can never be taken for the answer to the next. Lines
that no command asked for are unsolicited; what they mean is the owner's to know.
"""

# How a command ended.
OK = 0
ERROR = 1
TIMEOUT = 2


class AtEngine:
    """Splits the modem's bytes into answers and unsolicited lines.

    `answer` holds the lines that began with the last command's prefix. No input raises; at most
    `max_line` bytes of an unfinished line are kept, and a longer line is dropped and counted in
    `oversize`.
    """

    def __init__(self, max_line: int) -> None:
        self.answer: "list[bytes]" = []
        self.oversize = 0
        self.deadline: "int | None" = None
        self._max_line = max_line
        self._line = bytearray()
        self._skip = False
        self._command = b""
        self._prefix = b""
        self._echoed = False
        self._outcome: "int | None" = None

    def begin(
        self, command: bytes, prefix: bytes, timeout_ms: int, now: int, echoed: bool = True
    ) -> bytes:
        """Return the bytes to send for `command`, whose answers begin with `prefix`, if any.

        `echoed` False takes a result without an echo before it: the echo may be off as yet.
        """
        self.answer = []
        self.deadline = now + timeout_ms
        self._command = command
        self._prefix = prefix
        self._echoed = not echoed
        self._outcome = None
        return command + b"\r"

    def cancel(self) -> None:
        """Forget the command under way and the line begun."""
        self.deadline = None
        self._line = bytearray()

    def feed(self, data: bytes) -> "list[bytes]":
        """Take the modem's next bytes; return the unsolicited lines completed by them, in order."""
        unsolicited: "list[bytes]" = []
        pieces = data.replace(b"\r", b"\n").split(b"\n")
        for number, piece in enumerate(pieces):
            if number:
                line = bytes(self._line)
                if line and not self._skip and not self._take(line):
                    unsolicited.append(line)
                self._line = bytearray()
                self._skip = False
            if len(self._line) + len(piece) > self._max_line:
                self.oversize += not self._skip
                self._skip = True
                self._line = bytearray()
            elif not self._skip:
                self._line += piece
        return unsolicited

    def poll(self, now: int) -> "int | None":
        """Return how the command ended, once: OK, ERROR or TIMEOUT; None: it has not."""
        if self.deadline is None:
            return None
        if self._outcome is None and now >= self.deadline:
            self._outcome = TIMEOUT
        if self._outcome is not None:
            self.deadline = None
        return self._outcome

    def _take(self, line: bytes) -> bool:
        """Tell whether a whole line belongs to the command under way."""
        if self.deadline is None or self._outcome is not None:
            return False
        if line == self._command:
            self._echoed = True
        elif not self._echoed:
            return False
        elif line == b"OK":
            self._outcome = OK
        elif line == b"ERROR" or line.startswith((b"+CME ERROR", b"+CMS ERROR")):
            self._outcome = ERROR
        elif self._prefix and line.startswith(self._prefix):
            self.answer.append(line)
        else:
            return False
        return True
