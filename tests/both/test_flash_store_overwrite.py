"""After a decommissioning no byte of what was stored is on the flash, whatever cut it short.

On LittleFS, so in MicroPython only: the host's file systems give no access to their blocks.
"""

import os

from lfs_flash import HAS_LITTLEFS, MOUNT, Flash
from linli_firmware.storage import overwrite
from linli_firmware.storage.files import BoardFiles
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.overwrite import FINGERPRINT, Overwriter, is_pending
from power_cuts import write_in_part
from support import Random, raises

BLOCKS = 28
FOLDER = MOUNT + "/data"
MARKER = MOUNT + "/overwriting"
KEY = bytes(range(100, 116))

if HAS_LITTLEFS:
    _device = bytearray(BLOCKS * 4096)
    _image = bytearray(BLOCKS * 4096)
    _scratch = bytearray(BLOCKS * 4096)


def used_flash():
    """Return a mounted flash with a life behind it: a store, and other files beside it."""
    flash = Flash(BLOCKS, _device)
    flash.format()
    flash.mount()
    random = Random(5)
    for name in ("boot.py", "main.py"):
        with open(MOUNT + "/" + name, "wb") as file:
            file.write(random.bytes(600))
    store = FlashStore(BoardFiles(FOLDER))
    store.put("session", KEY)
    for _ in range(3):
        store.file_replace("credentials", [random.bytes(9000)])
        for _ in range(80):
            store.append("events", random.bytes(16))
            while store.tidy():
                pass
    return flash


def begun(overwriter, marker=MARKER):
    """Do the steps that only read, and leave the marker; return those that are left."""
    steps = overwriter.steps()
    while not is_pending(marker):
        next(steps)
    return steps


def finish(steps):
    """Do all steps; return how many there were."""
    count = 0
    for _ in steps:
        count += 1
    return count


def on_flash(content, pieces):
    """Return how many of the pieces are anywhere in the flash."""
    return len([piece for piece in pieces if piece in content])


def test_everything_stored_is_on_the_flash_before_and_nothing_of_it_after():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    steps = begun(overwriter)
    pieces = overwriter.fingerprints
    assert len(pieces) >= 10 and KEY in pieces
    assert on_flash(flash.content, pieces) == len(pieces)
    assert finish(steps) > 500
    assert on_flash(flash.content, pieces) == 0
    assert (overwriter.passes, overwriter.searched, overwriter.found) == (3, BLOCKS, 0)
    # All but the blocks of the root and of the two other files was filled.
    assert overwriter.filled >= (BLOCKS - 7) * 4096
    assert not is_pending(MARKER)
    assert sorted(os.listdir(MOUNT)) == ["boot.py", "main.py"]
    flash.unmount()


def test_nothing_of_older_versions_is_left_either():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    files = BoardFiles(FOLDER)
    old = Random(77).bytes(200)
    files.replace("f-old", [old])
    files.replace("f-old", [b"new"])
    files.append("j-old", old[:100])
    files.remove("j-old")
    pieces = [old[at : at + FINGERPRINT] for at in range(0, 184, 8)]
    assert on_flash(flash.content, pieces) > 15
    finish(Overwriter(MOUNT, (FOLDER,), MARKER, flash).steps())
    assert on_flash(flash.content, pieces) == 0
    flash.unmount()


def test_folders_within_go_with_all_that_is_in_them():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    secret = Random(21).bytes(40)
    for folder in ("/ca", "/ca/old", "/empty"):
        os.mkdir(FOLDER + folder)
    for name in ("/ca/broker.der", "/ca/old/broker.der"):
        with open(FOLDER + name, "wb") as file:
            file.write(secret)
        secret = bytes(reversed(secret))
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    steps = begun(overwriter)
    stored = secret + bytes(reversed(secret))
    traces = [trace for trace in overwriter.fingerprints if trace in stored]
    assert len(traces) == 2
    finish(steps)
    assert on_flash(flash.content, traces) == overwriter.found == 0
    assert sorted(os.listdir(MOUNT)) == ["boot.py", "main.py"]
    flash.unmount()


def test_the_reading_before_it_is_done_in_steps_too():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    for number in range(10):
        with open(MOUNT + "/%d" % number, "wb") as file:
            file.write(Random(number + 1).bytes(100))
    steps = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY]).steps()
    count = 0
    while not is_pending(MARKER):
        next(steps)
        count += 1
    assert count > 10 + len(os.listdir(FOLDER))
    flash.unmount()


def test_no_block_of_a_flash_that_was_full_is_left_out():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    line = Random(3).bytes(64)
    for length in (4096, 64):
        try:
            while True:
                with open(FOLDER + "/f-large", "ab") as file:
                    file.write(line * (length // 64))
        except OSError:
            pass
    with_it = [at for at in range(0, len(_device), 4096) if line in flash.content[at : at + 4096]]
    assert len(with_it) > BLOCKS // 2
    finish(Overwriter(MOUNT, (FOLDER,), MARKER, flash).steps())
    assert on_flash(flash.content, [line]) == 0
    flash.unmount()


def test_deleting_alone_does_not_pass_the_proof():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    credentials = BoardFiles(FOLDER).read("f-credentials", 1000, FINGERPRINT)
    at = bytes(flash.content).find(credentials) & -4096
    # A secret on each of the borders between what is read at once.
    secrets = [bytes(flash.content[at + n - 5 : at + n + 11]) for n in range(512, 4096, 512)]
    saved = overwrite.PASSES
    try:
        overwrite.PASSES = b""
        overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, secrets)
        finish(overwriter.steps())
        assert overwriter.found == on_flash(flash.content, overwriter.fingerprints) > 10
        assert is_pending(MARKER)
    finally:
        overwrite.PASSES = saved
    # The next start does it properly.
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    finish(overwriter.steps())
    assert overwriter.found == 0
    flash.unmount()


def test_what_a_file_that_stays_holds_too_is_no_trace_unless_it_is_a_secret():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    shared = Random(9).bytes(200)
    BoardFiles(FOLDER).replace("shared", [shared])
    os.mkdir(MOUNT + "/lib")
    with open(MOUNT + "/lib/image", "wb") as file:
        file.write(Random(8).bytes(700) + shared)
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    steps = begun(overwriter)
    assert on_flash(shared, overwriter.fingerprints) == 0
    finish(steps)
    assert overwriter.found == 0 and not is_pending(MARKER)
    with open(MOUNT + "/key", "wb") as file:
        file.write(KEY)
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    finish(overwriter.steps())
    assert overwriter.found == 1 and is_pending(MARKER)
    flash.unmount()


def test_a_secret_in_the_root_s_own_blocks_is_overwritten_too():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    with open(MOUNT + "/key", "wb") as file:
        file.write(KEY)
    os.remove(MOUNT + "/key")
    assert on_flash(flash.content, [KEY]) == 1
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
    finish(overwriter.steps())
    assert on_flash(flash.content, [KEY]) == overwriter.found == 0
    flash.unmount()


def test_a_flash_that_does_not_take_the_pattern_is_reported():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash)
    steps = begun(overwriter)
    # In the middle of the first pass the flash forgets a block of the pattern.
    for _ in range(35):
        next(steps)
    block = bytes(flash.content).find(b"\x55" * 4096) & -4096
    flash.content[block + 5] = 0

    def rest():
        for _ in steps:
            pass

    error = raises(OSError, rest)
    assert "reads back" in str(error)
    assert is_pending(MARKER)
    flash.unmount()


def test_an_overwriting_cut_short_anywhere_goes_on_to_its_end():
    if not HAS_LITTLEFS:
        return
    flash = used_flash()
    overwriter = Overwriter(MOUNT, (FOLDER,), MOUNT + "/other", flash, [KEY])
    begun(overwriter, MOUNT + "/other")
    pieces = overwriter.fingerprints
    os.remove(MOUNT + "/other")
    _image[:] = _device
    flash.history = history = []
    finish(Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY]).steps())
    flash.unmount()
    cuts = 0
    done = False
    for position, (address, data) in enumerate(history):
        if position % (len(history) // 150) == 0 or position < 4 or position > len(history) - 4:
            _scratch[:] = _image
            write_in_part(_scratch, address, data, cuts % 3)
            cuts += 1
            flash = Flash(BLOCKS, _scratch)
            flash.mount()
            # Before the marker nothing has happened, after it nothing is left to do.
            if is_pending(MARKER):
                overwriter = Overwriter(MOUNT, (FOLDER,), MARKER, flash, [KEY])
                finish(overwriter.steps())
                assert overwriter.found == 0
                assert overwriter.passes == 0 or overwriter.filled >= (BLOCKS - 7) * 4096
                done = True
            if done:
                assert on_flash(_scratch, pieces) == 0, position
                assert sorted(os.listdir(MOUNT)) == ["boot.py", "main.py"]
            else:
                assert FlashStore(BoardFiles(FOLDER)).get("session") == KEY
            flash.unmount()
        write_in_part(_image, address, data)
    print(cuts, "power cuts of", len(history), "programs and erases")
    assert done and cuts > 150
