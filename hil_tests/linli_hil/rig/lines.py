"""The host's end of a board's line: a socket, a serial port or pty, a TCP connection.

Each is an `interfaces.Line`. OSError: the line cannot be opened.
"""

import select
import socket

BAUD = 115_200
_PIECE = 4096


class SocketLine:
    """A connected stream socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def read(self) -> bytes:
        """Return what has arrived."""
        if not select.select([self._socket], [], [], 0)[0]:
            return b""
        try:
            data = self._socket.recv(_PIECE)
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError("the board has hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError("the board has hung up") from None


class SerialLine:
    """A serial port, by any name that pyserial takes, or a pty's path."""

    def __init__(self, port: str, baud: int = BAUD) -> None:
        import serial

        self._port = serial.Serial(port, baud, timeout=0)

    def read(self) -> bytes:
        """Return what has arrived."""
        try:
            data: bytes = self._port.read(_PIECE)
        except OSError:
            raise EOFError(f"{self._port.name}: gone") from None
        return data

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._port.write(data)
        except OSError:
            raise EOFError(f"{self._port.name}: gone") from None

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


class TcpLine:
    """The one device that connects to a port of this host, however often it does."""

    def __init__(self, host: str, port: int) -> None:
        self._listener = socket.create_server((host, port))
        self._connection: SocketLine | None = None
        self._accepted: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port, which the system has chosen when 0 was asked for."""
        number: int = self._listener.getsockname()[1]
        return number

    def read(self) -> bytes:
        """Return what has arrived over the newest connection."""
        if select.select([self._listener], [], [], 0)[0]:
            self._hang_up()
            self._accepted = self._listener.accept()[0]
            self._connection = SocketLine(self._accepted)
        if self._connection is None:
            return b""
        try:
            return self._connection.read()
        except EOFError:
            self._hang_up()
            return b""

    def write(self, data: bytes) -> None:
        """Send bytes; while nobody is connected they are lost."""
        if self._connection is None:
            return
        try:
            self._connection.write(data)
        except EOFError:
            self._hang_up()

    def close(self) -> None:
        """Hang up and stop listening."""
        self._hang_up()
        self._listener.close()

    def _hang_up(self) -> None:
        if self._accepted is not None:
            self._accepted.close()
        self._accepted = self._connection = None
