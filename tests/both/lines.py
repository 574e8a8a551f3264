"""Serial ports on wires in virtual time: a line between two, and a half-duplex bus with its master.

A wire moves in character times: `tick` lets every port shift one character out.
"""

from linli_protocol.framing import FrameDecoder, encode_frame


class Port:
    """A machine.UART whose transmit buffer has `tx_room` bytes; `fault` is raised by every call."""

    def __init__(self, tx_room=64, rx_room=512):
        self.tx = b""
        self.rx = b""
        self.fault = None
        self.stuck = False
        self.is_open = True
        self.lost = 0
        self._tx_room = tx_room
        self._rx_room = rx_room

    def _check(self):
        if self.fault:
            raise self.fault
        assert self.is_open, "used after deinit"

    def write(self, data):
        self._check()
        room = self._tx_room - len(self.tx)
        if not room:
            return None
        self.tx += data[:room]
        return min(room, len(data))

    def any(self):
        self._check()
        return len(self.rx)

    def read(self, count):
        self._check()
        data = self.rx[:count]
        self.rx = self.rx[count:]
        return data or None

    def txdone(self):
        self._check()
        return not self.tx and not self.stuck

    def deinit(self):
        self.is_open = False
        self.tx = b""
        self._check_fault()

    def _check_fault(self):
        if self.fault:
            raise self.fault

    def shift(self):
        """Take the next character out of the transmit buffer, None when there is none."""
        if not self.tx or self.stuck:
            return None
        character = self.tx[0]
        self.tx = self.tx[1:]
        return character

    def hear(self, characters):
        self.rx += characters
        if len(self.rx) > self._rx_room:
            self.lost += len(self.rx) - self._rx_room
            self.rx = self.rx[: self._rx_room]


class Pin:
    def __init__(self):
        self.level = 0

    def value(self, level):
        self.level = level


class Wire:
    """Time for all that is on it: `now` in ms; `bits` a character."""

    def __init__(self, baud, bits):
        self.character_us = bits * 1000000 // baud
        self.us = 0

    @property
    def now(self):
        return self.us // 1000

    def run(self, ms, visit):
        """Let time pass; `visit()` is called after every character time."""
        end = self.us + ms * 1000
        while self.us < end:
            self.us += self.character_us
            self.tick()
            visit()

    def tick(self):
        raise NotImplementedError


class Line(Wire):
    """Joins two ports; `noise(byte)` returns what arrives of a byte."""

    def __init__(self, baud, noise=lambda byte: bytes([byte])):
        super().__init__(baud, 10)
        self.ends = [Port(tx_room=16), Port(tx_room=16)]
        self.noise = noise

    def tick(self):
        for number in (0, 1):
            byte = self.ends[number].shift()
            if byte is not None:
                self.ends[1 - number].hear(self.noise(byte))


class Bus(Wire):
    """Joins ports whose pins say who drives; more than one driver garbles every character.

    Ports hear themselves when `echo`. `foreign` is what something else talks into the line.
    """

    def __init__(self, baud, echo=False, noise=lambda byte: bytes([byte])):
        super().__init__(baud, 11)
        self.echo = echo
        self.noise = noise
        self.members = []
        self.foreign = b""
        self.collisions = 0

    def join(self, tx_room=256):
        """Return (port, pin) of a new member."""
        port, pin = Port(tx_room), Pin()
        self.members.append((port, pin))
        return port, pin

    def tick(self):
        drivers = [pin for _, pin in self.members if pin.level]
        talkers = [(port, port.shift()) for port, _ in self.members if port.tx]
        if self.foreign:
            talkers.append((None, self.foreign[0]))
            self.foreign = self.foreign[1:]
        said = [byte for port, byte in talkers if byte is not None and self._drives(port)]
        if not said:
            return
        if len(drivers) + (talkers[-1][0] is None) > 1:
            self.collisions += 1
            heard = b"\x5a"
        else:
            heard = self.noise(said[0])
        for port, pin in self.members:
            if self.echo or not pin.level:
                port.hear(heard)

    def _drives(self, port):
        return port is None or port in [each for each, pin in self.members if pin.level]


class Master:
    """The polling end of a bus, by the discipline that linli_firmware.bearers.rs485 describes.

    `down` holds the packets for each address; what came is in `up`, as (address, packet).
    """

    def __init__(self, bus, addresses, answer_ms=200, release_ms=5):
        self.bus = bus
        self.port, self.pin = bus.join(1024)
        self.addresses = addresses
        self.down = {address: [] for address in addresses}
        self.up = []
        self.polls = 0
        self.unanswered = 0
        self.paused = False
        # Who may speak now, None while the master itself does.
        self.listens_to = None
        self._answer_ms = answer_ms
        self._release_ms = release_ms
        self._turn = 0
        self._decoder = None
        self._wait_until = 0
        self._heard = False

    def step(self):
        now = self.bus.now
        if self.pin.level:
            if self.port.tx:
                return
            self.pin.value(0)
            self.port.rx = b""
            self._decoder = FrameDecoder()
            self._heard = False
            self._wait_until = now + self._answer_ms
            self.listens_to = self.addresses[self._turn]
        data = self.port.read(512)
        if self.listens_to is not None:
            if data:
                self._heard = True
                self.up += [(self.listens_to, packet) for packet in self._decoder.feed(data)]
                # The end of an answer is the silence after it.
                self._wait_until = now + 2 + self._release_ms
            if now < self._wait_until:
                return
            self.unanswered += not self._heard
            self.listens_to = None
            self._turn = (self._turn + 1) % len(self.addresses)
        if not self.paused:
            self._poll()

    def _poll(self):
        address = self.addresses[self._turn]
        packet = self.down[address].pop(0) if self.down[address] else b""
        self.polls += 1
        self.pin.value(1)
        self.port.write(encode_frame(bytes([address]) + packet))
