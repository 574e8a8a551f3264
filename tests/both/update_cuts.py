"""Cuts the power at every program and erase of a whole update on LittleFS, and after every chunk.

    MICROPYPATH=protocol:firmware:tests/both:.frozen micropython -X heapsize=8M \\
        tests/both/update_cuts.py

prints the table of docs/UPDATES.md. The update is told once, from the offer to the start after the
confirmation, while every write to flash is recorded. For each write in turn, what flash would hold
with that write done in part is mounted and started; then the update goes on to its end.
"""

import sys

from lfs_flash import BLOCK, HAS_LITTLEFS, MOUNT, Flash
from linli_firmware.update import manifest as wire
from linli_firmware.update.slot_files import SlotFiles
from linli_protocol import codes
from power_cuts import write_in_part
from updates import NEW, NEW_BUNDLE, OLD, OLD_BUNDLE, Board, app, bundle, install

CHUNK = 768

# A program or erase that is not begun, half done, or half done and the rest weakly.
_TORN = (0, 1, 2)
_BLOCKS = 40 if HAS_LITTLEFS else 0
# Made once, while MicroPython's heap is in one piece.
_told, _image, _scratch = (bytearray(_BLOCKS * BLOCK) for _ in range(3))


class Tally:
    """What became of the cuts in one part of an update."""

    def __init__(self, part):
        self.part = part
        self.cuts = self.old = self.new = self.asked_again = 0

    def add(self, version, asked_again):
        self.cuts += 1
        self.old += version == OLD
        self.new += version == NEW
        self.asked_again = max(self.asked_again, asked_again)


class _Noted(SlotFiles):
    """A folder that notes with `done(part)` which part of the update it has just written."""

    def __init__(self, folder, done):
        super().__init__(folder)
        self._done = done

    def append(self, name, data):
        super().append(name, data)
        self._done("table" if name == wire.TABLE else "files")

    def replace(self, name, chunks):
        super().replace(name, chunks)
        self._done("head" if name == wire.HEAD else "trial")

    def remove(self, name):
        super().remove(name)
        self._done("slot emptied")


def _mounted(flash):
    flash.mount()
    return Board([SlotFiles(MOUNT + "/" + name) for name in ("slots", "a", "b")])


def _runs(board):
    """Import the running image's code and compare its files; return its version."""
    version = board.version
    sys.modules.pop("tiny_app", None)
    sys.path.insert(0, MOUNT + "/" + "ab"[board.slot])
    try:
        assert version == __import__("tiny_app").VERSION
    finally:
        sys.path.pop(0)
    for name, content in app(version).items():
        assert board.files.read(name, 0, len(content) + 1) == content, name
    return version


def _prepare():
    """Make a flash that runs OLD in slot a and holds a still older image in slot b."""
    flash = Flash(_BLOCKS, _told)
    flash.format()
    board = _mounted(flash)
    install(board.folders[2], bundle(app(1), VERSION=1))
    install(board.folders[1], OLD_BUNDLE)
    board.boot()
    assert board.confirm() and board.version == OLD
    return flash, board


def _tell(flash, board):
    """Update from OLD to NEW; return the writes, and (how many, part, bytes taken by then)."""
    marks = []
    stage = [""]

    def done(part):
        receiver = board.receiver
        taken = receiver._position + receiver._filled if receiver else 0
        marks.append((len(flash.history), stage[0] or part, taken))

    flash.history = []
    board.folders = [_Noted(MOUNT + "/" + name, done) for name in ("slots", "a", "b")]
    board.boot()
    assert board.take(NEW_BUNDLE, CHUNK) == codes.UPDATE_VERIFIED
    stage[0] = "first start"
    board.boot()
    stage[0] = "confirmation"
    board.confirm()
    stage[0] = ""
    board.boot()
    assert _runs(board) == NEW
    return flash.history, marks


def _finish(board):
    """Bring a board that was started after a cut to NEW; return where it wanted to go on."""
    wanted = len(NEW_BUNDLE)
    if board.version == OLD:
        statuses = board.send(NEW_BUNDLE, 0, CHUNK)
        wanted = statuses[-1][0]
        if statuses[-1][1] == codes.UPDATE_RECEIVING:
            assert board.take(NEW_BUNDLE, CHUNK) == codes.UPDATE_VERIFIED
        else:
            assert statuses[-1][1] == codes.UPDATE_VERIFIED
        board.boot()
    board.confirm()
    board.boot()
    assert _runs(board) == NEW and not board.confirm()
    return wanted


def cut_every_write():
    """Return a Tally for each part of the update."""
    flash, board = _prepare()
    _image[:] = _told
    history, marks = _tell(flash, board)
    flash.unmount()
    tallies = []
    for position, (address, data) in enumerate(history):
        while marks and marks[0][0] <= position:
            marks.pop(0)
        assert marks, "a write that belongs to no operation"
        _, part, taken = marks[0]
        if not tallies or tallies[-1].part != part:
            tallies.append(Tally(part))
        for torn in _TORN:
            _scratch[:] = _image
            write_in_part(_scratch, address, data, torn)
            flash = Flash(_BLOCKS, _scratch)
            board = _mounted(flash)
            board.boot()
            version = _runs(board)
            wanted = _finish(board)
            tallies[-1].add(version, max(0, taken - wanted))
            flash.unmount()
        write_in_part(_image, address, data)
    return tallies


def cut_twice(step):
    """Cut after every `step`-th write, and then at every write of going on; return a Tally."""
    flash, board = _prepare()
    first = bytearray(_told)
    history, _ = _tell(flash, board)
    flash.unmount()
    tally = Tally("again, while going on after every " + str(step) + "th cut above")
    for position, (address, data) in enumerate(history):
        if position % step == 0:
            _told[:] = first
            flash = Flash(_BLOCKS, _told)
            flash.history = []
            board = _mounted(flash)
            board.boot()
            _finish(board)
            flash.unmount()
            _image[:] = first
            for again, what in flash.history:
                _scratch[:] = _image
                scratch = Flash(_BLOCKS, _scratch)
                board = _mounted(scratch)
                board.boot()
                version = _runs(board)
                _finish(board)
                tally.add(version, 0)
                scratch.unmount()
                write_in_part(_image, again, what)
        write_in_part(first, address, data)
    return tally


def cut_every_chunk(length=CHUNK):
    """Restart after each message of the transfer in turn; return a Tally."""
    tally = Tally("nothing, after each chunk of " + str(length) + " B")
    chunks = 0
    is_whole = False
    while not is_whole:
        chunks += 1
        flash, board = _prepare()
        board.boot()
        is_whole = board.take(NEW_BUNDLE, length, chunks) is not None
        taken = board.receiver._position + board.receiver._filled
        flash.unmount()
        flash = Flash(_BLOCKS, _told)
        board = _mounted(flash)
        board.boot()
        version = _runs(board)
        tally.add(version, max(0, taken - _finish(board)))
        flash.unmount()
    return tally


def main():
    """Print the table."""
    print("| cut while writing | cuts | old runs | new runs | bytes asked for again, at most |")
    print("| --- | ---: | ---: | ---: | ---: |")
    total = Tally("**together**")
    for tally in cut_every_write() + [cut_every_chunk(), cut_twice(9)]:
        print("|", tally.part, "|", tally.cuts, "|", tally.old, "|", tally.new, "|", end=" ")
        print(tally.asked_again, "|")
        total.cuts += tally.cuts
        total.old += tally.old
        total.new += tally.new
    print("|", total.part, "|", total.cuts, "|", total.old, "|", total.new, "| |")


if __name__ == "__main__":
    main()
