"""The same attack on an emulated board: the built image in a real MicroPython, over its line.

What is inside cannot be looked at; its flash can, bit by bit, and it tells how many packets it has
refused.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from linli_firmware.node.upkeep import PROVEN_MS
from linli_hil.emulator import EmulatedBoard
from linli_hil.hub import DeviceHub
from linli_hil.identity import TEST_DEVICE, TEST_KEY
from linli_hil.rig.bench import HUB_LATE_MS
from linli_hil.rig.emulated import EmulatedSupply, VirtualClock
from linli_protocol import codes, messages
from linli_protocol.framing import FrameDecoder, encode_frame

from ..board.flash import new
from ..firmware.boards import App
from .campaign import Outcome
from .classes import CLASSES
from .ends import HELD, PASSING
from .loot import Heard, loot_of
from .site import JOINS

# A session that is closed, one that is open for reception, and the one of now.
SESSIONS = 3
# It tells neither of what class they were nor why.
ALL = "all, to an emulated board"
UNTOLD = "untold"

_LIFETIME_S = 3600
_PATIENCE_S = 60
_QUIET_S = 10
# What the line takes at a time, and how long the board may take for it.
_PIECE = 8
_PIECE_MS = 50


def attack_board(packets: int, seed: int, progress: Callable[[str, int, int], None]) -> Outcome:
    """Send about `packets` to a door, at least one of each class; see `campaign.run`.

    What is `refused` has no reasons. `changed` says also if what was held back is not taken.
    """
    board = BoardUnderAttack()
    try:
        return board.attack(packets, seed, progress)
    finally:
        board.close()


class _Tap:
    """The board's line; what is sent is kept, and what the hub says held back while `holds`.

    Its acknowledgements pass: a board that gets none joins anew.
    """

    def __init__(self, supply: EmulatedSupply, epoch: Callable[[], int]) -> None:
        self.heard: list[Heard] = []
        self.holds = False
        self._supply = supply
        self._epoch = epoch
        self._up = FrameDecoder()
        self._down = FrameDecoder()

    def read(self) -> bytes:
        data = self._supply.read()
        self._keep(False, self._up.feed(data), True)
        return data

    def write(self, data: bytes) -> None:
        for packet in self._down.feed(data):
            passes = not self.holds or packet[1] in (*JOINS, messages.ACKNOWLEDGEMENT)
            self._keep(True, [packet], passes)
            if passes:
                self._supply.write(encode_frame(packet))

    def _keep(self, is_down: bool, packets: list[bytes], arrived: bool) -> None:
        for data in packets:
            self.heard.append(Heard(TEST_DEVICE, is_down, self._epoch(), data, arrived))


class BoardUnderAttack:
    """A door that has joined; `close` throws it away."""

    def __init__(self) -> None:
        content = new(App.DOOR, None, None, False, None)
        self._board = EmulatedBoard(content.flash, content.keys, clock="virtual", stays_on=True)
        self._strike = content.pins["strike"][0]
        self._supply = EmulatedSupply(self._board)
        self._hub = DeviceHub(TEST_KEY, TEST_DEVICE, clock=VirtualClock(self._board))
        self._tap = _Tap(self._supply, self._epoch)
        self._supply.on()
        self._until(lambda: self._hub.of(messages.HELLO), "does not join")

    def close(self) -> None:
        """Throw the board away."""
        self._board.close()

    def attack(self, packets: int, seed: int, progress: Callable[[str, int, int], None]) -> Outcome:
        """See `attack_board`."""
        for _ in range(SESSIONS):
            self._hold()
            self._rekey()
        self._hold()
        for _ in range(PASSING):
            self._ask()
        self._hold()
        loot = loot_of(self._tap.heard, TEST_DEVICE, {TEST_DEVICE: self._epoch()}, [])
        random = Random(seed)
        each = max(packets // len(CLASSES), 1)
        # Nobody else is about whose packets could be taken.
        order = [name for name in CLASSES if not name.startswith("of another device")] * each
        random.shuffle(order)
        refused = self._ask()
        before = self._resting_flash()
        strikes = self._strikes()
        for start in range(0, len(order), _PIECE):
            progress("board", start, len(order))
            piece = order[start : start + _PIECE]
            frames = [encode_frame(CLASSES[name](loot, random)) for name in piece]
            self._supply.write(b"".join(frames))
            self._pass(_PIECE_MS)
        self._pass(1000)
        wrong = []
        if self._board.flash != before:
            wrong.append("board: its flash is not what it was")
        if self._strikes() != strikes:
            wrong.append("board: its strike has moved")
        # The hub would say once more what was held back, and make it late.
        for data in loot.fresh[-HELD:]:
            self._supply.write(encode_frame(data))
            self._pass(1000)
        refused = self._ask() - refused
        if self._strikes() != strikes:
            wrong.append("board: its strike has moved")
        counts = {ALL: Counter({UNTOLD: refused})}
        return Outcome(Counter(order), counts, wrong + self._is_well())

    def _is_well(self) -> list[str]:
        wrong = []
        number = self._hub.command(codes.RELEASE_DOOR)
        strikes = self._strikes()
        self._serve(2)
        if {"id": number, "status": codes.DONE} not in self._hub.of(messages.RESULT):
            wrong.append("board: has not carried out a command")
        if self._strikes() != strikes + 1:
            wrong.append("board: its strike has not moved")
        return wrong

    def _resting_flash(self) -> bytes:
        """Return the flash once the board has tidied up, its configuration proven good."""
        self._serve(PROVEN_MS / 1000, HUB_LATE_MS)
        flash = b""
        while flash != self._board.flash:
            flash = self._board.flash
            self._serve(_QUIET_S, HUB_LATE_MS)
        return flash

    def _ask(self) -> int:
        """Return how many packets the board has refused since its start."""
        known = len(self._hub.of(messages.HEALTH))
        self._hub.command(codes.REPORT_HEALTH)
        self._until(lambda: len(self._hub.of(messages.HEALTH)) > known, "does not answer")
        refused: int = self._hub.of(messages.HEALTH)[-1]["refused"]
        return refused

    def _hold(self) -> None:
        """Have commands held back for ever."""
        self._tap.holds = True
        for _ in range(HELD):
            self._hub.command(codes.REPORT_HEALTH, lifetime_s=_LIFETIME_S)
            self._serve(1)
        self._tap.holds = False

    def _rekey(self) -> None:
        epoch = self._epoch()
        self._hub.command(codes.REKEY)
        self._until(lambda: self._epoch() > epoch, "does not rekey")
        self._serve(1)

    def _serve(self, seconds: float, late_ms: int = 0) -> None:
        self._hub.serve(self._tap, lambda: False, seconds, late_ms)

    def _until(self, condition: Callable[[], object], failure: str) -> None:
        if not self._hub.serve(self._tap, condition, _PATIENCE_S):
            raise TimeoutError(f"the emulated board {failure}")

    def _pass(self, ms: int) -> None:
        until = self._board.now_us // 1000 + ms
        while self._board.advance(until) < until:
            pass
        self._supply.read()

    def _epoch(self) -> int:
        session = self._hub.hub.peers[TEST_DEVICE].association.current
        return -1 if session is None else session.epoch

    def _strikes(self) -> int:
        return sum(pin == self._strike and level for _, pin, level in self._board.outputs)
