"""The master of a half-duplex serial line: one request out, its answer in, all else dropped.

What is asked is a step of a device. A device (a meter's driver) offers

* `serial`: (Bd, parity as machine.UART has it, stop bits); 8 data bits;
* `encode(step)`: the bytes of a new request, asked for anew for every try;
* `decode(step, heard)`: (outcome, value) once the bytes `heard` hold the answer to the last
  request, else None. ANSWERED carries the step's value; REFUSED, where the device said no or gave a
  value that makes no sense, its error code or None.

After a request without an answer the line is left alone for `late_ms`: what arrives then is late
and dropped, so that it is not taken for the answer to what is asked next. Protocols with a sequence
number or an address in the answer tell such answers apart by themselves as well; Modbus cannot tell
two answers of one device apart.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bearers.types import Output, Port
    from .types import Answer, Device, Done, Serial

# Outcomes.
SILENT = 0
ANSWERED = 1
REFUSED = 2

# Bytes of the longest answer (Modbus over serial line V1.02, 2.3).
LONGEST = 256

_RESTING = 0
_SENDING = 1
_LISTENING = 2


class Bus:
    """The line. Call `poll` every few milliseconds and at `next_deadline()`.

    `open_port(serial)` returns a port for a serial format; the one before has been closed.
    `direction` drives the line while it is 1, from the first byte of a request to the first poll
    after its last bit; None for a transceiver that finds the direction itself.
    `timeout_ms`: from the end of a request to the answer's first byte; the answer may go on as long
    as the longest takes. `tries`: requests until a device counts as silent.
    """

    def __init__(
        self,
        open_port: "Callable[[Serial], Port]",
        direction: "Output | None" = None,
        timeout_ms: int = 1000,
        tries: int = 3,
        late_ms: int = 500,
    ) -> None:
        self._open_port = open_port
        self._direction = direction
        self._timeout_ms = timeout_ms
        self._tries = tries
        self._late_ms = late_ms
        self._port: "Port | None" = None
        self._serial: "Serial | None" = None
        self._queue: "list[tuple[Device, int, Done]]" = []
        self._left = 0
        self._state = _RESTING
        self._until = 0
        self._give_up = 0
        self._gap_ms = 0
        self._request = b""
        self._heard = b""
        self.counts = {
            "requests": 0,
            "answered": 0,
            "refused": 0,
            "silent": 0,
            "garbled": 0,
            "late_bytes": 0,
            "echoes": 0,
        }

    def submit(self, device: "Device", step: int, done: "Done", first: bool = False) -> None:
        """Queue a request, at the head when `first`; `done(outcome, value, now)` is called once."""
        at = len(self._queue)
        if first:
            # The head itself may be under way.
            at = min(at, 1 if self._left or self._state != _RESTING else 0)
        self._queue.insert(at, (device, step, done))

    def restart(self, now: int) -> None:
        """Forget all requests and close the port, after something has gone wrong with it."""
        self._queue.clear()
        self._left = 0
        self._state = _RESTING
        self._until = now + self._late_ms
        self._drive(0)
        if self._port is not None:
            self._port.deinit()
            self._port = None

    def poll(self, now: int) -> None:
        """Do what is due. OSError: the port does not work."""
        port = self._port
        if self._state == _SENDING and port:
            if now < self._until:
                return
            if not port.txdone():
                if now >= self._give_up:
                    raise OSError("the port does not finish")
                return
            self._drive(0)
            self._state = _LISTENING
            self._until = now + self._timeout_ms
            self._give_up = self._until + self._airtime_ms(LONGEST)
        data = port.read(LONGEST) if port else None
        if self._state == _LISTENING:
            if data:
                self._listen(data, now)
            if self._state == _LISTENING and now >= self._until:
                self.counts["garbled" if self._heard else "silent"] += 1
                self._finish((SILENT, None), now + self._late_ms, now)
        elif data:
            self.counts["late_bytes"] += len(data)
            self._until = max(self._until, now + self._gap_ms)
        if self._state == _RESTING and self._queue and now >= self._until:
            self._send(now)

    def next_deadline(self) -> "int | None":
        """Return the monotonic ms at which `poll` must come even if nothing arrives."""
        return self._until if self._queue else None

    def _send(self, now: int) -> None:
        device, step, _ = self._queue[0]
        port = self._port
        if port is None or device.serial != self._serial:
            if port is not None:
                port.deinit()
            self._serial = device.serial
            self._port = port = self._open_port(device.serial)
            # t3.5, 1.75 ms above 19 200 Bd (Modbus over serial line V1.02, 2.5.1.1).
            self._gap_ms = max(2, self._airtime_ms(7) // 2)
        if not self._left:
            self._left = self._tries
        self._left -= 1
        self._request = device.encode(step)
        self._heard = b""
        self._drive(1)
        port.write(self._request)
        self._state = _SENDING
        self._until = now + self._airtime_ms(len(self._request))
        self._give_up = self._until + self._timeout_ms
        self.counts["requests"] += 1

    def _listen(self, data: bytes, now: int) -> None:
        self._heard = (self._heard + data)[-2 * LONGEST :]
        if self._heard.startswith(self._request):
            self.counts["echoes"] += 1
            self._heard = self._heard[len(self._request) :]
        device, step, _ = self._queue[0]
        answer = device.decode(step, self._heard)
        if answer is not None:
            self.counts["refused" if answer[0] == REFUSED else "answered"] += 1
            self._left = 0
            self._finish(answer, now + self._gap_ms, now)
        else:
            self._until = min(self._give_up, now + self._timeout_ms)

    def _finish(self, answer: "Answer", rest_until: int, now: int) -> None:
        self._state = _RESTING
        self._until = rest_until
        if not self._left:
            done = self._queue.pop(0)[2]
            done(answer[0], answer[1], now)

    def _drive(self, level: int) -> None:
        if self._direction is not None:
            self._direction.value(level)

    def _airtime_ms(self, length: int) -> int:
        rate, parity, stop = self._serial or (1, None, 1)
        bits = 9 + stop + (parity is not None)
        return length * bits * 1000 // rate + 1
