"""bluetooth.BLE as documented, with a central that does what it is told; no pairing, one service.

The stack has room for `room` notifications; `flush()` is a connection event that sends them.
"""

CENTRAL_CONNECT = 1
CENTRAL_DISCONNECT = 2
GATTS_WRITE = 3
MTU_EXCHANGED = 21

FLAG_WRITE_NO_RESPONSE = 0x04
FLAG_WRITE = 0x08
FLAG_NOTIFY = 0x10

DEFAULT_BUFFER = 20
ENODEV, ENOMEM, ENOTCONN, EINVAL = 19, 12, 128, 22


class Uuid:
    """bluetooth.UUID."""

    def __init__(self, text):
        self.text = text


class FakeBle:
    """The radio. `heard` are the pieces the central was notified of."""

    def __init__(self, room=4):
        self.room = room
        self.broken = False
        self.interval_us = None
        self.advertised = None
        self.heard = []
        self.settings = {}
        self.services = None
        self.connection = None
        self.disconnected = 0
        self._active = False
        self._handler = None
        self._buffers = {}
        self._limits = {}
        self._append = {}
        self._waiting = []
        self._mtu = 23
        self._next_connection = 0

    def _check(self):
        if self.broken or not self._active:
            raise OSError(ENODEV)

    # The documented interface.

    def active(self, on=None):
        if on is None:
            return self._active
        if on and self.broken:
            raise OSError(ENODEV)
        self._active = on
        if not on:
            self.interval_us = None
            self.connection = None
        return on

    def config(self, **settings):
        self._check()
        for name in settings:
            assert name in ("mtu", "addr_mode", "rxbuf", "gap_name"), name
        self.settings.update(settings)

    def irq(self, handler):
        self._handler = handler

    def gatts_register_services(self, services):
        self._check()
        assert self.interval_us is None, "advertising must be stopped before"
        self.services = services
        handle = 10
        handles = []
        for uuid, characteristics in services:
            assert isinstance(uuid, Uuid)
            row = []
            for each in characteristics:
                assert isinstance(each[0], Uuid)
                row.append(handle)
                self._buffers[handle] = b""
                self._limits[handle] = DEFAULT_BUFFER
                self._append[handle] = False
                handle += 3
            handles.append(tuple(row))
        return tuple(handles)

    def gatts_set_buffer(self, handle, length, append=False):
        self._check()
        self._limits[handle] = length
        self._append[handle] = append

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable=True):
        self._check()
        assert connectable
        self.interval_us = interval_us
        if adv_data is not None:
            assert len(adv_data) <= 31
            self.advertised = bytes(adv_data)

    def gap_disconnect(self, connection):
        self._check()
        if connection != self.connection or connection is None:
            return False
        self.disconnected += 1
        self.leave()
        return True

    def gatts_read(self, handle):
        self._check()
        data = self._buffers[handle]
        if self._append[handle]:
            self._buffers[handle] = b""
        return data

    def gatts_notify(self, connection, handle, data=None):
        self._check()
        if connection is None:
            raise TypeError("can't convert NoneType to int")
        if connection != self.connection:
            raise OSError(ENOTCONN)
        assert handle == self.tx and data
        assert len(data) <= self._mtu - 3, "a longer notification is cut off"
        if len(self._waiting) >= self.room:
            raise OSError(ENOMEM)
        self._waiting.append(bytes(data))

    # The central.

    @property
    def tx(self):
        return self._handle(FLAG_NOTIFY)

    @property
    def rx(self):
        return self._handle(FLAG_WRITE)

    def _handle(self, flag):
        handle = 10
        for _, flags in self.services[0][1]:
            if flags & flag:
                return handle
            handle += 3
        raise AssertionError("no such characteristic")

    def _tell(self, event, data):
        if self._handler:
            self._handler(event, data)

    def connect(self, mtu=None):
        """Connect, which ends the advertising; agree on an MTU if one is given."""
        assert self.interval_us is not None and self.connection is None
        self.interval_us = None
        self.connection = self._next_connection
        self._next_connection += 1
        self._mtu = 23
        self._tell(CENTRAL_CONNECT, (self.connection, 1, memoryview(b"\x01\x02\x03\x04\x05\x06")))
        if mtu is not None:
            self._mtu = min(mtu, self.settings.get("mtu", 23))
            self._tell(MTU_EXCHANGED, (self.connection, self._mtu))

    def write(self, data):
        """Write to RX in pieces that fit the MTU; what the buffer cannot hold is lost."""
        handle = self.rx
        while data:
            piece = data[: self._mtu - 3]
            data = data[len(piece) :]
            kept = self._buffers[handle] if self._append[handle] else b""
            self._buffers[handle] = (kept + piece)[: self._limits[handle]]
            self._tell(GATTS_WRITE, (self.connection, handle))

    def flush(self):
        """Let the notifications that wait reach the central."""
        self.heard += self._waiting
        self._waiting = []

    def leave(self):
        """End the connection, or lose it."""
        connection = self.connection
        self.connection = None
        self._waiting = []
        self._tell(CENTRAL_DISCONNECT, (connection, 1, memoryview(b"\x01\x02\x03\x04\x05\x06")))
