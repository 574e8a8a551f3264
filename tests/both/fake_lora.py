"""LoRa without a chip: virtual time, the air with a gateway on it, and a modem of the driver's API.

`FakeModem` has the calls of micropython-lib's `lora` that do not wait, as its README describes
them. The chips' register files (fake_sx127x, fake_sx126x) share `Radio`, so that the same stories
run on the driver's interface and, with the driver installed, on its chips.
"""

from linli_firmware.bearers.lora_airtime import PREAMBLE_SYMBOLS, airtime_us, symbol_us

RSSI_DBM = -97


class Clock:
    """Virtual microseconds; devices act at the time of their events while it is advanced."""

    def __init__(self):
        self.us = 0
        self.devices = []

    def now(self):
        """Return whole milliseconds, as boards count them."""
        return self.us // 1000

    def advance(self, duration_us):
        target = self.us + duration_us
        while True:
            due = [
                (device.next_event_us(), number)
                for number, device in enumerate(self.devices)
                if device.next_event_us() is not None and device.next_event_us() <= target
            ]
            if not due:
                break
            at, number = min(due)
            self.us = max(self.us, at)
            self.devices[number].act()
        self.us = target


class Frame:
    """One uplink as it was on the air; `setup` holds what the chip was told of the modulation."""

    def __init__(self, payload, khz, spreading_factor, start_us, end_us, setup):
        self.payload = payload
        self.khz = khz
        self.spreading_factor = spreading_factor
        self.start_us = start_us
        self.end_us = end_us
        self.setup = setup


class Air:
    """Uplinks in `sent`; a gateway follows each with `answers`, [(µs after its end, payload)]."""

    def __init__(self):
        self.sent = []
        self.answers = []
        self.downlinks = []  # (start_us, end_us, payload, khz, spreading_factor)

    def uplink(self, frame):
        self.sent.append(frame)
        for delay_us, payload in self.answers:
            start_us = frame.end_us + delay_us
            end_us = start_us + airtime_us(len(payload), frame.spreading_factor)
            self.downlinks.append((start_us, end_us, payload, frame.khz, frame.spreading_factor))


class Radio:
    """A half-duplex transceiver. `on_event(name, payload)`: "sent", "heard" or "timeout".

    A reception with a timeout goes on when `lock_symbols` of a frame arrived before the timeout,
    counted from the frame's beginning. While `jammed`, transmissions never end.
    """

    def __init__(self, clock, air, lock_symbols, on_event):
        self.jammed = False
        self._clock = clock
        self._air = air
        self._lock_symbols = lock_symbols
        self._on_event = on_event
        self._event = None
        clock.devices.append(self)

    def transmit(self, payload, khz, spreading_factor, setup):
        end_us = self._clock.us + airtime_us(len(payload), spreading_factor)
        if self.jammed:
            return
        self._event = (end_us, "sent", b"")
        self._air.uplink(Frame(payload, khz, spreading_factor, self._clock.us, end_us, setup))

    def listen(self, khz, spreading_factor, inverted, timeout_us):
        now = self._clock.us
        symbol = symbol_us(spreading_factor)
        self._event = (now + timeout_us, "timeout", b"")
        for start_us, end_us, payload, on_khz, factor in self._air.downlinks:
            # Of eight preamble symbols a receiver needs the last five.
            whole = start_us + (PREAMBLE_SYMBOLS - 5) * symbol >= now
            in_time = start_us + self._lock_symbols * symbol <= now + timeout_us
            if whole and in_time and inverted and (on_khz, factor) == (khz, spreading_factor):
                self._event = (end_us, "heard", payload)
                break

    def quiet(self):
        """End whatever is under way."""
        self._event = None

    def next_event_us(self):
        return self._event[0] if self._event else None

    def act(self):
        _, name, payload = self._event
        self._event = None
        self._on_event(name, payload)


class Packet(bytearray):
    """The driver's RxPacket as far as bearers look."""

    rssi = RSSI_DBM


class FakeModem:
    """The driver's modem object over a Radio; RuntimeError from every call while `dead[0]`."""

    def __init__(self, clock, air, lora_cfg, dead, lock_symbols=8):
        self._clock = clock
        self._config = dict(lora_cfg)
        self._dead = dead
        self.radio = Radio(clock, air, lock_symbols, self._on_event)
        self.asleep = False
        self._irq = False
        self._sending = False
        self._sent_at = None
        self._receiving = False
        self._until_us = 0
        self._heard = None
        self._prepared = None
        self._check()

    def _check(self):
        if self._dead[0]:
            raise RuntimeError("BUSY timeout")

    def _on_event(self, name, payload):
        self._irq = True
        if name == "sent":
            self._sent_at = self._clock.now()
        elif name == "heard":
            self._heard = payload

    def calibrate_image(self):
        self._check()

    def configure(self, lora_cfg):
        self._check()
        if self._receiving:
            raise RuntimeError("Receiving")
        self._config.update(lora_cfg)

    def sleep(self):
        self._check()
        self._sending = self._receiving = self._irq = False
        self.radio.quiet()
        self.asleep = True

    def prepare_send(self, packet):
        self._check()
        self.asleep = False
        self._irq = False
        self._prepared = bytes(packet)

    def start_send(self):
        self._check()
        config = self._config
        self._sending = True
        self._sent_at = None
        setup = {
            "bandwidth_khz": int(config["bw"]),
            "coding_rate": config["coding_rate"],
            "preamble": config["preamble_len"],
            "crc": config["crc_en"],
            "explicit": not config["implicit_header"],
            "sync_word": config["syncword"],
            "inverted": config["invert_iq_tx"],
            "power_dbm": config["output_power"],
        }
        self.radio.transmit(self._prepared, config["freq_khz"], config["sf"], setup)
        return True

    def poll_send(self):
        self._check()
        if not self._sending:
            return False
        if self._sent_at is None:
            return True
        self._sending = False
        return self._sent_at

    def start_recv(self, timeout_ms=None, continuous=False, rx_length=0xFF):
        self._check()
        self._receiving = True
        self._heard = None
        self._irq = False
        config = self._config
        self._until_us = self._clock.us + timeout_ms * 1000
        self.radio.listen(
            config["freq_khz"], config["sf"], config["invert_iq_rx"], timeout_ms * 1000
        )
        return True

    def poll_recv(self, rx_packet=None):
        self._check()
        if not self._receiving:
            return False
        if self._heard is not None:
            self._receiving = False
            return Packet(self._heard)
        if self.radio.next_event_us() is None:
            self._receiving = False
            return False
        return True

    def irq_triggered(self):
        return self._irq
