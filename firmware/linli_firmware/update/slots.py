"""Two slots for images, and the choice between them at each start.

An image is in a slot when the slot has its head, which comes only after its signature was verified.
It is whole when table and files have the hashes that the head gives, directly or by the table.
"""

from linli_protocol import codes

from .manifest import HEAD, LONGEST_HEAD, Manifest, checking
from .record import NONE, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..storage.types import Files

# The version of the boot code: a bundle says which one it needs at least.
LOADER = 1


class Slots:
    """The boot record in the folder `record_files`, and the two slots' folders."""

    def __init__(self, record_files: "Files", slots: "Sequence[Files]") -> None:
        self.record = Record(record_files)
        self._slots = slots

    def manifest(self, slot: int) -> "Manifest | None":
        """Return what is in slot 0 or 1, perhaps not yet or no longer whole; None: no image."""
        try:
            return Manifest(self._slots[slot].read(HEAD, 0, LONGEST_HEAD))
        except ValueError:
            return None

    def is_whole(self, slot: int) -> bool:
        """Read and hash the image in a slot, and say whether all is there as it was signed."""
        manifest = self.manifest(slot)
        if manifest is None:
            return False
        steps = checking(self._slots[slot], manifest)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return bool(end.value)

    def choose(self, check: bool = True) -> int:
        """Return the slot to start, NONE: the image in the chip. Call once, before anything else.

        Without `check` the slot in use is started unread, as after a deep sleep. No content of
        the flash raises; OSError only from what the folders themselves do not survive.
        """
        record = self.record
        is_other_loader = record.loader != LOADER
        record.loader = LOADER
        if not record.is_known:
            self._recover()
        elif is_other_loader:
            self._try_to_save()
        if record.trial != NONE:
            slot = record.trial
            whole = self.is_whole(slot)
            if whole and record.tries:
                record.tries -= 1
                # What cannot be counted must not be tried: it might never end.
                if self._try_to_save():
                    return slot
            else:
                self._end_trial(codes.UPDATE_FAILED if whole else codes.UPDATE_DAMAGED)
        if record.active == NONE or not check or self.is_whole(record.active):
            return record.active
        other = 1 - record.active
        record.active = other if self.is_whole(other) else NONE
        self._try_to_save()
        return record.active

    def _end_trial(self, outcome: int) -> None:
        record = self.record
        try:
            # The head goes first: with the record lost too, the slot must not come back.
            self._slots[record.trial].remove(HEAD)
        except OSError:
            pass
        record.trial = NONE
        record.outcome = outcome
        self._try_to_save()

    def _recover(self) -> None:
        """Make a record from what the slots hold; the newer of two images is on trial again."""
        record = self.record
        whole = [slot for slot in (0, 1) if self.is_whole(slot)]
        whole.sort(key=self._version)
        if whole:
            record.active = whole[0]
            record.floor = self._version(whole[0])
        if len(whole) == 2:
            manifest = self.manifest(whole[1])
            assert manifest is not None, "a whole slot has a head"
            record.begin_trial(whole[1], manifest.version, manifest.image)
        self._try_to_save()

    def _version(self, slot: int) -> int:
        manifest = self.manifest(slot)
        return manifest.version if manifest else 0

    def _try_to_save(self) -> bool:
        try:
            self.record.save()
        except OSError:
            return False
        return True
