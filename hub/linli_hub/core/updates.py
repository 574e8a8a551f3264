"""How one bundle reaches many devices: offered, sent from where each wants it, at a bounded pace.

Sans-IO: `poll` returns the UPDATE messages to send now, `now` is a monotonic count of milliseconds.
docs/UPDATES.md shows the exchange. A device that sleeps is begun, and gone on with, when heard.
"""

import heapq
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from linli_firmware.update import manifest as wire
from linli_protocol import codes
from linli_protocol.types import Fields


class Fate(Enum):
    """How far a device is."""

    WAITING = "waiting"
    OFFERED = "offered"
    RECEIVING = "receiving"
    VERIFIED = "verified"
    RUNNING = "running"
    FAILED = "failed"
    REFUSED = "refused"
    GIVEN_UP = "given up"


# The most data that an UPDATE message holds.
CHUNK_LENGTH = 768

# What the link has given up is offered anew after this.
RETRY_MS = 60_000

# A device that sleeps gives its place to another after this without a word; our own figure: twice
# what a message takes at the slowest data rate of LoRa.
QUIET_MS = 300_000

# Fates that nothing follows.
FINAL = (Fate.RUNNING, Fate.FAILED, Fate.REFUSED, Fate.GIVEN_UP)

_UNDER_WAY = (Fate.OFFERED, Fate.RECEIVING)


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of a campaign.

    `pilots` devices are updated first; the others follow when all of those run the new version.
    `at_once` have a place: from the offer to the end or, if they sleep, while they are heard.
    No device is begun any more when more than `failures` have rolled back or refused.
    """

    bytes_per_s: int = 2_000
    at_once: int = 20
    pilots: int = 3
    failures: int = 2
    # Messages to one device that wait for their acknowledgement: as many as it has room for.
    window: int = 2
    # Without a word from the device for so long it gets the offer again, this many times.
    silence_ms: int = 3_600_000
    offers: int = 24


@dataclass(slots=True)
class Transfer:
    """One device's part in a campaign; `state` is the last that it reported, as in codes."""

    device: int
    chunk_length: int
    sleeps: bool
    fate: Fate = Fate.WAITING
    state: int | None = None
    next_offset: int = 0
    unacknowledged: int = 0
    has_lost: bool = False
    offer_at: int = 0
    offers: int = 0
    has_place: bool = False
    is_queued: bool = False
    quiet_at: int = 0
    wake_at: int | None = None


class Campaign:
    """Brings `bundle` to devices; ValueError when it has no head."""

    def __init__(self, bundle: bytes, pace: Pace | None = None) -> None:
        self.manifest = wire.Manifest(bundle[: wire.head_length(bundle[: wire.PREFIX_LENGTH])])
        self.pace = pace or Pace()
        self.transfers: dict[int, Transfer] = {}
        self.sent_bytes = 0
        self._bundle = bundle
        self._counts: Counter[Fate] = Counter()
        # Those that listen all the time and are not begun, and those that may be sent to, in turn.
        self._waiting: deque[Transfer] = deque()
        self._ready: deque[Transfer] = deque()
        # (time, device): one that counts for each under way, the one at `wake_at`.
        self._wakes: list[tuple[int, int]] = []
        self._places = 0
        self._free_at = 0

    def add(
        self, devices: Iterable[int], chunk_length: int = CHUNK_LENGTH, sleep: bool = False
    ) -> None:
        """Have `devices` updated, with chunks that fit the messages of their bearers.

        `sleep`: they hear only after they have sent.
        """
        for device in devices:
            transfer = self.transfers[device] = Transfer(device, chunk_length, sleep)
            self._counts[Fate.WAITING] += 1
            if not sleep:
                self._waiting.append(transfer)

    def leave_out(self, device: int) -> None:
        """Send a device nothing more: it is served no more."""
        transfer = self.transfers.get(device)
        if transfer is not None and transfer.fate not in FINAL:
            self._settle(transfer, Fate.GIVEN_UP)

    def progress(self) -> dict[Fate, int]:
        """Return how many devices have each fate."""
        return {fate: self._counts[fate] for fate in Fate if self._counts[fate]}

    def is_stopped(self) -> bool:
        """Say whether too many devices have failed for more to be tried."""
        return self._counts[Fate.FAILED] + self._counts[Fate.REFUSED] > self.pace.failures

    def on_heard(self, device: int, now: int) -> None:
        """Note that a device has sent something, whatever it was: if it sleeps, now it listens."""
        transfer = self.transfers.get(device)
        if transfer is None or not transfer.sleeps:
            return
        if transfer.fate is Fate.WAITING and self._may_begin():
            self._offer(transfer, now)
        self._keep_place(transfer, now)

    def on_hello(self, device: int, version: int, now: int) -> None:
        """Note which version a device runs after it has started or joined."""
        transfer = self.transfers.get(device)
        if transfer is None or transfer.fate in FINAL:
            return
        if version >= self.manifest.version:
            self._settle(transfer, Fate.RUNNING)
        elif transfer.fate is not Fate.WAITING:
            # It has restarted and lost what was under way, or rolled back: the answer will tell.
            self._offer(transfer, now)
            self._keep_place(transfer, now)

    def on_status(self, device: int, fields: Fields, now: int) -> None:
        """Take an UPDATE_STATUS."""
        transfer = self.transfers.get(device)
        if transfer is None or fields["image"] != self.manifest.image or transfer.fate in FINAL:
            return
        state = transfer.state = fields["state"]
        if state == codes.UPDATE_RECEIVING:
            transfer.next_offset = fields["offset"]
            transfer.has_lost = False
            transfer.offer_at = now + self.pace.silence_ms
            transfer.offers = 0
            self._become(transfer, Fate.RECEIVING)
            self._keep_place(transfer, now)
        elif state == codes.UPDATE_DAMAGED:
            self._offer(transfer, now)
            self._keep_place(transfer, now)
        elif state == codes.UPDATE_VERIFIED:
            self._settle(transfer, Fate.VERIFIED)
        elif state == codes.UPDATE_RUNNING:
            self._settle(transfer, Fate.RUNNING)
        else:
            is_failed = state == codes.UPDATE_FAILED
            self._settle(transfer, Fate.FAILED if is_failed else Fate.REFUSED)

    def on_outcome(self, device: int, delivered: bool, now: int) -> None:
        """Note that an UPDATE message has been acknowledged or, to be offered anew, given up."""
        transfer = self.transfers.get(device)
        if transfer is None:
            return
        transfer.unacknowledged = max(0, transfer.unacknowledged - 1)
        if not delivered:
            transfer.has_lost = True
            transfer.offer_at = min(transfer.offer_at, now + RETRY_MS)
            self._watch(transfer)
            return
        if not transfer.has_lost:
            transfer.offer_at = now + self.pace.silence_ms
        self._keep_place(transfer, now)

    def poll(self, now: int) -> list[tuple[int, Fields]]:
        """Return the UPDATE messages to send now as (device, fields)."""
        while self._wakes and self._wakes[0][0] <= now:
            at, device = heapq.heappop(self._wakes)
            if at == self.transfers[device].wake_at:
                self._wake(self.transfers[device], now)
        while self._waiting and self._may_begin():
            transfer = self._waiting.popleft()
            self._offer(transfer, now)
            self._keep_place(transfer, now)
        out: list[tuple[int, Fields]] = []
        while self._ready and now >= self._free_at:
            transfer = self._ready.popleft()
            transfer.is_queued = False
            if not self._may_send(transfer):
                continue
            fields = self._chunk(transfer)
            out.append((transfer.device, fields))
            length = len(fields["data"])
            self.sent_bytes += length
            self._free_at = max(self._free_at, now) + length * 1000 // self.pace.bytes_per_s
            self._queue(transfer)
        return out

    def next_deadline(self) -> int | None:
        """Return when `poll` must be called next, in ms; None: only an input can change that."""
        times = [self._wakes[0][0]] if self._wakes else []
        if self._ready or (self._waiting and self._may_begin()):
            times.append(self._free_at)
        return min(times) if times else None

    def _may_begin(self) -> bool:
        if self._places >= self.pace.at_once or self.is_stopped():
            return False
        # A pilot that cannot be reached is replaced by another; one that fails holds up the rest.
        begun = self._counts.total() - self._counts[Fate.WAITING] - self._counts[Fate.GIVEN_UP]
        return begun < self.pace.pilots or self._counts[Fate.RUNNING] >= self.pace.pilots

    def _offer(self, transfer: Transfer, now: int) -> None:
        if transfer.offers >= self.pace.offers:
            self._settle(transfer, Fate.GIVEN_UP)
            return
        transfer.offers += 1
        transfer.next_offset = 0
        transfer.unacknowledged = 0
        transfer.has_lost = False
        transfer.offer_at = now + self.pace.silence_ms
        self._become(transfer, Fate.OFFERED)

    def _settle(self, transfer: Transfer, fate: Fate) -> None:
        if transfer.fate is Fate.WAITING and not transfer.sleeps:
            self._waiting.remove(transfer)
        self._leave_place(transfer)
        self._become(transfer, fate)

    def _keep_place(self, transfer: Transfer, now: int) -> None:
        """Let a device under way go on; one that sleeps, if there is a place for it."""
        if transfer.fate not in _UNDER_WAY:
            return
        if not transfer.has_place and not (transfer.sleeps and self._places >= self.pace.at_once):
            transfer.has_place = True
            self._places += 1
        transfer.quiet_at = now + QUIET_MS
        self._watch(transfer)
        self._queue(transfer)

    def _leave_place(self, transfer: Transfer) -> None:
        self._places -= transfer.has_place
        transfer.has_place = False

    def _watch(self, transfer: Transfer) -> None:
        if transfer.fate not in _UNDER_WAY:
            return
        at = transfer.offer_at
        if transfer.sleeps and transfer.has_place:
            at = min(at, transfer.quiet_at)
        if transfer.wake_at is None or at < transfer.wake_at:
            transfer.wake_at = at
            heapq.heappush(self._wakes, (at, transfer.device))

    def _wake(self, transfer: Transfer, now: int) -> None:
        transfer.wake_at = None
        if transfer.fate not in _UNDER_WAY:
            return
        if transfer.sleeps and now >= transfer.quiet_at:
            self._leave_place(transfer)
        if now >= transfer.offer_at:
            self._offer(transfer, now)
        if transfer.sleeps:
            # It gets the offer when it is heard.
            self._watch(transfer)
        else:
            self._keep_place(transfer, now)

    def _become(self, transfer: Transfer, fate: Fate) -> None:
        self._counts[transfer.fate] -= 1
        self._counts[fate] += 1
        transfer.fate = fate

    def _queue(self, transfer: Transfer) -> None:
        if not transfer.is_queued and self._may_send(transfer):
            transfer.is_queued = True
            self._ready.append(transfer)

    def _may_send(self, transfer: Transfer) -> bool:
        if not transfer.has_place:
            return False
        if transfer.fate is Fate.OFFERED:
            return transfer.next_offset == 0
        return (
            transfer.next_offset < len(self._bundle) and transfer.unacknowledged < self.pace.window
        )

    def _chunk(self, transfer: Transfer) -> Fields:
        offset = transfer.next_offset
        data = self._bundle[offset : offset + transfer.chunk_length]
        transfer.next_offset = offset + len(data)
        transfer.unacknowledged += 1
        return {
            "image": self.manifest.image,
            "offset": offset,
            "total": len(self._bundle),
            "data": data,
        }
