"""LoRa: datagrams to a private gateway, sent as LoRaWAN's class A sends them.

One frame carries one packet as it is. This is not LoRaWAN: its join, device addresses, counters and
message codes would repeat what the packet has already, under AES-128 keys that somebody must also
provision, and cost 13 of the air's dearest bytes a frame. What LoRaWAN's radios share is kept, so
that any concentrator with a packet forwarder is a gateway: eight channels, explicit header, CRC,
the sync word of private networks, downlinks with inverted signal (devices do not hear each other),
and one receive window a second after each uplink, in which the radio hears what the hub holds for
this device; the rest of the time it sleeps. The simulator counts with LoRaWAN's 13 bytes, so its
results lie on the safe side.

The chip is driven by micropython-lib's package `lora` (`lora-sync` with `lora-sx127x` or
`lora-sx126x`), of which only the calls that do not wait are used. It offers no channel activity
detection and no region here demands one: access is ALOHA under the duty cycle.
"""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from .lora_airtime import PREAMBLE_SYMBOLS, airtime_us, symbol_us
from .lora_regions import region
from .transport import Transport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..types import Config
    from .lora_regions import Region

DEFAULTS = {
    "chip": "SX1262",  # or SX1261, SX1276 to SX1279: a class of the driver
    "number": 1,  # of the SPI bus
    "sck": NEEDED,  # GPIO numbers
    "mosi": NEEDED,
    "miso": NEEDED,
    "cs": NEEDED,
    "reset": NEEDED,
    "irq": NEEDED,  # DIO1 of an SX126x, DIO0 of an SX127x
    "busy": None,  # SX126x only
    "dio2_rf_switch": True,  # SX126x: DIO2 turns the antenna switch
    "tcxo_mv": None,  # SX126x: supply of a TCXO on DIO3, None where there is a crystal
    "antenna": "PA_BOOST",  # SX127x: or RFO, as the module is wired
    "region": "EU868",
    "spreading_factor": 9,
    "power_dbm": None,  # None: the region's limit, which holds for an antenna without gain
    # Every rate of LoRaWAN carries this much in both regions but CN470's SF11 and SF12.
    "mtu": 51,
}

# End of uplink to receive window: LoRaWAN's RECEIVE_DELAY1 of every region (RP002, recalled).
RECEIVE_DELAY_MS = 1_000

# How far this end's polling and the gateway's clock may be off together; our own figure.
GUARD_MS = 20

# The preamble, 4.25 symbols of synchronisation and the header's 8: the SX126x listens on when it
# has seen these (datasheet 9.8, its timer stops on the header), the SX127x after the preamble.
LISTEN_SYMBOLS = PREAMBLE_SYMBOLS + 13

# A third of an hour's 1 %: several full frames at the slowest rate; our own figure.
DUTY_BURST_MS = 12_000

# Messages unacknowledged at a time: each costs seconds of air; our own figure.
IN_FLIGHT = 2

# The sync word of networks that are not LoRaWAN's (datasheet SX1276, RegSyncWord).
SYNC_WORD = 0x12

# After a fault of the chip it is reset and set up again after this; our own figures.
RESTART_MS = 5_000
MAX_RESTART_MS = 600_000

SPI_BAUD = 2_000_000  # both families allow more; what the driver's examples use

_STOPPED = 0
_RESTING = 1
_IDLE = 2
_SENDING = 3
_WAITING = 4
_LISTENING = 5


class Lora(Transport):
    """One LoRa radio. `open_modem()` resets the chip and returns it as a modem of the driver.

    `rssi_dbm` is the strength of the last packet heard, None before the first.
    """

    def __init__(
        self,
        open_modem: "Callable[[], Any]",
        place: "Region",
        spreading_factor: int,
        mtu: int,
        random: "Callable[[int], bytes]",
    ) -> None:
        def airtime_ms(length: int) -> int:
            return -(-airtime_us(length, spreading_factor) // 1000)

        self._airtime_ms = airtime_ms
        self._longest_ms = airtime_ms(mtu)
        if place.max_airtime_us and airtime_us(mtu, spreading_factor) > place.max_airtime_us:
            raise ValueError(
                "lora: %d bytes at spreading factor %d take %d ms, the region allows %d"
                % (mtu, spreading_factor, self._longest_ms, place.max_airtime_us // 1000)
            )
        # A frame, the window, the longest answer, and as much again for the queue.
        timeout_ms = 4 * (self._longest_ms + RECEIVE_DELAY_MS)
        bearer = Bearer(
            "lora", mtu, timeout_ms, IN_FLIGHT, airtime_ms, place.duty_permille, DUTY_BURST_MS
        )
        super().__init__(bearer)
        self.rssi_dbm: "int | None" = None
        self._open_modem = open_modem
        self._place = place
        self._random = random
        self._listen_ms = 2 * GUARD_MS + -(-LISTEN_SYMBOLS * symbol_us(spreading_factor) // 1000)
        self._modem: "Any" = None
        self._state = _STOPPED
        self._due = 0  # when the state's wait is over
        self._late = 0  # when a state that the chip ends has certainly failed
        self._restart_ms = RESTART_MS

    def start(self, now: int) -> None:
        """Set the chip up; `is_up` is true unless that fails, and later then."""
        if self._state == _STOPPED:
            self._begin(now)

    def stop(self) -> None:
        """Put the chip to sleep."""
        self.is_up = False
        self._state = _STOPPED
        modem = self._modem
        self._modem = None
        if modem is not None:
            try:
                modem.sleep()
            except (OSError, RuntimeError):
                self.counts["faults"] += 1

    def poll(self, now: int) -> "list[bytes]":
        """Move the frame on the air on, and return the packet that was heard, if any."""
        packets: "list[bytes]" = []
        try:
            if self._state == _RESTING:
                if now >= self._due:
                    self._begin(now)
            elif self._state == _SENDING:
                self._end_send(now)
            elif self._state == _WAITING:
                if now >= self._due:
                    self._listen(now)
            elif self._state == _LISTENING:
                self._hear(packets, now)
            if self._state == _IDLE and self._queue:
                self._send_next(now)
        except (OSError, RuntimeError):  # the driver's own faults are RuntimeErrors
            self._rest(now)
        return packets

    def next_deadline(self) -> "int | None":
        """Return when the radio's next step is due in ms; None while it sleeps."""
        if self._state == _STOPPED or (self._state == _IDLE and not self._queue):
            return None
        return self._due

    def _begin(self, now: int) -> None:
        try:
            self._modem = self._open_modem()
            self._modem.calibrate_image()
            self._modem.sleep()
        except (OSError, RuntimeError):
            self._rest(now)
            return
        self.is_up = True
        self._state = _IDLE
        self._due = now

    def _rest(self, now: int) -> None:
        """Give the chip up for a while, twice as long each time until a frame has gone out."""
        self.counts["faults"] += 1
        self.is_up = False
        self._modem = None
        self._state = _RESTING
        self._due = now + self._restart_ms
        self._restart_ms = min(2 * self._restart_ms, MAX_RESTART_MS)

    def _send_next(self, now: int) -> None:
        packet = self._queue.pop(0)
        place = self._place
        channel = self._random(1)[0] % place.channels
        self._modem.configure({"freq_khz": place.first_khz + channel * place.step_khz})
        self._modem.prepare_send(packet)
        self._modem.start_send()
        self._state = _SENDING
        self._due = now + self._airtime_ms(len(packet))
        self._late = self._due + RECEIVE_DELAY_MS // 2

    def _end_send(self, now: int) -> None:
        if now < self._due and not self._modem.irq_triggered():
            return
        if self._modem.poll_send() is True:
            if now >= self._late:
                self._rest(now)
            return
        self._restart_ms = RESTART_MS
        self._state = _WAITING
        self._due = now + RECEIVE_DELAY_MS - GUARD_MS

    def _listen(self, now: int) -> None:
        self._modem.start_recv(self._listen_ms)
        self._state = _LISTENING
        self._due = now + self._listen_ms
        self._late = self._due + self._longest_ms

    def _hear(self, packets: "list[bytes]", now: int) -> None:
        if now < self._due and not self._modem.irq_triggered():
            return
        heard = self._modem.poll_recv()
        if heard is True and now < self._late:
            return
        if heard and heard is not True:
            self.rssi_dbm = heard.rssi
            packets.append(bytes(heard))
        self._modem.sleep()
        self._state = _IDLE


def build(settings: "Config", board: "Any") -> Lora:
    """Return the transport of a radio with `settings` over DEFAULTS."""
    # Only a board that has such a radio has its driver.
    import lora  # type: ignore[import-not-found]

    chosen = merged(DEFAULTS, settings)
    chip = chosen["chip"]
    older = chip.startswith("SX127")
    modem_class = getattr(lora, chip, None)
    if modem_class is None:
        raise ValueError("lora: the driver that is installed knows no chip " + chip)
    if chosen["busy"] is None and not older:
        raise ValueError("busy: needed by an SX126x")
    place = region(chosen["region"])
    power_dbm = chosen["power_dbm"]
    if power_dbm is None:
        power_dbm = place.max_power_dbm
    elif power_dbm > place.max_power_dbm:
        raise ValueError("lora: power_dbm above the region's %d dBm" % place.max_power_dbm)
    lora_cfg = {
        "freq_khz": place.first_khz,
        "sf": chosen["spreading_factor"],
        "bw": "125",
        "coding_rate": 5,
        "preamble_len": PREAMBLE_SYMBOLS,
        "crc_en": True,
        "implicit_header": False,
        "invert_iq_rx": True,
        "invert_iq_tx": False,
        "syncword": SYNC_WORD,
        "output_power": power_dbm,
    }
    wiring = {
        "spi": board.spi(chosen["number"], SPI_BAUD, chosen["sck"], chosen["mosi"], chosen["miso"]),
        "cs": board.pin(chosen["cs"]),
        "reset": board.pin(chosen["reset"]),
        "lora_cfg": lora_cfg,
    }
    irq = board.pin(chosen["irq"])
    if older:
        lora_cfg["tx_ant"] = chosen["antenna"]
        wiring["dio0"] = irq
    else:
        wiring["dio1"] = irq
        wiring["busy"] = board.pin(chosen["busy"])
        wiring["dio2_rf_sw"] = chosen["dio2_rf_switch"]
        wiring["dio3_tcxo_millivolts"] = chosen["tcxo_mv"]

    def open_modem() -> "Any":
        return modem_class(**wiring)

    return Lora(open_modem, place, chosen["spreading_factor"], chosen["mtu"], board.random)
