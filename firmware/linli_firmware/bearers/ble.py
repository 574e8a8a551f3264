"""Bluetooth Low Energy: the device is a peripheral, the hub connects and both write frames.

One service in the manner of Nordic's UART service: the hub writes to RX, the device notifies on TX.
Within one connection GATT is an ordered stream of pieces whose size the two ends negotiate, so
packets travel in linli_protocol's frames for streams: no second fragmentation, and what the stack
drops when its buffers are full is found by the checksum. The way is up when the hub has written
anything (a single zero, the empty frame, is enough): a stranger's telephone that only connects does
not draw alarms to itself, and is sent away after a while so that the hub finds room.

Advertisements carry flags and the service's UUID and nothing else: neither a name nor the device's
address in the community. The radio's own address is a resolvable private one that changes, so that
passers-by cannot follow a carried button (Core Specification vol. 3 part C, 10.7). After connecting
the hub learns which device it is from the packets.
"""

from linli_protocol.bearer import Bearer

from ..settings import merged
from .stream import PACE_MS, Frames
from .transport import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..types import Config

DEFAULTS = {
    "advertise_ms": 250,
    "address_mode": 2,  # BLE.config's addr_mode: 2 resolvable private, 0 public
}

MTU = 240
ACK_TIMEOUT_MS = 2_000  # our own figure: some tens of connection intervals

SERVICE = "8f6d0001-3c5b-4e0a-9d27-5b1a7c44e913"
TX = "8f6d0002-3c5b-4e0a-9d27-5b1a7c44e913"
RX = "8f6d0003-3c5b-4e0a-9d27-5b1a7c44e913"

# Characteristics' flags and events of MicroPython's bluetooth module.
_WRITE_NO_RESPONSE = 0x04
_WRITE = 0x08
_NOTIFY = 0x10
_CONNECTED = 1
_DISCONNECTED = 2
_WRITTEN = 3
_MTU_EXCHANGED = 21

# What fits one data packet of the link layer with data length extension: 251 less 4.
ATT_MTU = 247
LEAST_ATT_MTU = 23
NOTIFICATION_HEADER = 3

# Bytes the stack keeps for us between two polls: four frames.
RECEIVE_BUFFER = 1_024

# A connection on which nothing is written for so long, or notified, is ended; our own figures.
SILENCE_MS = 10_000
STUCK_MS = 10_000
RESTART_MS = 30_000

_STOPPED = 0
_RESTING = 1
_RUNNING = 2


class Pipe:
    """The service of the radio `ble` as a byte stream to whoever is connected, once registered.

    Events come between any two steps of the node's: they only set the attributes below. What was
    written to RX waits in a buffer of the stack's, so that no event needs memory.
    """

    def __init__(self, ble: "Any") -> None:
        self.connection: "int | None" = None
        self.is_new = False  # somebody has connected
        self.is_written = False  # something is to be read
        self.has_moved = False  # something was taken
        self._ble = ble
        self._att_mtu = LEAST_ATT_MTU
        self._tx = 0
        self._rx = 0

    def register(self, uuid: "Callable[[str], Any]") -> None:
        """Offer the service; `uuid(text)` makes a bluetooth.UUID."""
        self.connection = None
        self.is_new = False
        self.is_written = False
        self._ble.irq(self._on_event)
        characteristics = ((uuid(TX), _NOTIFY), (uuid(RX), _WRITE | _WRITE_NO_RESPONSE))
        service = (uuid(SERVICE), characteristics)
        ((self._tx, self._rx),) = self._ble.gatts_register_services((service,))
        self._ble.gatts_set_buffer(self._rx, RECEIVE_BUFFER, True)

    def read(self, count: int) -> "bytes | None":
        """Return all that was written; at most RECEIVE_BUFFER bytes, whatever `count`."""
        if not self.is_written:
            return None
        self.is_written = False
        return self._ble.gatts_read(self._rx) or None

    def write(self, data: bytes) -> "int | None":
        """Notify what fits one piece; None when the stack has no room or nobody is connected."""
        connection = self.connection
        if connection is None:
            return None
        piece = data[: self._att_mtu - NOTIFICATION_HEADER]
        try:
            self._ble.gatts_notify(connection, self._tx, piece)
        except OSError:
            return None
        self.has_moved = True
        return len(piece)

    def _on_event(self, event: int, data: "tuple[Any, ...]") -> None:
        """Note what the stack tells."""
        if event == _CONNECTED:
            self._att_mtu = LEAST_ATT_MTU
            self.is_written = False
            self.is_new = True
            self.connection = data[0]
        elif event == _DISCONNECTED:
            self.connection = None
        elif event == _WRITTEN:
            self.is_written = True
        elif event == _MTU_EXCHANGED:
            self._att_mtu = data[1]


class Ble(Transport):
    """The service on the radio `ble` (bluetooth.BLE); `uuid(text)` makes a bluetooth.UUID."""

    def __init__(
        self,
        bearer: "Bearer",
        ble: "Any",
        uuid: "Callable[[str], Any]",
        advertise_ms: int,
        address_mode: int,
    ) -> None:
        super().__init__(bearer)
        self._frames = Frames(bearer.mtu, self.counts)
        self._pipe = Pipe(ble)
        self._ble = ble
        self._uuid = uuid
        self._interval_us = advertise_ms * 1000
        self._address_mode = address_mode
        self._state = _STOPPED
        self._is_advertising = False
        # When a pause ends, a silent peer is sent away, or one that takes nothing.
        self._due = 0
        self._retry_at = 0

    def start(self, now: int) -> None:
        """Switch the radio on and advertise."""
        if self._state == _STOPPED:
            self._begin(now)

    def stop(self) -> None:
        """Switch the radio off, which ends the connection."""
        self._state = _STOPPED
        self.is_up = False
        self._frames.unsent = b""
        self._pipe.connection = None
        try:
            self._ble.irq(None)
            self._ble.active(False)
        except OSError:
            self.counts["faults"] += 1

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived."""
        if self._state == _RESTING and now >= self._due:
            self._begin(now)
        if self._state != _RUNNING:
            return []
        try:
            return self._exchange(now)
        except OSError:
            self._rest(now)
            return []

    def next_deadline(self) -> "int | None":
        """Return when a pause or the patience with a peer ends, or when to try again to send."""
        if self._state == _RUNNING and self.is_up:
            return self._retry_at if self._frames.unsent else None
        if self._state == _RESTING or self._pipe.connection is not None:
            return self._due
        return None

    def _begin(self, now: int) -> None:
        try:
            self._ble.active(True)
            self._ble.config(mtu=ATT_MTU, addr_mode=self._address_mode)
            self._pipe.register(self._uuid)
            self._ble.gap_advertise(self._interval_us, advertisement())
        except OSError:
            self._rest(now)
            return
        self._state = _RUNNING
        self._is_advertising = True

    def _rest(self, now: int) -> None:
        """Switch the radio off for a while."""
        self.counts["faults"] += 1
        self.stop()
        self._state = _RESTING
        self._due = now + RESTART_MS

    def _exchange(self, now: int) -> "list[bytes]":
        pipe = self._pipe
        if pipe.is_new:
            # The stack has ended the advertising.
            pipe.is_new = False
            self._is_advertising = False
            self.is_up = False
            self._frames.unsent = b""
            self._due = now + SILENCE_MS
        data = pipe.read(RECEIVE_BUFFER)
        packets = self._frames.decode(data) if data else []
        connection = pipe.connection
        if connection is None:
            self.is_up = False
            if not self._is_advertising:
                self._is_advertising = True
                self._ble.gap_advertise(self._interval_us)
            return packets
        if data and not self.is_up:
            self.is_up = True
            self._due = now + STUCK_MS
        self._retry_at = now + PACE_MS
        pipe.has_moved = False
        if self.is_up and (self._frames.write(pipe, self._queue) or pipe.has_moved):
            self._due = now + STUCK_MS
        elif now >= self._due:
            self._due = now + STUCK_MS
            self._ble.gap_disconnect(connection)
        return packets


def advertisement() -> bytes:
    """Return what is advertised: general discoverability without BR/EDR, and the service."""
    service = bytes(reversed(bytes.fromhex(SERVICE.replace("-", ""))))
    return b"\x02\x01\x06\x11\x07" + service


def build(settings: "Config", board: "Any") -> Ble:
    """Return the transport of the Bluetooth radio with `settings` over DEFAULTS."""
    chosen = merged(DEFAULTS, settings)
    return Ble(
        Bearer("ble", MTU, ACK_TIMEOUT_MS),
        board.ble(),
        board.uuid,
        chosen["advertise_ms"],
        chosen["address_mode"],
    )
