"""NB-IoT: UDP datagrams through a SIMCom SIM7020 modem on a UART.

The commands are those of the SIM7020 Series AT Command Manual (V1.05) and its TCP/IP Application
Note (V1.04): CSOC, CSOCON, CSOSEND and CSONMI carry datagrams as hexadecimal text, the rest is 3GPP
TS 27.007. SIM7022 and SIM7028 take the same. One datagram carries one packet as it is.

Whatever stops working is mended by a ladder: the command once more, the whole way up to a new
socket, a reset by command, the power key and the reset pin, and then all of it again after a rest
that doubles. A rung is left for the next until a packet has gone out.
"""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from . import nbiot_timers
from .at import OK, TIMEOUT, AtEngine
from .stream import READ_BYTES
from .transport import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..types import Config
    from .types import Board, Output, Port

    # Yields a command and its prefix and timeout, or a wait in ms, or IDLE; is sent the outcome.
    Script = Generator[tuple[bytes, bytes, int] | int, int | None, Any]

DEFAULTS = {
    "number": 1,  # of the UART
    "tx": NEEDED,  # GPIO numbers
    "rx": NEEDED,
    "baud": 115_200,
    "power_key": None,  # pins that, when high, pull PWRKEY or RESET low through a transistor
    "reset": None,
    "host": NEEDED,  # the hub's IPv4 address as a number: nothing resolves names here
    "port": NEEDED,
    "apn": "",  # empty: the network's
    # Power saving mode: T3412 and T3324; both None for a device on mains.
    "update_s": None,
    "active_s": None,
    "edrx_s": None,
}

MTU = 240  # CSOSEND takes 512 bytes
# Exception report at 164 dB coupling loss, in-band: 8.3 s one way (Liberg et al., recalled).
ACK_TIMEOUT_MS = 20_000
IN_FLIGHT = 4  # our own figure: the modem sends one after another

# Times of the module's manuals where they state any, else our own figures.
COMMAND_MS = 2_000
NETWORK_COMMAND_MS = 10_000
ATTEND_MS = 1_000
ATTEND_TRIES = 3
BOOT_TRIES = 12
KEY_MS = 1_000  # PWRKEY must be low for 0.8 s (Hardware Design V1.02, 3.4)
RESET_MS = 300
REGISTER_POLL_MS = 2_000
REGISTER_POLLS = 90
REGISTER_FAILURES = 4  # in a row: for some seconds after its start the module may know no SIM
CHECK_MS = 600_000
REST_MS = 60_000
MAX_REST_MS = 3_600_000
TRIES = 2

# A packet that three connections in a row could not send is dropped; the link repeats it.
SEND_ATTEMPTS = 3

# What arrived and was not yet taken; a flood is dropped from its end.
RECEIVED_LIMIT = 8

# Bytes handed to the UART at once: what its driver's buffer takes without waiting.
PIECE = 128

_IDLE = 0


class NbIot(Transport):
    """The modem on `uart`. `setup` are commands sent before registration; errors there are borne.

    `rssi_dbm` is the signal's strength when last asked, None while unknown. `counts` also holds
    "resets" and "garbled" (received lines that are no datagram).
    """

    def __init__(
        self,
        uart: "Port",
        bearer: "Bearer",
        host: str,
        port: int,
        apn: str,
        setup: "list[bytes]",
        power_key: "Output | None" = None,
        reset: "Output | None" = None,
    ) -> None:
        super().__init__(bearer)
        self.counts["resets"] = 0
        self.counts["garbled"] = 0
        self.rssi_dbm: "int | None" = None
        self._uart = uart
        self._host = host
        self._port = port
        self._apn = apn.encode()
        self._setup = setup
        self._power_key = power_key
        self._reset = reset
        self._at = AtEngine(2 * bearer.mtu + 32)
        self._script: "Script | None" = None
        self._out = b""
        self._wake_at: "int | None" = None
        self._idle = False
        self._socket = b"0"
        self._lost = False
        self._asleep = False
        self._sent_one = False
        self._attempts = 0
        self._received: "list[bytes]" = []

    def start(self, now: int) -> None:
        """Wake the modem and register; `is_up` turns true in a later `poll`."""
        if self._script is None:
            self._script = self._live()
            self._step(None, now)

    def stop(self) -> None:
        """Leave the modem alone; with power saving it goes to sleep by itself."""
        self._script = None
        self.is_up = False
        self._at.cancel()
        self._out = b""
        self._wake_at = None
        self._idle = False

    def poll(self, now: int) -> "list[bytes]":
        """Move bytes both ways and return the packets that have arrived, in order."""
        if self._script is None:
            return []
        try:
            for line in self._at.feed(self._uart.read(READ_BYTES) or b""):
                self._on_line(line)
            if self._out and self._uart.txdone():
                self._uart.write(self._out[:PIECE])
                self._out = self._out[PIECE:]
        except OSError:
            # The modem's silence that follows takes the ladder.
            self.counts["faults"] += 1
        outcome = self._at.poll(now)
        if outcome is not None:
            self._step(outcome, now)
        elif (self._wake_at is not None and now >= self._wake_at) or (
            self._idle and (self._queue or self._lost)
        ):
            self._step(None, now)
        packets = self._received
        self._received = []
        return packets

    def next_deadline(self) -> "int | None":
        """Return when a wait or a command ends, in monotonic ms; 0, at once, while sending.

        While the modem sleeps, nothing does.
        """
        if self._out or (self._idle and (self._queue or self._lost)):
            return 0
        if self._idle and self._asleep:
            return None
        return self._wake_at if self._at.deadline is None else self._at.deadline

    def _step(self, outcome: "int | None", now: int) -> None:
        """Let the script run to its next wait."""
        assert self._script is not None
        self._wake_at = None
        self._idle = False
        want = self._script.send(outcome)
        if isinstance(want, tuple):
            command, prefix, timeout_ms = want
            self._out = self._at.begin(command, prefix, timeout_ms, now, command != b"ATE1")
        elif want:
            self._wake_at = now + want
        else:
            self._idle = True
            if not self._asleep:
                self._wake_at = now + CHECK_MS

    def _on_line(self, line: bytes) -> None:
        """Act on what the modem said unasked."""
        if line.startswith(b"+CSONMI: "):
            self._on_datagram(line[9:].split(b","))
        elif line.startswith(b"+CSOERR: "):
            self._lost = True
        elif line.startswith(b"+CEREG: "):
            # A line with a comma is a late answer to AT+CEREG?.
            self._lost = self._lost or (b"," not in line and line[8:] not in (b"1", b"5"))
        elif line == b"+CPIN: READY":
            # The modem has started by itself, unless it was roused from its sleep.
            self._lost = self._lost or not self._asleep
        elif line.startswith(b"+CPSMSTATUS: "):
            self._asleep = b"ENTER" in line

    def _on_datagram(self, fields: "list[bytes]") -> None:
        try:
            socket, length, text = fields
            packet = bytes.fromhex(text.decode())
        except ValueError:
            self.counts["garbled"] += 1
            return
        if socket != self._socket or length != str(len(text)).encode():
            self.counts["garbled"] += 1
        elif len(self._received) < RECEIVED_LIMIT:
            self._received.append(packet)
        else:
            self.counts["dropped"] += 1

    def _live(self) -> "Script":
        """Connect, serve, and climb the ladder whenever something fails; never ends."""
        rung = 0
        rest_ms = REST_MS
        if not (yield from self._attend(ATTEND_TRIES)):
            # Off, or asleep.
            yield from self._press_pins(True)
        while True:
            if (yield from self._connect()):
                self._sent_one = False
                self.is_up = True
                yield from self._serve()
                self.is_up = False
                if self._sent_one:
                    rung = 0
                    rest_ms = REST_MS
            rung += 1
            if rung == 1:
                continue
            self.counts["resets"] += 1
            if rung == 2:
                yield (b"AT+CRESET", b"", COMMAND_MS)
                yield from self._attend(BOOT_TRIES)
                continue
            if rung > 3:
                yield rest_ms
                rest_ms = min(2 * rest_ms, MAX_REST_MS)
            if not (yield from self._press_pins(False)):
                yield (b"AT+CRESET", b"", COMMAND_MS)
                yield from self._attend(BOOT_TRIES)

    def _attend(self, tries: int) -> "Script":
        """Tell whether the modem answers within `tries` seconds; its echo is on then."""
        for _ in range(tries):
            if (yield (b"ATE1", b"", ATTEND_MS)) == OK:
                return True
        return False

    def _press_pins(self, is_asleep: bool) -> "Script":
        """Wake, switch on or reset the modem with what pins there are; tell whether it answers.

        The key wakes a modem without a new registration, but switches off one that is on, which a
        second press mends.
        """
        key = (self._power_key, KEY_MS)
        reset = (self._reset, RESET_MS)
        for pin, hold_ms in (key, reset, key) if is_asleep else (reset, key, key):
            if pin is not None:
                pin.value(1)
                yield hold_ms
                pin.value(0)
                if (yield from self._attend(BOOT_TRIES)):
                    return True
        return False

    def _ask(self, command: bytes, prefix: bytes = b"", timeout_ms: int = COMMAND_MS) -> "Script":
        """Give a command up to TRIES times; return whether it ended in OK."""
        for _ in range(TRIES):
            if (yield (command, prefix, timeout_ms)) == OK:
                return True
        return False

    def _connect(self) -> "Script":
        """Set the modem up, register and open the socket; return whether all of it worked."""
        self._asleep = False
        if not (yield from self._attend(ATTEND_TRIES)):
            return False
        for command in self._setup:
            for _ in range(TRIES):
                outcome = yield (command, b"", COMMAND_MS)
                if outcome != TIMEOUT:
                    break
            else:
                return False
        if self._apn and not (yield from self._set_apn()):
            return False
        if not (yield from self._register()):
            return False
        yield from self._measure()
        # What a board before its restart, or the ladder, has left open.
        yield (b"AT+CSOCL=" + self._socket, b"", COMMAND_MS)
        if not (yield from self._ask(b"AT+CSOC=1,2,1", b"+CSOC: ", NETWORK_COMMAND_MS)):
            return False
        if not self._at.answer:
            return False
        self._socket = self._at.answer[-1][7:]
        connect = b'AT+CSOCON=%s,%d,"%s"' % (self._socket, self._port, self._host.encode())
        # What was lost on the way here has been found again.
        self._lost = False
        return (yield from self._ask(connect, b"", NETWORK_COMMAND_MS))

    def _set_apn(self) -> "Script":
        """Have the modem use the access point; only a change costs a registration."""
        if (yield from self._ask(b"AT*MCGDEFCONT?", b"*MCGDEFCONT: ")) and any(
            b'"' + self._apn + b'"' in line for line in self._at.answer
        ):
            return True
        for command in (
            b"AT+CFUN=0",
            b'AT*MCGDEFCONT="IP","' + self._apn + b'"',
            b"AT+CFUN=1",
        ):
            if not (yield from self._ask(command, b"", NETWORK_COMMAND_MS)):
                return False
        return True

    def _register(self) -> "Script":
        """Wait for registration at home or roaming; return whether it came in time."""
        failures = 0
        for _ in range(REGISTER_POLLS):
            outcome = yield (b"AT+CEREG?", b"+CEREG: ", COMMAND_MS)
            failures = 0 if outcome == OK else failures + 1
            if failures == REGISTER_FAILURES:
                return False
            for line in self._at.answer:
                if line[8:].split(b",")[1:2] in ([b"1"], [b"5"]):
                    return True
            yield REGISTER_POLL_MS
        return False

    def _measure(self) -> "Script":
        """Ask for the signal's strength: 27.007 codes -113 to -51 dBm as 0 to 31."""
        self.rssi_dbm = None
        if (yield from self._ask(b"AT+CSQ", b"+CSQ: ")) and self._at.answer:
            code = self._at.answer[-1][6:].split(b",")[0]
            if code.isdigit() and int(code) <= 31:
                self.rssi_dbm = 2 * int(code) - 113

    def _serve(self) -> "Script":
        """Send what is queued and look after the modem; return when something is wrong."""
        while not self._lost:
            if self._queue:
                if self._asleep and not (yield from self._rouse()):
                    return
                if not (yield from self._send_first()):
                    return
            else:
                yield _IDLE
                if not (self._queue or self._lost or self._asleep):
                    yield from self._measure()
                    if self.rssi_dbm is None and not (yield from self._register()):
                        return

    def _rouse(self) -> "Script":
        """Wake the modem from its sleep with the key; return whether it is connected again."""
        # It may have woken by itself, and the key would switch it off.
        if not (yield from self._attend(1)):
            yield from self._press_pins(True)
        return (yield from self._connect())

    def _send_first(self) -> "Script":
        packet = self._queue[0]
        text = packet.hex().encode()
        command = b"AT+CSOSEND=%s,%d,%s" % (self._socket, len(text), text)
        sent = yield from self._ask(command, b"", NETWORK_COMMAND_MS)
        self._attempts += 1
        if sent:
            self._sent_one = True
        elif self._attempts < SEND_ATTEMPTS:
            return False
        else:
            self.counts["dropped"] += 1
        self._attempts = 0
        # A full queue may have dropped it meanwhile.
        if self._queue and self._queue[0] is packet:
            self._queue.pop(0)
        return sent


def build(settings: "Config", board: "Board") -> NbIot:
    """Return the transport of a modem with `settings` over DEFAULTS."""
    chosen = merged(DEFAULTS, settings)
    setup = [b"AT+CSORCVFLAG=0", b"AT+CEREG=1"]
    update_s = chosen["update_s"]
    active_s = chosen["active_s"]
    if (update_s is None) != (active_s is None):
        raise ValueError("update_s, active_s: both or none")
    if update_s is None:
        setup.append(b"AT+CPSMS=0")
    else:
        timers = (nbiot_timers.periodic_update(update_s), nbiot_timers.active_time(active_s))
        setup.append(b"AT+CPSMSTATUS=1")
        setup.append(('AT+CPSMS=1,,,"%s","%s"' % timers).encode())
    if chosen["edrx_s"] is None:
        setup.append(b"AT+CEDRXS=0")
    else:
        setup.append(('AT+CEDRXS=1,5,"%s"' % nbiot_timers.edrx_cycle(chosen["edrx_s"])).encode())
    key, reset = [
        None if chosen[name] is None else board.pin_out(chosen[name])
        for name in ("power_key", "reset")
    ]
    return NbIot(
        board.uart(chosen["number"], chosen["baud"], chosen["tx"], chosen["rx"]),
        Bearer("nbiot", MTU, ACK_TIMEOUT_MS, IN_FLIGHT),
        chosen["host"],
        chosen["port"],
        chosen["apn"],
        setup,
        key,
        reset,
    )
