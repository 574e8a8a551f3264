"""One session: two keys, implicit nonces, a replay window, and counters that outlive power cuts."""

import struct

from . import crypto, keys, messages, packet, refusals
from .counters import HighWater, ReservedCounter, restore
from .window import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .packet import Header
    from .types import Store

# Numbers reserved per flash write. The hub writes its high-water mark with every packet, in the
# transaction that stores the message; a device may lose a block of downlinks, so it joins again
# after a restart while its uplink goes on at once.
TX_BLOCK = 64
DEVICE_RX_BLOCK = 32
HUB_RX_BLOCK = 1

# Where a session asks to be replaced, long before the 32-bit counter ends.
REKEY_AT = 0xF0000000

RECORD_LENGTH = 3 + 2 * messages.NONCE_LENGTH

# The next counter to send, the number above the highest received, the window's bitmap.
_STATE = ">IIQ"
STATE_LENGTH = 16


class Session:
    """Seals what this side sends and opens what the other side sealed, under one epoch's keys.

    `record` is epoch (3 bytes), device nonce, hub nonce: with the root key, all that is needed to
    resume it. Its counters are kept in `store` under `prefix` and the low bits of the epoch, so
    that two sessions that overlap in a rekey keep theirs apart.
    """

    def __init__(
        self, root: bytes, device: int, record: bytes, is_hub: bool, store: "Store", prefix: str
    ) -> None:
        self.record = record
        self.epoch = int.from_bytes(record[:3], "big")
        self.device = device
        device_nonce = record[3 : 3 + messages.NONCE_LENGTH]
        hub_nonce = record[3 + messages.NONCE_LENGTH :]
        up, down = keys.session_keys(root, device_nonce, hub_nonce, self.epoch)
        self._tx_direction = packet.DOWNLINK if is_hub else 0
        self._tx = crypto.Aead(down if is_hub else up)
        self._rx = crypto.Aead(up if is_hub else down)
        self._tx_nonce = keys.nonce_prefix(is_hub, device, self.epoch)
        self._rx_nonce = keys.nonce_prefix(not is_hub, device, self.epoch)
        slot = str(self.epoch & 3)
        self._counter = ReservedCounter(store, prefix + "tx" + slot, TX_BLOCK, record)
        rx_block = HUB_RX_BLOCK if is_hub else DEVICE_RX_BLOCK
        self._high_water = HighWater(store, prefix + "rx" + slot, rx_block, record)
        self._window = Window(64, self._high_water.limit)

    @property
    def exhausting(self) -> bool:
        """Whether either direction has used most of its counter, so that it is time to rekey."""
        return self._counter.next >= REKEY_AT or self._window.highest >= REKEY_AT

    def state(self) -> bytes:
        """Return the counters as they are, for `resume`; STATE_LENGTH bytes."""
        highest, seen = self._window.state()
        return struct.pack(_STATE, self._counter.next, highest + 1, seen)

    def resume(self, state: bytes) -> None:
        """Go on with counters from `state`; nothing may have been sent or received since then."""
        counter, above, seen = struct.unpack(_STATE, state)
        self._counter.resume(counter)
        self._window.restore(above - 1, seen)

    def seal(self, kind: int, flags: int, body: bytes) -> "bytes | None":
        """Return the sealed packet, None when the counter is used up."""
        counter = self._counter.take()
        if counter is None:
            return None
        tag_length = packet.SHORT_TAG
        if messages.flags(kind) & messages.LONG_TAG:
            flags |= packet.LONG
            tag_length = packet.LONG_TAG
        header = packet.pack_header(
            kind, self._tx_direction | flags, self.device, self.epoch, counter
        )
        return self._tx.seal(self._tx_nonce + counter.to_bytes(4, "big"), header, body, tag_length)

    def open(self, header: "Header", data: bytes, refused: refusals.Refusals) -> "bytes | None":
        """Return the body of a packet with this `header`, None with the reason in `refused`."""
        counter = restore(header.counter_low, 16, self._window.highest)
        if not self._window.is_new(counter):
            refused.note(refusals.REPLAYED)
            return None
        body = self._rx.open(
            self._rx_nonce + counter.to_bytes(4, "big"),
            data,
            packet.HEADER_LENGTH,
            header.tag_length,
        )
        if body is None:
            refused.note(refusals.FORGED)
            return None
        self._high_water.raise_to(counter)
        self._window.add(counter)
        return body
