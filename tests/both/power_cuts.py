"""Cuts the power at every write of a story that is told once, and has what is left checked.

A story is `story(memory)`: it builds a store on `memory.files` and `memory.retained`, and tells
with `memory.note(fact)` what somebody may rely on from then on. It runs to its end while each write
is recorded. Then, for each write in turn, what flash would hold is built anew, with that write done
in part, and `check(memory, facts)` gets it with the facts noted by then. No object of the story
lives on, as none survives a power cut.
"""

from lfs_flash import BLOCK, HAS_LITTLEFS, MOUNT, Flash
from linli_firmware.storage import flash_store, segments
from linli_firmware.storage.files import BoardFiles
from linli_firmware.storage.ram_files import TORN, PowerCut, RamFiles

# What becomes of a program or an erase of flash.
_NOT_DONE = 0
_HALF_DONE = 1
_WEAK = 2

_BLOCKS = 40 if HAS_LITTLEFS else 0
_FOLDER = MOUNT + "/data"
# Made once, while MicroPython's heap is in one piece: a story's flash, the image, its torn copy.
_told, _image, _scratch = (bytearray(_BLOCKS * BLOCK) for _ in range(3))


class Retained:
    """Retained memory that tells `changed` of each new content."""

    def __init__(self, content=b"", changed=None):
        self.content = content
        self._changed = changed

    def read(self):
        return self.content

    def write(self, data):
        self.content = data
        if self._changed:
            self._changed(data)


class Memory:
    """What survives: `files`, and `retained` while the battery holds."""

    def __init__(self, files, retained, note=None):
        self.files = files
        self.retained = retained
        self.note = note or (lambda fact: None)


class _RecordedFiles(RamFiles):
    def __init__(self):
        super().__init__()
        self.history = []

    def append(self, name, data):
        super().append(name, data)
        self.history.append((RamFiles.append, name, data))

    def replace(self, name, chunks):
        data = b"".join([bytes(chunk) for chunk in chunks])
        super().replace(name, [data])
        self.history.append((RamFiles.replace, name, [data]))

    def remove(self, name):
        super().remove(name)
        self.history.append((RamFiles.remove, name))


def _tell(story, files, history):
    facts = []
    retained = [(0, b"")]
    story(
        Memory(
            files,
            Retained(b"", lambda content: retained.append((len(history), content))),
            lambda fact: facts.append((len(history), fact)),
        )
    )
    return facts, retained


def _until(noted, position):
    return [what for at, what in noted if at <= position]


def cut_every_operation(story, check):
    """Cut each operation on a folder in RAM in each way of TORN; return how many cuts that was."""
    recorded = _RecordedFiles()
    facts, retained = _tell(story, recorded, recorded.history)
    for position, operation in enumerate(recorded.history):
        for torn in TORN:
            files = RamFiles()
            for done in recorded.history[:position]:
                done[0](files, *done[1:])
            files.lose_power_at(1, torn)
            try:
                operation[0](files, *operation[1:])
            except PowerCut:
                pass
            # An operation done in the moment of the cut may or may not have returned.
            left = Retained(_until(retained, position)[-1])
            check(Memory(files, left), _until(facts, position))
    return len(recorded.history) * len(TORN)


def cut_every_flash_write(story, check):
    """Cut each program and erase of a LittleFS; return how many cuts were made.

    Each is cut before it, in the middle, and so that its second half is half done.
    """
    flash = Flash(_BLOCKS, _told)
    flash.format()
    flash.mount()
    _image[:] = _told
    flash.history = history = []
    facts, retained = _tell(story, BoardFiles(_FOLDER), history)
    flash.unmount()
    for position, (address, data) in enumerate(history):
        for torn in (_NOT_DONE, _HALF_DONE, _WEAK):
            _scratch[:] = _image
            write_in_part(_scratch, address, data, torn)
            flash = Flash(_BLOCKS, _scratch)
            flash.mount()
            left = Retained(_until(retained, position)[-1])
            check(Memory(BoardFiles(_FOLDER), left), _until(facts, position))
            flash.unmount()
        write_in_part(_image, address, data)
    return len(history) * 3


def write_in_part(content, address, data, torn=None):
    """Program `data`, or erase for None, in a way of `_NOT_DONE` to `_WEAK`, whole for None."""
    length = BLOCK if data is None else len(data)
    data = b"\xff" * length if data is None else data
    done = {None: length, _NOT_DONE: 0}.get(torn, length // 2)
    content[address : address + done] = data[:done]
    if torn == _WEAK:
        # Every other bit has its old value, every other its new one.
        for at in range(done, length):
            content[address + at] = content[address + at] & 0xAA | data[at] & 0x55


def cut_everywhere(story, check):
    """Cut in RAM, and on LittleFS where there is one; print and return how many cuts that was."""
    in_ram = cut_every_operation(story, check)
    on_flash = cut_every_flash_write(story, check) if HAS_LITTLEFS else 0
    print(in_ram, "power cuts in operations,", on_flash, "in programs and erases")
    return in_ram + on_flash


def with_small_bounds(call):
    """Call with bounds so small that a short story meets them all; return what it returns."""
    saved = flash_store.DUE, flash_store.LIMIT, segments.SEGMENT
    flash_store.DUE, flash_store.LIMIT, segments.SEGMENT = 300, 500, 200
    try:
        return call()
    finally:
        flash_store.DUE, flash_store.LIMIT, segments.SEGMENT = saved
