"""A device takes bundles: what it accepts, what it refuses and when, and what interruptions do."""

from linli_firmware.storage.ram_files import PowerCut
from linli_firmware.update import manifest as wire
from linli_firmware.update.record import NONE
from linli_protocol import codes
from support import Random
from updates import (
    ABI,
    KEY,
    NEW,
    NEW_BUNDLE,
    OLD,
    Board,
    app,
    bundle,
    image_of,
    install,
    running_old,
)


def contents(board):
    files = {}
    for name, size, _ in wire.entries(board.files):
        files[name] = board.files.read(name, 0, size + 1)
    return files


def test_a_new_version_is_taken_and_runs_after_a_restart():
    board = running_old()
    assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED
    assert board.receiver.is_ready
    assert board.version == OLD
    board.boot()
    assert board.version == NEW and board.slot == 1
    assert contents(board) == app(NEW)
    assert board.confirm() and not board.confirm()
    for _ in range(5):
        board.boot()
        assert board.version == NEW


def test_the_next_update_goes_into_the_slot_that_is_free_again():
    board = running_old()
    for step in range(1, 5):
        version = NEW + step
        assert board.take(bundle(app(version), VERSION=version)) == codes.UPDATE_VERIFIED
        board.boot()
        assert board.confirm() and board.version == version
        assert contents(board) == app(version)
        assert board.slot == step % 2


def test_the_first_update_of_an_image_in_the_chip_goes_into_a_slot():
    board = Board()
    assert board.boot() == NONE and board.version == 0
    assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED
    assert board.boot() == 0 and board.version == NEW


def test_files_that_the_running_image_has_too_are_not_asked_for():
    for chunk in (100, 768):
        board = running_old()
        sent = []
        send = board.send

        def note(data, offset, length, sent=sent, send=send):
            sent.append(offset)
            return send(data, offset, length)

        board.send = note
        assert board.take(NEW_BUNDLE, chunk) == codes.UPDATE_VERIFIED
        # tiny/words.bin did not change; only tiny_app.py comes after it.
        end = len(NEW_BUNDLE) - len(app(NEW)["tiny_app.py"])
        assert end in sent and not [at for at in sent if end - 4500 + 768 < at < end]
        board.boot()
        assert contents(board) == app(NEW)


def test_chunks_of_any_length_make_the_same_files():
    for length in (1, 5, 37, 333, 767):
        board = Board()
        board.boot()
        files = {"a": b"12345", "b/c": b"", "b/d": Random(3).bytes(700), "e": b"x"}
        assert board.take(bundle(files), length) == codes.UPDATE_VERIFIED
        board.boot()
        assert contents(board) == files


def refused(data, state, board=None, chunk=768):
    """Offer a bundle that is refused with its head and leaves the slot alone."""
    board = board or running_old()
    names = sorted(board.folders[2].names())
    writes = board.folders[2].operations
    assert board.send(data, 0, chunk)[-1][1] == state
    assert board.folders[2].operations == writes and sorted(board.folders[2].names()) == names
    # What comes behind it is not taken, and not answered; the offer is, but not examined again.
    assert board.send(data, 768) == []
    assert board.send(data, 0) != []
    board.boot()
    assert board.version == OLD
    return board


def test_no_older_version_and_not_the_same_one():
    for version in (0, 1, OLD - 1, OLD):
        refused(bundle(app(OLD), VERSION=version), codes.UPDATE_REFUSED_VERSION)


def test_no_version_below_one_that_was_confirmed_even_after_falling_back():
    board = running_old()
    board.take(NEW_BUNDLE)
    board.boot()
    board.confirm()
    board.folders[2].remove("tiny/tune.bin")
    assert board.boot() == 0 and board.version == OLD
    between = bundle(app(OLD + 1), VERSION=OLD + 1)
    assert board.take(between) == codes.UPDATE_REFUSED_VERSION
    # But the lost version itself, in a new build, may come back.
    again = bundle(app(NEW), TABLE_SIZE=len(b""), TABLE_HASH=bytes(32), VERSION=NEW)
    assert image_of(again) != image_of(NEW_BUNDLE)
    assert board.send(again, 0)[-1][1] != codes.UPDATE_REFUSED_VERSION


def test_no_image_for_another_kind_of_device():
    refused(bundle(app(NEW), KIND=codes.METER), codes.UPDATE_REFUSED_KIND)


def test_no_image_for_another_processor_or_a_newer_loader():
    refused(bundle(app(NEW), ABI=ABI ^ 1 << 10), codes.UPDATE_REFUSED_PLATFORM)
    refused(bundle(app(NEW), LOADER=2), codes.UPDATE_REFUSED_PLATFORM)


def test_no_image_larger_than_the_flash_has_room_for():
    board = running_old()
    board.flash -= board.room() - len(NEW_BUNDLE) + 1
    refused(NEW_BUNDLE, codes.UPDATE_REFUSED_SIZE, board)


def test_an_image_may_take_the_room_of_the_one_that_it_replaces():
    board = Board(flash=300_000)
    board.boot()
    for number in range(4):
        board.confirm()
        files = {"large": Random(number).bytes(100_000)}
        assert board.take(bundle(files, VERSION=NEW + number)) == codes.UPDATE_VERIFIED
        assert board.room() < 200_000
        board.boot()
    assert board.room() < 100_000


def test_an_image_whose_files_do_not_fit_in_whole_blocks_is_refused_with_its_table():
    data = bundle({"%03d" % number: b"x" for number in range(20)})
    for blocks, state in ((35, codes.UPDATE_REFUSED_SIZE), (37, codes.UPDATE_VERIFIED)):
        board = running_old()
        board.flash -= board.room() - 4096 * blocks
        assert board.take(data) == state
        assert board.receiver.is_ready == (state == codes.UPDATE_VERIFIED)
        if state == codes.UPDATE_REFUSED_SIZE:
            assert board.folders[2].names() == []
            board.boot()
            assert board.version == OLD


def test_a_transfer_goes_on_when_what_it_has_written_has_used_up_the_room():
    data = bundle({"large": Random(6).bytes(100_000)})
    board = Board(flash=168_000 + len(data) - 100_000)
    board.boot()
    assert board.take(data, chunks=120) is None
    assert board.room() < 100_000
    board.boot()
    assert board.take(data) == codes.UPDATE_VERIFIED


def test_no_image_signed_by_somebody_else():
    refused(bundle(app(NEW), private_key=7), codes.UPDATE_REFUSED_SIGNATURE)
    refused(bundle(app(NEW), SIGNER=b"else"), codes.UPDATE_REFUSED_SIGNATURE)


def test_without_a_vendor_s_key_no_update_at_all():
    board = running_old()
    board.keys = ()
    refused(NEW_BUNDLE, codes.UPDATE_REFUSED_SIGNATURE, board)


def test_one_of_several_keys_will_do():
    board = running_old()
    board.keys = (bytes(65), KEY)
    assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED


def test_a_changed_bit_anywhere_in_the_head_is_refused_with_the_head():
    length = wire.head_length(NEW_BUNDLE)
    for at in range(length):
        changed = bytearray(NEW_BUNDLE)
        changed[at] ^= 1 << at % 8
        board = running_old()
        fields = {"image": image_of(NEW_BUNDLE), "offset": 0, "total": len(NEW_BUNDLE)}
        fields["data"] = bytes(changed[:768])
        board.start_receiver()
        board.receiver.on_update(fields)
        statuses = board.poll()
        assert statuses == [] or statuses[-1][1] >= 16, at
        assert board.folders[2].operations == 0, at


def test_garbage_is_refused_as_no_bundle():
    board = running_old()
    board.start_receiver()
    fields = {"image": 5, "offset": 0, "total": 100, "data": bytes(100)}
    board.receiver.on_update(fields)
    assert board.poll() == [(0 + 100, codes.UPDATE_REFUSED_FORMAT, 5)]


def test_a_total_that_is_not_the_bundle_s_is_refused():
    board = running_old()
    board.start_receiver()
    fields = {"image": image_of(NEW_BUNDLE), "offset": 0, "data": NEW_BUNDLE[:768]}
    fields["total"] = len(NEW_BUNDLE) + 1
    board.receiver.on_update(fields)
    assert board.poll()[-1][1] == codes.UPDATE_REFUSED_FORMAT


def test_a_changed_byte_behind_the_head_is_found_and_nothing_of_it_runs():
    length = wire.head_length(NEW_BUNDLE)
    for at in range(length, len(NEW_BUNDLE) - 4500, 97):
        changed = bytearray(NEW_BUNDLE)
        changed[at] ^= 0x40
        board = running_old()
        assert board.take(bytes(changed)) == codes.UPDATE_DAMAGED, at
        assert wire.HEAD not in board.folders[2].names()
        # The right one may follow at once.
        assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED


def test_a_signed_table_whose_names_leave_the_slot_or_repeat_is_refused():
    names = (b"../x", b"/main", b"a//bc", b"a/./b", b"up\\x", b"update.head", b"update.table", b"a")
    for name in names:
        placeholder = "b" * len(name)
        board = running_old()
        data = bundle(
            {"a": b"first", placeholder: b"second"},
            lambda listed: listed.replace(placeholder.encode(), name),  # noqa: B023
        )
        assert board.take(data) == codes.UPDATE_REFUSED_FORMAT, name
        board.boot()
        assert board.version == OLD


def test_a_bundle_longer_than_its_files_is_refused():
    size = sum([len(content) for content in app(NEW).values()])
    board = running_old()
    data = bundle(app(NEW), CONTENT_SIZE=size + 10) + bytes(10)
    assert board.take(data) == codes.UPDATE_REFUSED_FORMAT
    board.boot()
    assert board.version == OLD


def test_a_file_that_flash_made_longer_is_found():
    board = running_old()
    assert board.take(NEW_BUNDLE, chunks=4) is None
    board.folders[2].append("tiny/tune.bin", bytes(5001))
    board.boot()
    assert board.send(NEW_BUNDLE, 0)[-1][1] == codes.UPDATE_DAMAGED
    assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED


def test_what_came_early_is_forgotten_when_files_in_between_are_copied():
    same = Random(1).bytes(1000)
    board = Board()
    install(board.folders[1], bundle({"b": same}, VERSION=OLD))
    board.boot()
    files = {"a": Random(2).bytes(100), "b": same, "c": Random(3).bytes(5000)}
    data = bundle(files)
    start_of_a = len(data) - 6100
    board.send(data, 0, start_of_a + 50)
    assert board.send(data, start_of_a + 1600) == []
    wanted = board.send(data, start_of_a + 50, 50)[-1][0]
    assert wanted == start_of_a + 1100
    assert board.take(data, 300) == codes.UPDATE_VERIFIED
    board.boot()
    assert contents(board) == files


def test_chunks_repeated_late_or_early_change_nothing():
    random = Random(5)
    board = running_old()
    statuses = board.send(NEW_BUNDLE, 0)
    wanted = statuses[-1][0]
    steps = 0
    while statuses[-1:] == [] or statuses[-1][1] == codes.UPDATE_RECEIVING:
        if statuses:
            wanted = statuses[-1][0]
        choice = random.below(4)
        if choice == 0:
            offset = random.below(len(NEW_BUNDLE))
        elif choice == 1:
            offset = max(0, wanted - random.below(2000))
        else:
            offset = wanted
            wanted += 768
        statuses = board.send(NEW_BUNDLE, offset)
        if wanted > len(NEW_BUNDLE):
            statuses = statuses or board.send(NEW_BUNDLE, 0)
        steps += 1
        assert steps < 1000
    assert statuses[-1][1] == codes.UPDATE_VERIFIED
    board.boot()
    assert contents(board) == app(NEW)


def test_what_comes_early_is_kept_and_not_asked_for_again():
    board = Board()
    board.boot()
    data = bundle({"one": Random(2).bytes(9000)})
    wanted = board.send(data, 0)[-1][0]
    for chunk in (3, 1, 2, 1):
        assert board.send(data, wanted + 768 * chunk) == []
    assert board.send(data, wanted) == []
    assert board.send(data, 0)[-1][0] == wanted + 4 * 768


def test_early_chunks_however_many_never_keep_out_the_one_that_is_wanted():
    board = Board()
    board.boot()
    data = bundle({"one": Random(2).bytes(9000)})
    wanted = board.send(data, 0)[-1][0]
    for length in range(1, 30):
        board.send(data, wanted + 600 + length, length)
        board.send(data, wanted + 600 + length, length)
    assert board.send(data, wanted)[-1:] in ([], [(wanted, codes.UPDATE_RECEIVING, image_of(data))])
    assert board.send(data, 0)[-1][0] >= wanted + 768


def test_what_comes_much_too_early_is_dropped_and_the_gap_told_once():
    board = running_old()
    wanted = board.send(NEW_BUNDLE, 0)[-1][0]
    image = image_of(NEW_BUNDLE)
    early = wanted + wire.PIECE + 768
    assert board.send(NEW_BUNDLE, early) == [(wanted, codes.UPDATE_RECEIVING, image)]
    assert board.send(NEW_BUNDLE, early) == []
    assert board.send(NEW_BUNDLE, wanted) == []


def test_power_lost_after_any_chunk_costs_at_most_one_piece():
    chunks = len(NEW_BUNDLE) // 768 + 1
    for stop in range(1, chunks):
        board = running_old()
        done = board.take(NEW_BUNDLE, chunks=stop)
        if done is None:
            before = board.receiver._position + board.receiver._filled
            board.boot()
            assert board.version == OLD
            offset = board.send(NEW_BUNDLE, 0)[-1][0]
            assert offset > before - wire.PIECE - 768, (before, offset)
            assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED
        board.boot()
        assert board.version == NEW and contents(board) == app(NEW)


def test_a_transfer_goes_on_by_itself_when_the_receiver_starts_on_a_partial_image():
    board = running_old()
    assert board.take(NEW_BUNDLE, chunks=5) is None
    board.boot()
    board.start_receiver()
    statuses = board.poll()
    assert len(statuses) == 1
    offset, state, image = statuses[0]
    assert state == codes.UPDATE_RECEIVING and image == image_of(NEW_BUNDLE) and offset > 0


def test_an_old_image_in_the_free_slot_is_not_taken_for_a_transfer():
    board = running_old()
    board.take(NEW_BUNDLE)
    board.boot()
    board.confirm()
    board.start_receiver()
    assert board.poll() == [] and not board.receiver.is_ready
    board.boot()
    assert board.version == NEW


def test_another_image_replaces_an_unfinished_one():
    board = running_old()
    assert board.take(NEW_BUNDLE, chunks=4) is None
    newer = bundle(app(NEW + 1), VERSION=NEW + 1)
    assert board.take(newer) == codes.UPDATE_VERIFIED
    board.boot()
    assert contents(board) == app(NEW + 1)
    expected = set(app(NEW + 1))
    expected.update((wire.HEAD, wire.TABLE))
    assert set(board.files.names()) == expected


def test_files_of_the_image_before_are_gone():
    board = running_old()
    first = dict(app(NEW))
    first["left/over"] = b"module"
    board.take(bundle(first, VERSION=NEW))
    board.boot()
    board.confirm()
    for version in (NEW + 1, NEW + 2):
        board.take(bundle(app(version), VERSION=version))
        board.boot()
        board.confirm()
    assert board.slot == 1 and "left/over" not in board.files.names()


def test_while_an_image_is_on_trial_the_slot_that_a_roll_back_needs_is_left_alone():
    board = running_old()
    board.take(NEW_BUNDLE)
    other = bundle(app(NEW + 1), VERSION=NEW + 1)
    assert board.send(other, 0) == []
    board.boot()
    assert board.version == NEW
    assert board.send(other, 0) == []
    board.boot(), board.boot(), board.boot()
    assert board.version == OLD


def test_a_full_or_broken_flash_is_told_and_ends_nothing():
    for at in range(1, 12):
        board = running_old()
        slot = board.folders[2]
        operation = [0]

        def failing(name, data, slot=slot, operation=operation, at=at):
            operation[0] += 1
            if operation[0] == at:
                raise OSError(28)
            type(slot).append(slot, name, data)

        slot.append = failing
        state = board.take(NEW_BUNDLE)
        assert state in (codes.UPDATE_DAMAGED, codes.UPDATE_VERIFIED), at
        del slot.append
        if state == codes.UPDATE_DAMAGED:
            board.boot()
            assert board.version == OLD
            assert board.take(NEW_BUNDLE) == codes.UPDATE_VERIFIED
        board.boot()
        assert board.version == NEW


def test_a_flash_that_is_full_is_not_left_so():
    board = running_old()
    slot = board.folders[2]
    room = [3]

    def append(name, data):
        room[0] -= 1
        if room[0] < 0:
            raise OSError(28)
        type(slot).append(slot, name, data)

    slot.append = append
    assert board.take(NEW_BUNDLE) == codes.UPDATE_DAMAGED
    assert slot.names() == []


def test_a_slot_that_cannot_even_be_emptied_is_told():
    board = running_old()
    slot = board.folders[2]

    def failing(*arguments):
        raise OSError(5)

    slot.append = slot.remove = failing
    assert board.take(NEW_BUNDLE) == codes.UPDATE_DAMAGED
    board.boot()
    assert board.version == OLD


def test_power_lost_at_any_operation_of_any_folder_ends_in_old_or_new():
    outcomes = [0, 0]
    for torn in range(4):
        for folder in (0, 2):
            operation = 0
            reached = True
            while reached:
                operation += 1
                board = running_old()
                board.folders[folder].lose_power_at(operation, torn)
                reached = False
                try:
                    board.take(NEW_BUNDLE)
                    board.boot()
                    board.confirm()
                except PowerCut:
                    reached = True
                board.folders[folder].lose_power_at(0)
                board.boot()
                assert board.version in (OLD, NEW)
                assert contents(board) == app(board.version)
                outcomes[board.version == NEW] += reached
                if board.version == OLD:
                    state = board.take(NEW_BUNDLE)
                    if state == codes.UPDATE_DAMAGED:  # torn to garbage, found by its hash
                        state = board.take(NEW_BUNDLE)
                    assert state == codes.UPDATE_VERIFIED
                    board.boot()
                board.confirm()
                board.boot()
                assert board.version == NEW and contents(board) == app(NEW)
    assert outcomes[0] > 20 and outcomes[1] > 4, outcomes
