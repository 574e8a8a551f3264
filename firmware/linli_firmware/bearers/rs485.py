"""RS-485: a half-duplex bus of up to 128 devices, which the master polls in turn.

Nobody but the master speaks unasked, so nothing collides while all keep to the rules, and how long
an alarm waits is bounded by the cycle of the bus. It is the discipline that
linli_hostsim.rs485.Bus models:

    master   frame of  address || its next packet for that device, or nothing
    device   frame of  its next packet, or the single byte 00 when it has none

The address byte is 80 to FF. A device's packet begins with the protocol's version, 40 to 7F, so
that no device takes another's answer for a poll. The characters are 8E1, and t3.5 is the silence of
3.5 of them, 1.75 ms above 19 200 Bd (Modbus over serial line 1.02, section 2.5.1.1).

A device answers when the line has been quiet for t3.5, and only as long as it can be sure that the
master still listens: `answer_ms` is how long the master waits for the first byte, and a device
whose processor was busy elsewhere for half of that lets the turn pass, as it does when another
frame is heard meanwhile. What is lost, the link repeats.

The direction pin drives the line from the first byte of an answer until the device next looks after
its last bit. That is a few ms late when the processor is busy, so the master keeps silent for
RELEASE_MS after an answer. A transceiver that finds the direction itself (`direction` None) is
never late.
"""

from linli_protocol.bearer import Bearer
from linli_protocol.framing import encode_frame

from ..settings import NEEDED, merged
from .stream import PACE_MS, READ_BYTES, Frames
from .uart import Uart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..types import Config
    from .types import Board, Output, Port

DEFAULTS = {
    "number": 1,  # of the UART
    "tx": NEEDED,  # GPIO numbers
    "rx": NEEDED,
    "direction": None,  # GPIO number of the transceiver's DE and /RE; 1 drives the line
    "baud": 115_200,  # 8E1
    "device": 0,  # the device's address on the wire
    "address": None,  # on the bus, 0 to 127; None: the low seven bits of `device`
    "devices": 32,  # on the bus, which bounds its cycle (TIA/EIA-485-A: 32 unit loads)
    "answer_ms": 200,  # the master's patience (OSDP 2.2: reply within 200 ms)
}

MTU = 240
RELEASE_MS = 5
ADDRESS_BASE = 0x80
MAX_ADDRESS = 127

_BITS_PER_BYTE = 11
_FRAME_OVERHEAD = 5
_TURNAROUND_MS = 5
_IDLE_ANSWER = b"\x00"
_EVEN = 0


class Rs485(Uart):
    """A device on a polled bus; up while the master polls it.

    `address` is the byte on the wire. `direction` is the pin that drives the line, None when the
    transceiver does that itself. `lost_ms`: after this long without a poll the bus is down.
    """

    def __init__(
        self,
        bearer: Bearer,
        open_port: "Callable[[], Port]",
        direction: "Output | None",
        baud: int,
        address: int,
        answer_ms: int,
        lost_ms: int,
    ) -> None:
        super().__init__(bearer, open_port)
        # A poll is a packet and an address.
        self._frames = Frames(bearer.mtu + 1, self.counts)
        self._direction = direction
        self._baud = baud
        self._address = bytes([address])
        self._fresh_ms = answer_ms // 2
        self._lost_ms = lost_ms
        # From when until when an answer may begin.
        self._turn: "tuple[int, int] | None" = None
        # While it is on the line: when it should be out, and when something must be wrong.
        self._out_at: "int | None" = None
        self._give_up_at = 0
        self._read_at = 0
        self._polled_at = 0

    def stop(self) -> None:
        """Let go of the line and close the port."""
        self._release()
        self._turn = None
        super().stop()

    def next_deadline(self) -> "int | None":
        """Return when an answer begins or ends, or when the master is taken for lost."""
        if self._port is None:
            return self._due
        if self._out_at is not None:
            return self._read_at + PACE_MS if self._frames.unsent else self._out_at
        if self._turn is not None:
            return self._turn[0]
        return self._polled_at + self._lost_ms if self.is_up else None

    def _opened(self, now: int) -> None:
        self._read_at = now

    def _exchange(self, port: "Port", now: int) -> "list[bytes]":
        # `read` takes memory for all that it is asked for, even when nothing is there.
        data = port.read(READ_BYTES) or b"" if port.any() else b""
        # What was read has arrived since the port was last read empty.
        age = now - self._read_at
        if len(data) < READ_BYTES:
            self._read_at = now
        if self._out_at is not None:
            # What is heard is the answer's own echo.
            self._talk_on(port, now)
            return []
        packets = self._listen(data, now, now - age + self._fresh_ms) if data else []
        if self._turn is not None and now >= self._turn[0]:
            self._take_turn(port, now)
        if now - self._polled_at >= self._lost_ms:
            self.is_up = False
        return packets

    def _listen(self, data: bytes, now: int, turn_end: int) -> "list[bytes]":
        """Return the packets for this device; the last frame decides whose turn it is."""
        packets = []
        for packet in self._frames.decode(data):
            self._turn = None
            if packet[:1] == self._address:
                self._turn = (0, turn_end)
                self._polled_at = now
                self.is_up = True
                if len(packet) > 1:
                    packets.append(packet[1:])
        if self._turn is not None:
            self._turn = (now + silence_ms(self._baud), self._turn[1])
        return packets

    def _take_turn(self, port: "Port", now: int) -> None:
        """Begin to answer, unless it has become too late."""
        assert self._turn is not None
        if now < self._turn[1]:
            answer = encode_frame(self._queue.pop(0)) if self._queue else _IDLE_ANSWER
            self._give_up_at = now + _characters_ms(len(answer), self._baud) + self._fresh_ms
            self._frames.unsent = answer
            if self._direction is not None:
                self._direction.value(1)
            self._talk_on(port, now)
        self._turn = None

    def _talk_on(self, port: "Port", now: int) -> None:
        """Write what is left of the answer, and let go of the line when it is out."""
        unsent = self._frames.unsent
        if unsent:
            self._out_at = now + _characters_ms(len(unsent), self._baud)
            self._frames.unsent = unsent[port.write(unsent) or 0 :]
        elif self._out_at is not None and now >= self._out_at:
            if port.txdone():
                self._release()
                return
            self._out_at = now + 1
        if now >= self._give_up_at:
            raise OSError("the port does not finish")

    def _release(self) -> None:
        self._out_at = None
        if self._direction is not None:
            self._direction.value(0)


def _characters_ms(count: int, baud: int) -> int:
    return -(-count * _BITS_PER_BYTE * 1000 // baud)


def silence_ms(baud: int) -> int:
    """Return t3.5, rounded up."""
    return 2 if baud > 19_200 else -(-7 * _BITS_PER_BYTE * 500 // baud)


def cycle_ms(devices: int, baud: int) -> int:
    """Return how long it takes to poll every device when each poll carries a packet both ways."""
    characters = 1 + 2 * (MTU + _FRAME_OVERHEAD)
    poll_ms = _characters_ms(characters, baud) + 2 * silence_ms(baud) + _TURNAROUND_MS + RELEASE_MS
    return devices * poll_ms


def build(settings: "Config", board: "Board") -> Rs485:
    """Return the transport of a bus with `settings` over DEFAULTS."""
    chosen = merged(DEFAULTS, settings)
    baud = chosen["baud"]
    address = chosen["address"]
    if address is None:
        address = chosen["device"] & MAX_ADDRESS
    if not 0 <= address <= MAX_ADDRESS:
        raise ValueError("address: 0 to %d" % MAX_ADDRESS)
    pin = chosen["direction"]
    timeout_ms = 1_000 + cycle_ms(chosen["devices"], baud)
    return Rs485(
        Bearer("rs485", MTU, timeout_ms),
        lambda: board.uart(chosen["number"], baud, chosen["tx"], chosen["rx"], 8, _EVEN, 1),
        None if pin is None else board.pin_out(pin),
        baud,
        ADDRESS_BASE | address,
        chosen["answer_ms"],
        2 * timeout_ms,
    )
