"""Where bytes to watch come from: a serial line, TCP, UDP, a file, standard input."""

import contextlib
import errno
import os
import re
import select
import socket
import stat
import sys
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self

import typer

from ..failure import Failure

# After so long without a byte, what looks unfinished is shown; our own figure.
QUIET_S = 0.3
_CONNECT_S = 10.0
_READ_BYTES = 4096
_MODE = re.compile(r"[78][NEO][12]")
_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO)
_WHY_REFUSED = {
    errno.EACCES: "you may not open it; on Linux, the group dialout may",
    errno.EAGAIN: "another program has it open",
    errno.EBUSY: "another program has it open",
}


class Lost(Failure):
    """The line is not there, or no longer, as when a board is unplugged: it may come back."""


class Source(Protocol):
    """What can be read while it is entered; its reads are packets unless it `is_stream`."""

    bearer: str
    is_stream: bool

    def __enter__(self) -> Self:
        """Open it; Failure when that cannot be."""

    def __exit__(self, *error: object) -> None:
        """Close it."""

    def read(self) -> bytes | None:
        """Return what came, b"" when nothing did for QUIET_S, None at the end; Lost."""


class Serial:
    """A serial port or pty that no other program has open; `mode` as in 8N1."""

    bearer = "uart"
    is_stream = True

    def __init__(self, path: str, baud: int, mode: str) -> None:
        if not _MODE.fullmatch(mode):
            raise typer.BadParameter(f"{mode!r} is no mode: 8N1, 8E1, 7O2 …")
        self.path = path
        self._settings = {
            "baudrate": baud,
            "bytesize": int(mode[0]),
            "parity": mode[1],
            "stopbits": int(mode[2]),
            "timeout": QUIET_S,
            "exclusive": True if os.name == "posix" else None,
        }
        self._port: Any = None

    def __enter__(self) -> Self:
        """Open the port; Lost when it is not there, Failure when it is, but in vain."""
        try:
            import serial
        except ImportError:
            raise Failure("serial ports need pyserial: pip install 'linli[firmware]'") from None
        try:
            self._port = serial.Serial(self.path, **self._settings)
        except (OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            if number in _GONE or "FileNotFoundError" in str(error):
                raise Lost(f"{self.path}: no such port is there") from None
            why = _WHY_REFUSED.get(number or 0, "it is no serial port, or does not take the mode")
            raise Failure(f"{self.path}: {why}") from error
        return self

    def __exit__(self, *error: object) -> None:
        """Close the port."""
        with contextlib.suppress(OSError):
            self._port.close()

    def read(self) -> bytes | None:
        """Return what came; Lost when the port is gone."""
        try:
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except OSError as error:
            raise Lost(f"{self.path}: gone") from error


class Tcp:
    """A TCP connection to what passes the bytes of a line on, such as a serial-port server."""

    bearer = "tcp"
    is_stream = True

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        """Connect; Lost when nobody answers."""
        try:
            self._socket = socket.create_connection(self._address, _CONNECT_S)
        except OSError as error:
            host, port = self._address
            raise Lost(f"tcp:{host}:{port}: {error.strerror or error}") from error
        self._socket.settimeout(QUIET_S)
        return self

    def __exit__(self, *error: object) -> None:
        """Close the connection."""
        assert self._socket is not None
        self._socket.close()

    def read(self) -> bytes | None:
        """Return what came; None when the other end has closed."""
        assert self._socket is not None
        try:
            return self._socket.recv(_READ_BYTES) or None
        except TimeoutError:
            return b""
        except OSError as error:
            raise Lost(f"tcp: {error.strerror or error}") from error


class Udp:
    """Datagrams, each a packet, that are sent to `host` and `port` of this machine."""

    bearer = "udp"
    is_stream = False

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.settimeout(QUIET_S)

    def __enter__(self) -> Self:
        """Bind the address."""
        try:
            self._socket.bind(self._address)
        except OSError as error:
            host, port = self._address
            raise Failure(f"udp:{host}:{port}: {error.strerror or error}") from error
        return self

    def __exit__(self, *error: object) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self) -> bytes | None:
        """Return a datagram."""
        try:
            return self._socket.recv(0xFFFF)
        # Windows tells in this way that an earlier answer did not arrive; this end sends none.
        except (TimeoutError, ConnectionResetError):
            return b""


class CapturedBytes:
    """A file or pipe with the bytes of a line; "-" is standard input."""

    bearer = "line"
    is_stream = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Open the file."""
        try:
            self._file = sys.stdin.buffer if self._path == "-" else Path(self._path).open("rb")
        except OSError as error:
            raise Failure(f"{self._path}: {error.strerror}") from error
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        assert self._file is not None
        self._file.close()

    def read(self) -> bytes | None:
        """Return what came; None at the end."""
        assert self._file is not None
        if os.name == "posix" and not select.select([self._file], [], [], QUIET_S)[0]:
            return b""
        return os.read(self._file.fileno(), _READ_BYTES) or None


def source_of(text: str, baud: int, mode: str) -> Source:
    """Return the source that `text` names; BadParameter or Failure when it names none."""
    kind, _, rest = text.partition(":")
    if kind == "tcp":
        return Tcp(*_address(text, rest))
    if kind == "udp":
        return Udp(*_address(text, rest if ":" in rest else f"0.0.0.0:{rest}"))
    if text == "-":
        return CapturedBytes(text)
    if is_port(text):
        return Serial(text, baud, mode)
    if not Path(text).exists():
        raise Failure(f"{text}: no such file or port is there")
    return CapturedBytes(text)


def is_port(text: str) -> bool:
    """Tell whether `text` is, or would be, the name of a serial port."""
    if os.name == "posix":
        try:
            return stat.S_ISCHR(os.stat(text).st_mode)
        except OSError:
            return text.startswith("/dev/")
    return re.fullmatch(r"COM\d+", text, re.IGNORECASE) is not None


def _address(text: str, rest: str) -> tuple[str, int]:
    host, _, port = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 0x10000:
        raise typer.BadParameter(f"{text!r} is not {text[:3]}:HOST:PORT")
    return host, int(port)
