"""Takes a bundle from the hub, message by message, into the slot that is not in use.

`on_update` only buffers; `poll` does the work in steps, each one piece of flash or some
milliseconds of arithmetic. What is there is known from the flash alone, so a transfer goes on after
any interruption, and at most one piece of 4 KiB is asked for again.

Import it when an update arrives and forget it when that has ended.
"""

from linli_protocol import codes

from .manifest import (
    HEAD,
    LONGEST_HEAD,
    PIECE,
    PREFIX_LENGTH,
    TABLE,
    Manifest,
    checking,
    entries,
    hashing,
    head_length,
)
from .record import NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from linli_protocol.types import Fields

    from ..storage.types import Files
    from .manifest import Entry
    from .record import Record

    Steps = Generator[None, None, None]

_LONGEST_CHUNK = 768
# A piece that waits for its last bytes, and the two messages that a hub has on their way.
_BUFFER = PIECE + 2 * _LONGEST_CHUNK
# Copied from slot to slot at a time, while the buffer is there: half a block costs half the heap.
_COPIED = PIECE // 2
# For the folders of an image, and for what the device stores meanwhile.
_RESERVE = 16 * PIECE

# Messages kept beyond a gap.
_AHEAD = 8


class Receiver:
    """The device's end of a transfer, for a device whose image is confirmed.

    `slots` are the two slots' folders; `identity` gives "device_kind", "firmware" (the version that
    runs) and "abi" (this board's `sys.implementation._mpy`); `verification(manifest)` verifies its
    signature in steps and returns the verdict; `room()` are the bytes that are free on the flash.

    When `is_ready`, the next start runs the new image: restart at a good moment.
    """

    def __init__(
        self,
        record: "Record",
        slots: "Sequence[Files]",
        identity: "dict[str, int]",
        verification: "Callable[[Manifest], Generator[None, None, bool]]",
        room: "Callable[[], int]",
    ) -> None:
        self.is_ready = False
        self._record = record
        self._slot = 1 if record.active == 0 else 0
        self._files = slots[self._slot]
        self._running = None if record.active == NONE else slots[record.active]
        self._identity = identity
        self._verification = verification
        self._room = room
        self._buffer = bytearray()
        self._image: "int | None" = None
        self._work: "Steps | None" = None
        self._state = codes.UPDATE_RECEIVING
        self._answer = False
        self._asked: "int | None" = None
        self._position = 0  # where in the bundle the buffer begins
        self._filled = 0
        # What came early and lies in the buffer beyond a gap: where in the bundle, from and to.
        self._ahead: "list[tuple[int, int]]" = []
        self._needed = 0
        self._accepting = True
        # The flash has failed, and the slot is being emptied.
        self._emptying = False
        # The running image's table, as far as it has been compared with the new one.
        self._old: "Iterator[Entry]" = iter(())
        self._old_entry: "Entry | None" = None
        try:
            length = min(self._files.size(HEAD), LONGEST_HEAD)
            manifest = Manifest(self._files.read(HEAD, 0, length))
        except ValueError:
            return
        if not self._refusal(manifest, manifest.image, manifest.total):
            self._begin(manifest.image, self._receive(manifest))

    def on_update(self, fields: "Fields") -> None:
        """Take an UPDATE message; what does not fit is asked for again.

        While an image is on trial nothing is taken: a roll-back needs the other slot.
        """
        image, offset = fields["image"], fields["offset"]
        if self._record.trial != NONE and image != self._image:
            return
        if image != self._image or (self._state == codes.UPDATE_DAMAGED and not offset):
            self._begin(image, self._take_head(image, fields["total"]))
        if not offset:
            # An offer: it is always answered.
            self._answer = True
        wanted = self._position + self._filled
        start = max(offset, wanted)
        fresh = fields["data"][start - offset :]
        if self._work is None or not fresh or self._keep(start, fresh):
            return
        if self._asked != wanted:
            # What is dropped now has to come again; it is asked for once.
            self._asked = wanted
            self._answer = True

    def poll(self) -> "Fields | None":
        """Do one step; return the fields of an UPDATE_STATUS to send, if any."""
        if self._work is not None:
            try:
                next(self._work)
            except StopIteration:
                self._conclude(codes.UPDATE_VERIFIED)
            except _Ended as ended:
                self._conclude(ended.state)
            except OSError:
                # The flash is full or broken. What came must not take the store's room.
                if self._emptying:
                    self._conclude(codes.UPDATE_DAMAGED)
                else:
                    self._emptying = True
                    self._work = self._discard(codes.UPDATE_DAMAGED)
        if not self._answer or self._image is None or self.is_busy():
            return None
        self._answer = False
        offset = self._position + self._filled
        return {"image": self._image, "offset": offset, "state": self._state}

    def is_busy(self) -> bool:
        """Say whether `poll` has work to do now, rather than after the next message."""
        return self._work is not None and not (self._accepting and self._filled < self._needed)

    def _begin(self, image: int, work: "Steps") -> None:
        # Enough for a head. All of it has to be in one piece, and comes when the head is genuine.
        self._buffer = bytearray(_LONGEST_CHUNK)
        self._image = image
        self._work = work
        self._state = codes.UPDATE_RECEIVING
        self._answer = False
        self._asked = None
        self._position = 0
        self._filled = 0
        self._ahead = []
        self._needed = 0
        self._accepting = True
        self._emptying = False
        self._old = iter(())
        self._old_entry = None

    def _keep(self, start: int, data: bytes) -> bool:
        """Put data of the bundle into the buffer, where there may be a gap before it."""
        at = start - self._position
        if not self._accepting or at + len(data) > len(self._buffer):
            return False
        if at > self._filled and len(self._ahead) == _AHEAD:
            return False
        self._buffer[at : at + len(data)] = data
        wanted = self._position + self._filled
        for first, end in sorted(self._ahead + [(start, start + len(data))]):
            if first <= wanted:
                wanted = max(wanted, end)
            elif (first, end) not in self._ahead:
                self._ahead.append((first, end))
        self._ahead = [each for each in self._ahead if each[0] > wanted]
        self._filled = wanted - self._position
        return True

    def _conclude(self, state: int) -> None:
        self._work = None
        self._accepting = False
        self._state = state
        self._answer = True

    def _refusal(self, manifest: Manifest, image: int, total: int) -> int:
        """Return the state that tells why this image is not taken, 0 when it is."""
        record = self._record
        if manifest.image != image or manifest.total != total:
            return codes.UPDATE_REFUSED_FORMAT
        outcome: int = record.outcome
        if record.image == image and outcome in (codes.UPDATE_FAILED, codes.UPDATE_RUNNING):
            return outcome
        if manifest.total > self._room() + self._held():
            return codes.UPDATE_REFUSED_SIZE
        if manifest.device_kind != self._identity["device_kind"]:
            return codes.UPDATE_REFUSED_KIND
        if manifest.abi != self._identity["abi"] or manifest.loader > record.loader:
            return codes.UPDATE_REFUSED_PLATFORM
        if manifest.version <= self._identity["firmware"] or manifest.version < record.floor:
            return codes.UPDATE_REFUSED_VERSION
        return 0

    def _take_head(self, image: int, total: int) -> "Steps":
        yield from self._fill(PREFIX_LENGTH)
        try:
            length = head_length(bytes(self._buffer[:PREFIX_LENGTH]))
            yield from self._fill(length)
            manifest = Manifest(bytes(self._buffer[:length]))
        except ValueError:
            raise _Ended(codes.UPDATE_REFUSED_FORMAT)
        self._accepting = False
        refusal = self._refusal(manifest, image, total)
        if refusal:
            raise _Ended(refusal)
        is_genuine = yield from self._verification(manifest)
        if not is_genuine:
            raise _Ended(codes.UPDATE_REFUSED_SIGNATURE)
        yield from self._erase()
        self._files.replace(HEAD, (manifest.head,))
        yield from self._receive(manifest)

    def _receive(self, manifest: Manifest) -> "Steps":
        """Take table and files, as far as they are not there, check all and begin the trial."""
        files = self._files
        buffer = bytearray(_BUFFER)
        buffer[:_LONGEST_CHUNK] = self._buffer
        self._buffer = buffer
        position = len(manifest.head)
        yield from self._take_file(TABLE, manifest.table_size, position)
        self._accepting = False
        digest = yield from hashing(files, TABLE, manifest.table_size)
        if digest != manifest.table_hash:
            yield from self._discard(codes.UPDATE_DAMAGED)
        position += manifest.table_size
        if self._running is not None:
            self._old = entries(self._running)
        try:
            yield from self._find_room()
            for name, size, digest in entries(files):
                yield from self._copy(name, size, digest)
                yield from self._take_file(name, size, position)
                position += size
        except ValueError:
            raise _Ended(codes.UPDATE_REFUSED_FORMAT)
        if position != manifest.total:
            raise _Ended(codes.UPDATE_REFUSED_FORMAT)
        self._seek(position)
        self._accepting = False
        is_whole = yield from checking(files, manifest)
        if not is_whole:
            yield from self._discard(codes.UPDATE_DAMAGED)
        self._record.begin_trial(self._slot, manifest.version, manifest.image)
        self._record.save()
        self.is_ready = True

    def _take_file(self, name: str, size: int, start: int) -> "Steps":
        """Write what is missing of a file that begins at `start` in the bundle."""
        held = self._files.size(name)
        if held > size:
            yield from self._discard(codes.UPDATE_DAMAGED)
        while held < size or not held:
            self._seek(start + held)
            count = min(PIECE - held % PIECE, size - held)
            yield from self._fill(count)
            self._files.append(name, memoryview(self._buffer)[:count])
            self._seek(start + held + count)
            held += count
            if not size:
                return  # an empty file is there, too

    def _copy(self, name: str, size: int, digest: bytes) -> "Steps":
        """Copy a file that the running image has too; both tables have their names in order."""
        while self._old_entry is None or self._old_entry[0] < name:
            self._old_entry = next(self._old, None)
            if self._old_entry is None:
                return
        if self._running is None or self._old_entry != (name, size, digest):
            return
        self._accepting = False
        for at in range(self._files.size(name), size, _COPIED):
            self._files.append(name, self._running.read(name, at, _COPIED))
            yield

    def _fill(self, count: int) -> "Steps":
        """Wait until the buffer holds `count` bytes."""
        self._needed = count
        self._accepting = True
        while self._filled < count:
            yield

    def _seek(self, position: int) -> None:
        """Have the buffer begin at `position`; ask for it when it is not what comes next."""
        passed = position - self._position
        if 0 <= passed <= self._filled:
            self._filled -= passed
            buffer = memoryview(self._buffer)
            buffer[: len(buffer) - passed] = buffer[passed:]
        else:
            self._filled = 0
            self._ahead = []
            self._answer = True
        self._position = position

    def _held(self) -> int:
        """Return the bytes of the files that are in the slot, unless its table is damaged."""
        held = 0
        try:
            for name, _, _ in entries(self._files):
                held += self._files.size(name)
        except ValueError:
            pass
        return held

    def _find_room(self) -> "Steps":
        """Refuse what would not fit, now that its files are known: each takes whole blocks."""
        missing = _RESERVE
        for name, size, _ in entries(self._files):
            missing += _in_blocks(size) - _in_blocks(self._files.size(name))
            yield
        if missing > self._room():
            yield from self._discard(codes.UPDATE_REFUSED_SIZE)

    def _erase(self) -> "Steps":
        """Empty the slot; its head goes first and the table, by which files are known, last."""
        files = self._files
        files.remove(HEAD)
        try:
            for name, _, _ in entries(files):
                files.remove(name)
                yield
        except ValueError:
            pass
        files.remove(TABLE)

    def _discard(self, state: int) -> "Steps":
        yield from self._erase()
        raise _Ended(state)


def _in_blocks(size: int) -> int:
    return (size + PIECE - 1) // PIECE * PIECE


class _Ended(Exception):
    """The transfer has come to its end with the state `state`."""

    def __init__(self, state: int) -> None:
        self.state = state
