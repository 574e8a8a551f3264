"""The boot record: which slot runs, which is on trial, and what became of the last update.

One small file, replaced at once or not at all. Written when an update is verified, before each
start of a slot on trial, and when the trial ends; never else.
"""

import struct

from linli_protocol import codes
from linli_protocol.crypto import sm3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.types import Files

FILE = "record"
# For `active`: the image in the chip itself, which is in no slot; for `trial`: no slot is on trial.
NONE = 0xFF

# Starts that a new image has to show that it works. Power that fails meanwhile uses up one, too.
TRIES = 3

# Format 1, most significant byte first: format, loader, active, trial, tries, outcome (u8),
# version, floor, image (u32); then the first 4 bytes of the SM3 of all that.
_LAYOUT = ">BBBBBBIII"
_LENGTH = 18


class Record:
    """`active` and `trial` are 0 for slot a, 1 for slot b, or NONE.

    `loader` is the version of the boot code, `tries` how often a slot on trial may still be
    started, `version` what it holds, `floor` the highest version ever confirmed; `outcome` is the
    state, as in UPDATE_STATUS, of the last update, `image` which one that is; 0: there was none.
    """

    def __init__(self, files: "Files") -> None:
        self._files = files
        self.is_known = True
        data = files.read(FILE, 0, _LENGTH + 5)
        if len(data) == _LENGTH + 4 and data[0] == 1 and data[_LENGTH:] == _check(data[:_LENGTH]):
            fields: "tuple[int, ...]" = struct.unpack(_LAYOUT, data[:_LENGTH])
        else:
            self.is_known = False
            fields = (1, 0, NONE, NONE, 0, 0, 0, 0, 0)
        self.loader, self.active, self.trial, self.tries = fields[1:5]
        self.outcome, self.version, self.floor, self.image = fields[5:]

    def save(self) -> None:
        """Write it; OSError when the flash is full or broken."""
        data = struct.pack(
            _LAYOUT,
            1,
            self.loader,
            self.active,
            self.trial,
            self.tries,
            self.outcome,
            self.version,
            self.floor,
            self.image,
        )
        self._files.replace(FILE, (data + _check(data),))
        self.is_known = True

    def begin_trial(self, slot: int, version: int, image: int) -> None:
        """Have the image in `slot` started from the next start on, until it is confirmed or fails.

        Nothing is written before `save`.
        """
        self.trial = slot
        self.tries = TRIES
        self.version = version
        self.image = image
        self.outcome = codes.UPDATE_VERIFIED

    def confirm(self, slot: int) -> bool:
        """Note that the image in `slot`, which runs, works; say whether it was on trial till now.

        OSError: it is still on trial, for the flash is full or broken.
        """
        if self.trial != slot or slot == NONE:
            return False
        before = self.active, self.trial, self.floor, self.outcome
        self.active = slot
        self.trial = NONE
        self.floor = max(self.floor, self.version)
        self.outcome = codes.UPDATE_RUNNING
        try:
            self.save()
        except OSError:
            self.active, self.trial, self.floor, self.outcome = before
            raise
        return True


def _check(data: bytes) -> bytes:
    return sm3(data)[:4]
