"""Takes updates while the device works: the receiver is loaded for a transfer and forgotten after.

A slot on trial is confirmed by `confirm`, once the node has proven itself; whatever became of the
last update is reported once, as an event.
"""

import sys

from linli_protocol import codes, messages

from ..actions import Send
from ..update.record import NONE
from .passing import passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from linli_protocol.types import Fields

    from ..update.manifest import Manifest
    from ..update.receiver import Receiver
    from ..update.record import Record
    from .node import Node

# Longer than a hub waits between two chunks: then the receiver's 5 kB are better free.
IDLE_MS = 600_000
# The last status gets this long to reach the hub before the restart.
PARTING_MS = 5_000

_TOLD = "update.told"


class Updates:
    """The part of a node for updates into the folders `slots`, of which one may be running.

    Only those that one of `vendor_keys` has signed are taken, and that `flash_free()` has room for.
    """

    name = "updates"
    vital = False
    period_ms = 50

    def __init__(
        self,
        node: "Node",
        record: "Record",
        slots: "Sequence[str]",
        vendor_keys: "Sequence[bytes]",
        flash_free: "Callable[[], int]",
    ) -> None:
        self._node = node
        self._vendor_keys = vendor_keys
        self._flash_free = flash_free
        self._record = record
        self._slots = slots
        self._slot = NONE
        for number, folder in enumerate(slots):
            if folder in sys.path:
                self._slot = number
        self._receiver: "Receiver | None" = None
        self._heard_at = 0
        self._ready_at: "int | None" = None

    def confirm(self) -> None:
        """Keep the image that runs, if it was on trial: it has proven itself."""
        if self._slot != NONE and self._record.confirm(self._slot):
            self._node.report(codes.UPDATE_INSTALLED, None, self._node.identity.firmware)

    def tell(self) -> None:
        """Report an update that has failed, once."""
        record = self._record
        told = record.image.to_bytes(4, "big")
        has_failed = record.outcome in (codes.UPDATE_FAILED, codes.UPDATE_DAMAGED)
        if has_failed and record.trial == NONE and self._node.store.get(_TOLD) != told:
            self._node.report(codes.UPDATE_ROLLED_BACK, None, record.version)
            self._node.store.put(_TOLD, told)

    def on_update(self, fields: "Fields", now: int) -> None:
        """Take an UPDATE message."""
        self._heard_at = now
        receiver = self._receiver
        if receiver is None:
            from ..update.slot_files import SlotFiles

            identity = self._node.identity.fields()
            slots = [SlotFiles(folder) for folder in self._slots]
            # By its name in full, which the image keeps.
            identity["abi"] = getattr(sys.implementation, "_mpy")  # noqa: B009
            new: "type[Receiver]" = passing("linli_firmware.update.receiver", "Receiver")
            receiver = new(self._record, slots, identity, self._verification, self._flash_free)
            self._receiver = receiver
        receiver.on_update(fields)

    def restart(self, now: int) -> None:
        """Forget the transfer under way; what is on flash of it stays."""
        self._receiver = None

    def poll(self, now: int) -> None:
        """Do a step of the transfer; answer the hub; end the node when an image is ready."""
        receiver = self._receiver
        if receiver is None:
            return
        status = receiver.poll()
        if status is not None:
            self._node.core.device.send(Send(messages.UPDATE_STATUS, status), now)
        if receiver.is_ready:
            self._ready_at = self._ready_at or now
            if now - self._ready_at >= PARTING_MS:
                self._node.end_when_quiet("update", now)
        elif not receiver.is_busy() and now - self._heard_at >= IDLE_MS:
            self._receiver = None

    def is_busy(self) -> bool:
        """Tell whether a transfer is under way, which a sleep would lose."""
        return self._receiver is not None

    def next_deadline(self) -> "int | None":
        """Return 0 while there is work to do at once."""
        return 0 if self._receiver is not None and self._receiver.is_busy() else None

    def _verification(self, manifest: "Manifest") -> "Generator[None, None, bool]":
        verification = passing("linli_firmware.update.signature", "verification")
        steps: "Generator[None, None, bool]" = verification(manifest, self._vendor_keys)
        return steps
