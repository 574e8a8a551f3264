"""A serial line with one device at its other end: frames, 8N1 (docs/PROTOCOL.md 1.5)."""

from pathlib import Path

from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame

from .port import Port, UnpluggedError, opened
from .way import Receiver, Reply

MTU = 240
_ACK_TIMEOUT_MS = 1200
_NO_PARITY = "N"


class Line:
    """The serial port at `path`; it may be plugged in, pulled out and plugged in again."""

    def __init__(self, path: Path, baud: int = 115_200) -> None:
        self.name = f"line {path}"
        self._path = path
        self._baud = baud
        self._port: Port | None = None

    def bearer(self) -> Bearer:
        """See Way."""
        return Bearer(self.name, MTU, _ACK_TIMEOUT_MS)

    def route(self, device: int) -> Reply | None:
        """See Way."""
        return self._reply

    async def serve(self, receive: Receiver) -> None:
        """See Way."""
        while True:
            async with opened(self._path, self._baud, _NO_PARITY) as port:
                self._port = port
                decoder = FrameDecoder()
                try:
                    while True:
                        for packet in decoder.feed(await port.read()):
                            receive(self.name, packet, self._reply)
                except UnpluggedError:
                    pass
                finally:
                    self._port = None

    def _reply(self, packet: bytes) -> bool:
        return self._port is not None and self._port.write(encode_frame(packet))
