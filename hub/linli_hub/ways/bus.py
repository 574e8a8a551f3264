"""An RS-485 bus, of which the hub is the master: it polls its devices in turn, 8E1.

The rules are docs/PROTOCOL.md 1.5's. A device that does not answer costs its patience, so that of
the silent ones only one is asked in each round. One that speaks out of turn is not listened to, and
what it says takes from the others no more than the time of their turns.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from linli_protocol import packet
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame

from .port import Port, UnpluggedError, opened
from .way import Receiver, Reply

MTU = 240
ADDRESS_BASE = 0x80
ADDRESSES = 128
_EVEN_PARITY = "E"
_ANSWER_S = 0.2
_RELEASE_S = 0.005
# A frame begins like the answer "nothing": what follows comes within this, also through USB.
_MORE_S = 0.02
# Longer than any frame takes at the slowest common speed, 9 600 Bd with 11 bits a byte.
_FRAME_S = 0.35
_ACK_TIMEOUT_MS = 1000
# Packets that wait for a device's next poll before the link is left to repeat them.
_WAITING = 8


class Bus:
    """The bus at the serial port `path`, with `devices` on it, by their device addresses."""

    def __init__(self, path: Path, devices: Sequence[int], baud: int = 115_200) -> None:
        self.name = f"bus {path}"
        self._path = path
        self._baud = baud
        self._waiting: dict[int, deque[bytes]] = {device: deque() for device in devices}
        self._silent: set[int] = set()

    def bearer(self) -> Bearer:
        """See Way."""
        # A full round: every device has a packet, and so has the master for each.
        longest = 2 * (MTU + 6) * 11 / self._baud + _RELEASE_S
        return Bearer(self.name, MTU, _ACK_TIMEOUT_MS + round(1000 * longest * len(self._waiting)))

    def route(self, device: int) -> Reply | None:
        """See Way."""
        waiting = self._waiting.get(device)
        if waiting is None:
            return None

        def reply(data: bytes) -> bool:
            if len(waiting) >= _WAITING:
                return False
            waiting.append(data)
            return True

        return reply

    async def serve(self, receive: Receiver) -> None:
        """See Way."""
        while True:
            async with opened(self._path, self._baud, _EVEN_PARITY) as port:
                try:
                    while True:
                        for device in self._round():
                            await self._poll(port, device, receive)
                except UnpluggedError:
                    pass

    def _round(self) -> Iterator[int]:
        """Yield whom to poll: all that answer, and one of the others."""
        silent = next((each for each in self._waiting if each in self._silent), None)
        for device in self._waiting:
            if device not in self._silent:
                yield device
        if silent is not None:
            # To the end of the line: next time it is another's turn.
            self._waiting[silent] = self._waiting.pop(silent)
            yield silent

    async def _poll(self, port: Port, device: int, receive: Receiver) -> None:
        waiting = self._waiting[device]
        word = waiting.popleft() if waiting else b""
        address = ADDRESS_BASE + device % ADDRESSES
        port.forget()
        port.write(encode_frame(bytes([address]) + word))
        decoder = FrameDecoder()
        try:
            async with asyncio.timeout(_ANSWER_S):
                data = await port.read()
        except TimeoutError:
            self._silent.add(device)
            return
        self._silent.discard(device)
        answers: list[bytes] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FRAME_S):
                while not (answers := _of(device, decoder.feed(data))):
                    async with asyncio.timeout(_MORE_S):
                        data = await port.read()
        reply = self.route(device)
        assert reply is not None
        for each in answers:
            receive(self.name, each, reply)
        await asyncio.sleep(_RELEASE_S)


def _of(device: int, packets: Sequence[bytes]) -> list[bytes]:
    """Return the packets of the device whose turn it is."""
    headers = map(packet.parse_header, packets)
    return [
        each
        for each, header in zip(packets, headers, strict=True)
        if header is not None and header.device == device
    ]
