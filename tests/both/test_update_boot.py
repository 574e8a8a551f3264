"""What runs after a restart: trials, roll-backs, and every damage to record and slots."""

from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.update import manifest as wire
from linli_firmware.update.record import FILE, NONE, TRIES, Record
from linli_protocol import codes
from support import raises
from updates import (
    NEW,
    NEW_BUNDLE,
    OLD,
    OLD_BUNDLE,
    Board,
    app,
    bundle,
    image_of,
    install,
    running_old,
)


class Stuck(RamFiles):
    """A folder whose files cannot be replaced while it is `broken`."""

    broken = False

    def replace(self, name, chunks):
        if self.broken:
            raise OSError(5)
        super().replace(name, chunks)


def on_trial():
    """Return a board that has verified NEW and not yet restarted."""
    board = running_old()
    board.take(NEW_BUNDLE)
    return board


def confirmed():
    """Return a board that runs NEW in slot b, with OLD still in slot a."""
    board = on_trial()
    board.boot()
    board.confirm()
    return board


def copy(folder):
    """Return a folder with the same files."""
    made = RamFiles()
    for name in folder.names():
        made.append(name, folder.read(name, 0, folder.size(name)))
    return made


def test_an_image_that_never_shows_that_it_works_is_rolled_back():
    board = on_trial()
    for _ in range(TRIES):
        board.boot()
        assert board.version == NEW
    for _ in range(3):
        board.boot()
        assert board.version == OLD
        assert board.record.outcome == codes.UPDATE_FAILED
        assert board.record.image == image_of(NEW_BUNDLE)


def test_a_rolled_back_image_is_not_taken_again_but_the_next_version_is():
    board = on_trial()
    for _ in range(TRIES + 1):
        board.boot()
    for _ in range(3):
        assert board.send(NEW_BUNDLE, 0) == [(768, codes.UPDATE_FAILED, image_of(NEW_BUNDLE))]
        board.boot()
    assert board.take(bundle(app(NEW + 1), VERSION=NEW + 1)) == codes.UPDATE_VERIFIED
    board.boot()
    assert board.version == NEW + 1


def test_a_confirmed_image_says_so_when_it_is_offered_again():
    board = confirmed()
    assert board.send(NEW_BUNDLE, 0) == [(768, codes.UPDATE_RUNNING, image_of(NEW_BUNDLE))]


def test_only_the_slot_on_trial_can_be_confirmed():
    board = on_trial()
    assert not board.record.confirm(0) and not board.record.confirm(NONE)
    board.boot()
    assert board.confirm()
    assert not running_old().confirm()


def test_a_wake_from_deep_sleep_counts_as_a_start_of_a_trial():
    board = on_trial()
    for _ in range(TRIES):
        assert board.boot(checked=False) == 1
    assert board.boot(checked=False) == 0


def test_an_image_damaged_before_its_first_start_does_not_start_and_may_be_sent_again():
    board = on_trial()
    board.folders[2].remove("tiny_app.py")
    board.boot()
    assert board.version == OLD and board.record.outcome == codes.UPDATE_DAMAGED
    assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED
    board.boot()
    assert board.version == NEW


def test_a_damaged_image_gives_way_to_the_one_before():
    for damage in ("tiny/tune.bin", "tiny/words.bin", wire.TABLE, wire.HEAD):
        board = confirmed()
        data = bytearray(board.files.read(damage, 0, 6000))
        data[len(data) // 2] ^= 1
        board.files.replace(damage, (bytes(data),))
        board.boot()
        assert board.version == OLD, damage
        # It stays with that, also when the next start does not check.
        assert board.boot(checked=False) == 0


def test_a_table_without_its_last_line_is_no_whole_image():
    board = confirmed()
    table = board.files.read(wire.TABLE, 0, 1000)
    last = list(wire.entries(board.files))[-1]
    board.files.replace(wire.TABLE, (table[: -len(wire.entry(*last))],))
    board.boot()
    assert board.version == OLD


def test_a_wake_from_deep_sleep_reads_the_record_only():
    board = confirmed()
    board.files.remove("tiny/tune.bin")
    assert board.boot(checked=False) == 1
    assert board.boot() == 0


def test_with_no_whole_image_the_one_in_the_chip_runs_and_takes_an_update():
    board = confirmed()
    for folder in board.folders[1:]:
        folder.remove("tiny_app.py")
    assert board.boot() == NONE
    newer = bundle(app(NEW + 1), VERSION=NEW + 1)
    assert board.take(newer) == codes.UPDATE_VERIFIED
    board.boot()
    assert board.version == NEW + 1


def test_every_damage_to_the_record_leaves_a_whole_image_running():
    good = confirmed()
    record = good.folders[0].read(FILE, 0, 100)
    damaged = [record[:length] for length in range(len(record))] + [record + b"\0", bytes(22)]
    for at in range(len(record)):
        for mask in (1, 0x80, 0xFF):
            changed = bytearray(record)
            changed[at] ^= mask
            damaged.append(bytes(changed))
    for each in damaged:
        board = Board([copy(folder) for folder in good.folders])
        board.folders[0].replace(FILE, (each,))
        board.boot()
        # The newer one has to show once more that it works.
        assert board.version == NEW
        assert board.confirm()
        board.boot()
        assert board.version == NEW


def test_without_a_record_an_image_that_does_not_work_ends_in_the_older_one():
    board = confirmed()
    board.folders[0].remove(FILE)
    for _ in range(TRIES):
        board.boot()
        assert board.version == NEW
    board.boot()
    assert board.version == OLD


def test_without_a_record_one_image_is_enough_and_none_is_no_harm():
    for slot in (1, 2):
        board = Board()
        install(board.folders[slot], OLD_BUNDLE)
        assert board.boot() == slot - 1
        assert not board.confirm() and board.boot() == slot - 1
    assert Board().boot() == NONE


def test_a_rolled_back_image_does_not_come_back_with_a_lost_record():
    board = on_trial()
    for _ in range(TRIES + 1):
        board.boot()
    board.folders[0].remove(FILE)
    board.boot()
    assert board.version == OLD and board.record.trial == NONE


def test_half_an_image_is_not_taken_for_one():
    for chunks in range(1, 5):
        board = running_old()
        assert board.take(NEW_BUNDLE, chunks=chunks) is None
        board.folders[0].remove(FILE)
        board.boot()
        assert board.version == OLD and board.record.trial == NONE


def test_a_trial_that_cannot_be_counted_is_not_begun():
    board = running_old()
    stuck = Stuck()
    stuck.replace(FILE, (board.folders[0].read(FILE, 0, 100),))
    board.folders[0] = stuck
    board.boot()
    board.take(NEW_BUNDLE)
    stuck.broken = True
    for _ in range(2 * TRIES):
        board.boot()
        assert board.version == OLD
    stuck.broken = False
    board.boot()
    assert board.version == NEW


def test_a_confirmation_that_the_flash_did_not_take_can_be_made_again():
    files = Stuck()
    record = Record(files)
    record.begin_trial(1, NEW, 7)
    record.save()
    files.broken = True
    raises(OSError, record.confirm, 1)
    assert record.trial == 1
    files.broken = False
    assert record.confirm(1)
    assert Record(files).active == 1


def test_the_floor_rises_with_what_is_confirmed_only():
    board = on_trial()
    board.boot()
    assert board.record.floor == OLD
    board.confirm()
    assert board.record.floor == NEW and Record(board.folders[0]).floor == NEW


def test_a_start_without_a_trial_writes_nothing():
    board = confirmed()
    writes = [folder.operations for folder in board.folders]
    for checked in (True, False):
        board.boot(checked)
    assert [folder.operations for folder in board.folders] == writes
