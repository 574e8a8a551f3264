"""The images of a simulated board: the boards' own slots, boot record and receiver on RAM flash."""

from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update.receiver import Receiver
from linli_firmware.update.record import NONE
from linli_firmware.update.signature import verification
from linli_firmware.update.slots import Slots
from linli_protocol.types import Fields

ABI = 0x0B06
"""Of the simulated boards, as `sys.implementation._mpy` has it: .mpy 6.3, xtensawin."""
FLASH_FREE = 1 << 20
"""What is free on their flash, bytes."""


class Images:
    """Two slots beside the image in the chip, which is `factory_version`; `key` is the vendor's.

    A signature costs the host 2 ms with the native core, so that each twin verifies it itself.
    """

    def __init__(self, device_kind: int, factory_version: int, key: bytes) -> None:
        self._device_kind = device_kind
        self._factory_version = factory_version
        self._key = key
        self._record_files = RamFiles()
        self._slot_files = (RamFiles(), RamFiles())
        self.boot()

    def boot(self) -> None:
        """Choose the image to run, as the boot code does; forget the transfer under way."""
        slots = Slots(self._record_files, self._slot_files)
        self._receiver: Receiver | None = None
        self._slot = slots.choose()
        self._record = slots.record
        manifest = None if self._slot == NONE else slots.manifest(self._slot)
        self.version = manifest.version if manifest else self._factory_version

    @property
    def is_on_trial(self) -> bool:
        """Whether the image that runs has still to show that it works."""
        return self._slot != NONE and self._record.trial == self._slot

    @property
    def is_ready(self) -> bool:
        """Whether the next start runs another image."""
        return self._receiver is not None and self._receiver.is_ready

    def confirm(self) -> None:
        """Keep the image that runs."""
        self._record.confirm(self._slot)

    def take(self, fields: Fields) -> list[Fields]:
        """Take an UPDATE message; return the fields of the UPDATE_STATUS messages to send."""
        receiver = self._receiver
        if receiver is None:
            identity = {
                "device_kind": self._device_kind,
                "firmware": self.version,
                "abi": ABI,
            }
            receiver = self._receiver = Receiver(
                self._record,
                self._slot_files,
                identity,
                lambda manifest: verification(manifest, (self._key,)),
                lambda: FLASH_FREE,
            )
        receiver.on_update(fields)
        answers = []
        busy = True
        while busy:
            busy = receiver.is_busy()
            status = receiver.poll()
            if status is not None:
                answers.append(status)
        return answers
