"""A SIM7020 that answers, stalls, errs, babbles and restarts as told, in virtual time.

`faults` maps the number of a command (counted from 0 as they arrive) to what happens with it:

stall    no answer to this one
late     the answer comes after the bearer has given the command up
hang     no answer to anything until the power key or the reset pin
deaf     ERROR to everything but AT until a reset of any kind
error    +CME ERROR once
garbage  noise instead of an answer
noise    noise before the answer
reboot   the module restarts by itself
silent   the same, and what it says at its start is lost
"""

BOOT_MS = 5_000
READY_MS = 6_500  # after power on: +CPIN: READY
REGISTER_MS = 9_000
ANSWER_MS = 15
LATE_MS = 15_000
FAULTS = ("stall", "late", "hang", "deaf", "error", "garbage", "noise", "reboot", "silent")
NOISE = b"\x00\xff\r\n+C\x80SO\r\r\nOK, no\n\xaa\x55+CSONMI: 0,4,zz\r\n+CSONMI: 0,9,00\r\n"


class FakePin:
    """An output whose edges the modem sees."""

    def __init__(self, on_edge):
        self._on_edge = on_edge
        self._level = 0

    def value(self, level):
        if level != self._level:
            self._level = level
            self._on_edge(level)


class FakeModem:
    """The modem with its UART, `power_key` and `reset`. `sent` are datagrams that went out."""

    def __init__(self, is_on=True, apn=""):
        self.now = 0
        self.faults = {}
        self.log = []
        self.sent = []
        self.resets = 0
        self.presses = 0  # of either pin
        self.registrations = 0
        self.signal = b"17"
        self.coverage = True
        self.address = None
        self.power_key = FakePin(self._on_key)
        self.reset = FakePin(self._on_reset)
        self._apn = apn
        self._input = b""
        self._output = []  # (at, bytes)
        self._pressed_at = 0
        self._tx_until = 0
        self._is_on = is_on
        self._asleep = False
        self._hung = False
        self._deaf = False
        self._boot(-READY_MS if is_on else 0, False)

    # What the bearer holds.

    def read(self, count):
        data = b"".join([data for at, data in self._output if at <= self.now])
        self._output = [each for each in self._output if each[0] > self.now]
        if len(data) > count:
            self._output.insert(0, (self.now, data[count:]))
        return data[:count] or None

    def txdone(self):
        return self.now >= self._tx_until

    def write(self, data):
        assert len(data) <= 128, "more than the driver's buffer takes"
        assert self.txdone()
        self._tx_until = self.now + len(data) * 10 // 115
        if not self._listens():
            self._input = b""
            return
        self._input += data
        while b"\r" in self._input:
            line, _, self._input = self._input.partition(b"\r")
            self._on_command(line)

    # What the test does.

    def next_output(self):
        """Return when the modem says something next, None: it waits to be asked."""
        return min([at for at, _ in self._output]) if self._output else None

    def receive(self, packet):
        """The network delivers a datagram."""
        text = packet.hex().encode()
        self._say(b"+CSONMI: 0,%d,%s" % (len(text), text), 0)

    def say(self, line):
        self._say(line, 0)

    def sleep(self):
        """The active timer ends: power saving."""
        self._say(b'+CPSMSTATUS: "ENTER PSM"', 0)
        self._asleep = True

    def wake(self):
        """The periodic update is due: the modem wakes by itself, which nobody hears."""
        self._asleep = False

    def hang(self):
        self._hung = True

    def restart(self, is_heard=True):
        self._boot(self.now, is_heard)

    def lose_registration(self):
        self._registered_at = 1 << 60
        self._say(b"+CEREG: 2", 0)

    # The module.

    def _listens(self):
        return self._is_on and not self._asleep and self.now >= self._up_at

    def _boot(self, at, is_heard):
        self._hung = self._deaf = self._asleep = False
        self._output = []
        self._input = b""
        self._echo = True
        self._hex = False
        self._reports = False
        self._socket = None
        self._connected = False
        self._up_at = at + BOOT_MS
        self._attach(at)
        if is_heard:
            self._output.append((at + READY_MS, b"\r\n+CPIN: READY\r\n"))

    def _attach(self, at):
        self.registrations += 1
        self._registered_at = at + REGISTER_MS if self.coverage else 1 << 60

    def _on_key(self, level):
        self.presses += level
        if level:
            self._pressed_at = self.now
        elif self.now - self._pressed_at >= 800:
            if self._asleep and self._is_on:
                # Waking keeps the registration, but not the socket.
                registered_at = self._registered_at
                self._boot(self.now - BOOT_MS + 500, True)
                self._registered_at = registered_at
                self.registrations -= 1
            elif self._is_on:
                self._is_on = False
                self._output = []
            else:
                self._is_on = True
                self._boot(self.now, True)

    def _on_reset(self, level):
        self.presses += level
        if not level and self._is_on:
            self.resets += 1
            self._boot(self.now, True)

    def _say(self, line, delay_ms):
        self._output.append((self.now + delay_ms, b"\r\n" + line + b"\r\n"))

    def _on_command(self, line):
        number = len(self.log)
        self.log.append(line)
        fault = self.faults.get(number)
        if fault in ("reboot", "silent"):
            self._boot(self.now, fault == "reboot")
            return
        if fault == "hang":
            self._hung = True
        if fault == "deaf":
            self._deaf = True
        if self._hung or fault == "stall":
            return
        delay_ms = LATE_MS if fault == "late" else ANSWER_MS
        if fault in ("noise", "garbage"):
            self._output.append((self.now, NOISE))
            if fault == "garbage":
                return
        if self._echo:
            self._output.append((self.now + delay_ms, line + b"\r"))
        if fault == "error":
            self._say(b"+CME ERROR: 50", delay_ms)
        elif self._deaf and line not in (b"ATE1", b"AT+CRESET"):
            self._say(b"ERROR", delay_ms)
        else:
            for answer in self._answers(line):
                self._say(answer, delay_ms)

    def _answers(self, line):
        name, _, argument = line.partition(b"=")
        arguments = argument.split(b",")
        if name == b"ATE1":
            self._echo = True
        elif name == b"AT+CRESET":
            self.resets += 1
            self._boot(self.now, True)
            return []
        elif name == b"AT+CSORCVFLAG":
            self._hex = argument == b"0"
        elif name == b"AT+CEREG":
            self._reports = argument == b"1"
        elif name == b"AT+CEREG?":
            is_there = self.now >= self._registered_at
            return [b"+CEREG: 1," + (b"1" if is_there else b"2"), b"OK"]
        elif name == b"AT*MCGDEFCONT?":
            return [b'*MCGDEFCONT: "IP","' + self._apn.encode() + b'"', b"OK"]
        elif name == b"AT*MCGDEFCONT":
            self._apn = arguments[1].strip(b'"').decode()
        elif name == b"AT+CFUN":
            self._socket = None
            if argument == b"1":
                self._attach(self.now)
        elif name == b"AT+CSQ":
            return [b"+CSQ: " + self.signal + b",0", b"OK"]
        elif name == b"AT+CSOC":
            if self._socket is not None or self.now < self._registered_at:
                return [b"ERROR"]
            self._socket = 0
            self._connected = False
            return [b"+CSOC: 0", b"OK"]
        elif name == b"AT+CSOCL":
            if self._socket is None:
                return [b"ERROR"]
            self._socket = None
        elif name == b"AT+CSOCON":
            if self._socket is None:
                return [b"ERROR"]
            self._connected = True
            self.address = argument
        elif name == b"AT+CSOSEND":
            return self._send(arguments)
        elif name not in (b"AT+CPSMS", b"AT+CPSMSTATUS", b"AT+CEDRXS"):
            return [b"ERROR"]
        return [b"OK"]

    def _send(self, arguments):
        socket, length, text = arguments
        if self._socket is None or not self._connected or int(length) != len(text):
            return [b"ERROR"]
        assert socket == b"0"
        self.sent.append(bytes.fromhex(text.decode()))
        return [b"OK"]
