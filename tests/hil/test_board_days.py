"""Four days of emulated boards in virtual time, with their hub: a door, and a button that sleeps.

The button's bearer is NB-IoT: a modem and a network of the tests lie between its UART and the hub.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import emulated
from emulated import ADDRESS, COMMUNITY_KEY, IDENTITY
from fake_modem import FakeModem
from linli_firmware.store import MemoryStore
from linli_hil.emulator import EmulatedBoard, make_image
from linli_hub.core import Hub
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_tools.image import application
from support import Random

HOUR_MS = 3_600_000
DAYS_MS = 96 * HOUR_MS
# Later than any image is built, as the clock of a device never goes back behind that.
UNIX_S = 2_000_000_000
# What a board whose inputs rest may oversleep; its watchdog bites after 60 s.
STRIDE_MS = 45_000

STRIKE, EXIT = 18, 5
BUTTON, MAGNET, KEY = 4, 5, 12
# How long the modem stays awake when nothing is sent.
ACTIVE_S = 10
# What the modem's buffer takes at a time.
PIECE = 128


class Way(Protocol):
    """What lies between a board's line and its hub."""

    def exchange(self, arrived: bytes, packets: list[bytes], now: int) -> tuple[bytes, list[bytes]]:
        """Take bytes from the board and packets from the hub; return bytes and packets for them."""

    def next_ms(self) -> int | None:
        """Return when there will be something without anybody's doing."""


class Cable:
    """A wire that carries frames."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder()

    def exchange(self, arrived: bytes, packets: list[bytes], now: int) -> tuple[bytes, list[bytes]]:
        return b"".join(encode_frame(each) for each in packets), self._decoder.feed(arrived)

    def next_ms(self) -> int | None:
        return None


class Network:
    """A modem and the network behind it; `power_key` is the level at its pin."""

    def __init__(self) -> None:
        self.modem = FakeModem()
        self._sleeps_at = 0
        self._held: list[bytes] = []

    def exchange(self, arrived: bytes, packets: list[bytes], now: int) -> tuple[bytes, list[bytes]]:
        modem = self.modem
        modem.now = now
        self._held += packets
        if arrived or (self._held and not modem._asleep):
            self._sleeps_at = now + ACTIVE_S * 1000
        for at in range(0, len(arrived), PIECE):
            modem._tx_until = 0
            modem.write(arrived[at : at + PIECE])
        if modem._connected and now >= self._sleeps_at and not modem._asleep:
            modem.sleep()
        while self._held and not modem._asleep:
            modem.receive(self._held.pop(0))
        sent, modem.sent = modem.sent, []
        return modem.read(1 << 20) or b"", sent

    def next_ms(self) -> int | None:
        times = [self.modem.next_output(), None if self.modem._asleep else self._sleeps_at]
        return min((at for at in times if at is not None), default=None)

    def set_power_key(self, level: int, now: int) -> None:
        """Press or release the modem's key."""
        self.modem.now = now
        self.modem.power_key.value(level)


class Site:
    """A board in virtual time, its hub in the same, and the `way` between them."""

    def __init__(self, board: EmulatedBoard, way: Way, bearer: Bearer) -> None:
        self.board = board
        self.way = way
        self.heard: list[tuple[int, int, dict[str, Any]]] = []
        self.hub = Hub(
            COMMUNITY_KEY,
            MemoryStore(),
            Random(5).bytes,
            lambda now: (UNIX_S + now // 1000, 480),
            lambda device, kind, fields, now: self.heard.append((now, kind, fields)),
        )
        self.hub.enrol(ADDRESS, [bearer])
        self._name = bearer.name
        self._line = board.power_on()
        self._line.setblocking(False)

    def run(self, until_ms: int, stride_ms: int) -> None:
        """Let board and hub live until then."""
        now = self.board.now_us // 1000
        while now < until_ms:
            self._exchange(now)
            times = [at for at in (self.hub.next_deadline(), self.way.next_ms()) if at is not None]
            now = self.board.advance(max(now + 1, min([*times, until_ms])), stride_ms)
            if isinstance(self.way, Network):
                self.way.set_power_key(self.board.level(KEY), now)

    def _exchange(self, now: int) -> None:
        try:
            arrived = self._line.recv(1 << 16)
        except BlockingIOError:
            arrived = b""
        packets = [packet for _, _, packet in self.hub.poll(now)]
        sent, heard = self.way.exchange(arrived, packets, now)
        for packet in heard:
            self.hub.receive(self._name, packet, now)
        if sent:
            self._line.send(sent)

    def of(self, kind: int) -> list[dict[str, Any]]:
        """Return the fields of the messages of a kind that the hub has heard."""
        return [fields for _, each, fields in self.heard if each == kind]


@contextmanager
def site(content: dict[str, bytes], way: Way, bearer: Bearer) -> Iterator[Site]:
    board = EmulatedBoard(make_image(content, 384), IDENTITY, stays_on=True, clock="virtual")
    try:
        yield Site(board, way, bearer)
    finally:
        print(board.printed.decode(errors="replace"))
        board.close()


def test_a_door_lives_four_days_and_opens_at_once_whenever_it_is_asked_to() -> None:
    content = emulated.files("door", production=True) | emulated.configuration("door")
    with site(content, Cable(), Bearer("line", 240, 500)) as door:
        door.run(10_000, 0)
        asked = []
        for hours in range(12, 97, 21):
            door.run(hours * HOUR_MS - 5_000, STRIDE_MS)
            asked.append(door.board.now_us)
            door.board.play([(0, EXIT, 1), (200_000, EXIT, 0)])
            # Exact until it is locked again.
            door.run(hours * HOUR_MS + 1_000, 0)
        door.run(DAYS_MS, STRIDE_MS)
        strike = [(at, level) for at, pin, level in door.board.outputs if pin == STRIKE]
        assert [level for _, level in strike] == [1, 0] * len(asked)
        for since, released, locked in zip(asked, strike[::2], strike[1::2], strict=True):
            assert 0 < released[0] - since <= 60_000
            assert 4_900_000 < locked[0] - released[0] < 5_100_000
        told = [each for each in door.of(messages.EVENT) if each["code"] == codes.EXIT_REQUESTED]
        assert len(told) == len(asked)
        for at, each in zip(asked, told, strict=True):
            assert abs(each["time"] - UNIX_S - at // 1_000_000) <= 1
        assert door.board.starts == [codes.POWER_ON] and len(door.of(messages.HELLO)) == 1


def test_a_button_sleeps_for_four_days_and_a_press_that_wakes_it_is_heard() -> None:
    way = Network()
    bearer = {"kind": "nbiot", "tx": 1, "rx": 3, "host": "192.0.2.1", "port": 4880}
    bearer |= {"power_key": KEY, "update_s": 86_400, "active_s": ACTIVE_S}
    content = application(
        "panic", "x64", emulated.OLD, production=True, bearers=[bearer], transports=["nbiot"]
    )
    config = {"bearers": [bearer], "pins": emulated.PINS["panic"], "power": {}}
    content["config/config.json"] = json.dumps(config).encode()
    with site(content, way, Bearer("nbiot", 240, 20_000)) as button:
        board = button.board
        board.drive(BUTTON, 0)
        board.drive(MAGNET, 0)
        button.run(47 * HOUR_MS, 0)
        assert board.is_asleep
        pressed = board.play([(0, BUTTON, 1), (300_000, BUTTON, 0)]) // 1000 - 300
        while not button.of(messages.ALARM):
            # The modem has to be woken, too, and to find its network again.
            assert board.now_us // 1000 - pressed <= 15_000
            button.run(board.now_us // 1000 + 100, 0)
        (alarm,) = button.of(messages.ALARM)
        now = board.now_us // 1000
        button.hub.set_alarm_state(ADDRESS, alarm["incident"], codes.CLOSED, now)
        button.run(DAYS_MS, 0)
        assert board.is_asleep
        assert len(button.of(messages.HELLO)) == 1 and len(button.of(messages.HEALTH)) >= 3
        assert len(button.of(messages.ALARM)) == 1
        assert board.starts[0] == codes.POWER_ON and set(board.starts[1:]) == {codes.DEEP_SLEEP}
