"""The store on flash does what the store in memory does, over restarts, damage, a full journal."""

from linli_firmware.storage import flash_store
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import PowerCut, RamFiles
from linli_firmware.store import MemoryStore
from support import Random, raises

LOGS = ("events", "hourly", "credentials.steps")


class RtcMemory:
    """Retained memory, which tests may damage."""

    def __init__(self):
        self.content = b""

    def read(self):
        return self.content

    def write(self, data):
        self.content = data


def tidied(store):
    """Do the whole of a checkpoint, if one is due, and return the store."""
    while store.tidy():
        pass
    return store


def filled(files, events=100):
    """Return a store with so many events, some of them in segments."""
    store = FlashStore(files)
    for number in range(events):
        store.append("events", number.to_bytes(16, "big"))
    return store


def assert_same(store, model):
    for key in ("a", "events.mark", "session"):
        assert store.get(key) == model.get(key)
        assert store.retained(key) == model.retained(key)
    for log in LOGS:
        first, end = model.first(log), model.end(log)
        assert (store.first(log), store.end(log)) == (first, end), log
        for index in range(max(0, first - 2), end + 2):
            assert store.read(log, index) == model.read(log, index), (log, index)
    size = model.file_size("credentials")
    assert store.file_size("credentials") == size
    for offset, count in ((0, size + 9), (0, 0), (100, 22), (size // 2, 300), (size - 3, 22)):
        if offset >= 0:
            expected = model.file_read("credentials", offset, count)
            assert store.file_read("credentials", offset, count) == expected


def step(random, store, model):
    """Do one random operation on both."""
    choice = random.below(100)
    key = ("a", "events.mark", "session")[random.below(3)]
    if choice < 50:
        log = LOGS[random.below(3)]
        length = random.below(700) if log == "credentials.steps" else 16
        record = random.bytes(length)
        assert store.append(log, record) == model.append(log, record)
    elif choice < 70:
        value = random.bytes(random.below(60))
        store.put(key, value)
        model.put(key, value)
    elif choice < 75:
        store.delete(key)
        model.delete(key)
    elif choice < 82:
        log = LOGS[random.below(3)]
        before = model.first(log) + random.below(model.end(log) - model.first(log) + 3)
        store.trim(log, before)
        model.trim(log, before)
    elif choice < 84:
        content = random.bytes(random.below(2000))
        chunks = [content[at : at + 130] for at in range(0, len(content), 130)]
        store.file_replace("credentials", chunks)
        model.file_replace("credentials", chunks)
    elif choice < 88:
        value = random.bytes(16)
        store.retain(key, value)
        model.retain(key, value)
    else:
        store.tidy()


def test_any_operations_have_the_result_they_have_in_memory():
    for seed in range(1, 9):
        random = Random(seed)
        files, rtc, model = RamFiles(), RtcMemory(), MemoryStore()
        store = FlashStore(files, rtc)
        for _ in range(12):
            for _ in range(30):
                step(random, store, model)
            assert_same(store, model)
            if random.below(3):
                store = FlashStore(files, rtc)
                assert_same(store, model)
        assert store.damaged == 0


def test_a_restart_finds_everything_that_was_acknowledged():
    files = RamFiles()
    for events in range(0, 300, 7):
        store = FlashStore(files)
        assert store.end("events") == events
        for number in range(events, events + 7):
            assert store.append("events", bytes((number & 0xFF,)) * 16) == number
        journal = [files.size(name) for name in files.names() if name.startswith("j-")]
        assert max(journal) <= flash_store.JOURNAL_FILE
    store = FlashStore(files)
    for number in range(store.end("events")):
        assert store.read("events", number) == bytes((number & 0xFF,)) * 16


def test_indices_are_never_used_again_even_when_nothing_is_left_of_a_log():
    files = RamFiles()
    store = filled(files, 500)
    store.trim("events", 500)
    for number in range(60):
        store.put("a", bytes((number,)) * 40)
        tidied(store)
    assert not [name for name in files.names() if name.startswith("s-")]
    store = FlashStore(files)
    assert store.first("events") == store.end("events") == 500
    assert store.append("events", b"next") == 500
    assert FlashStore(files).read("events", 500) == b"next"


def test_trimming_gives_the_flash_back():
    files = RamFiles()
    store = FlashStore(files)
    for number in range(6000):
        store.append("events", number.to_bytes(16, "big"))
        if store.end("events") - store.first("events") > 1000:
            store.trim("events", store.end("events") - 900)
    tidied(store)
    assert sum([files.size(name) for name in files.names()]) < 2 * 1000 * 20 + flash_store.LIMIT
    assert len([name for name in files.names() if name.startswith("s-")]) <= 3
    assert FlashStore(files).read("events", 5999) == (5999).to_bytes(16, "big")


def test_the_journal_stays_within_its_bound_when_nobody_tidies():
    files = RamFiles()
    store = FlashStore(files)
    for number in range(1000):
        store.append("events", bytes(16))
        store.put("events.mark", number.to_bytes(8, "big"))
        sizes = [files.size(name) for name in files.names() if name.startswith("j-")]
        assert sum(sizes) <= flash_store.LIMIT + flash_store.JOURNAL_FILE
        assert max(sizes) <= flash_store.JOURNAL_FILE
    assert store.checkpoints > 10


def test_the_journal_stays_within_its_bound_when_changes_come_between_the_steps():
    files = RamFiles()
    store = FlashStore(files)
    for _ in range(1000):
        store.append("events", bytes(16))
        store.tidy()
        sizes = [files.size(name) for name in files.names() if name.startswith("j-")]
        assert sum(sizes) <= flash_store.LIMIT + flash_store.JOURNAL_FILE


def test_a_checkpoint_is_made_of_steps_of_one_write_and_events_may_come_between():
    files = RamFiles()
    store = FlashStore(files)
    written = 0
    while not store.tidy():
        written = store.append("events", written.to_bytes(16, "big")) + 1
    while True:
        operations = files.operations
        more = store.tidy()
        assert files.operations - operations <= 1
        if not more:
            break
        written = store.append("events", written.to_bytes(16, "big")) + 1
        store.put("a", written.to_bytes(4, "big"))
        again = FlashStore(files)
        assert again.end("events") == written
        assert again.get("a") == written.to_bytes(4, "big")
    assert store.checkpoints == 1
    assert [store.read("events", index) for index in range(written)] == [
        index.to_bytes(16, "big") for index in range(written)
    ]


def test_a_value_that_does_not_change_costs_nothing():
    files = RamFiles()
    store = FlashStore(files)
    store.put("a", b"same")
    operations = files.operations
    store.put("a", b"same")
    store.delete("b")
    store.trim("events", 5)
    assert files.operations == operations


def test_a_record_too_long_to_share_a_journal_file_has_one_of_its_own():
    files = RamFiles()
    store = FlashStore(files)
    store.append("events", bytes(16))
    store.append("credentials.steps", bytes(776))
    store.append("events", bytes(16))
    assert len([name for name in files.names() if name.startswith("j-")]) == 3
    assert FlashStore(files).read("credentials.steps", 0) == bytes(776)
    error = raises(ValueError, store.put, "a", bytes(flash_store.LONGEST + 1))
    assert "a: " in str(error)


def damage(files, name, at):
    """Flip a bit of a file."""
    content = bytearray(files.read(name, 0, files.size(name)))
    content[at] ^= 0x10
    files.replace(name, [content])


def test_damage_anywhere_in_the_journal_costs_one_record_and_is_counted():
    for at in range(3 * 34):
        files = RamFiles()
        store = FlashStore(files)
        for number in range(6):
            store.append("events", number.to_bytes(16, "big"))
        damage(files, sorted(files.names())[0], at)
        store = FlashStore(files)
        kept = [store.read("events", index) for index in range(6)]
        assert store.end("events") == 6
        assert kept[at // 34] is None
        assert [int.from_bytes(each, "big") for each in kept if each] == [
            index for index in range(6) if index != at // 34
        ]
        assert store.damaged == 2  # the frame, and the record asked for
        # The hole stays a hole when the rest moves to segments.
        for number in range(60):
            store.append("events", number.to_bytes(16, "big"))
        store = FlashStore(files)
        assert store.read("events", at // 34) is None
        assert store.read("events", 5) == (5).to_bytes(16, "big")
        assert store.end("events") == 66


def test_what_looks_like_a_frame_with_a_name_beyond_its_end_is_damage():
    # Two erased bytes have the checksum ffff0000.
    for damage in ("0002ffff0000ffff", "0003ffffff00ffffff" + "ff" * 300):
        files = RamFiles()
        store = FlashStore(files)
        store.put("before", b"1")
        files.append(files.names()[0], bytes.fromhex(damage))
        again = FlashStore(files)
        assert again.get("before") == b"1"
        again.put("after", b"2")
        assert FlashStore(files).get("after") == b"2"


def test_an_unfinished_write_at_the_end_of_the_journal_is_dropped_without_a_trace():
    for garbage in (b"\x00", b"\x00\x18", bytes(40), b"\xff" * 40, b"\x00\x18abcd\x03\x06eve"):
        files = RamFiles()
        store = FlashStore(files)
        store.append("events", b"whole" + bytes(11))
        files.append(files.names()[0], garbage)
        store = FlashStore(files)
        assert store.end("events") == 1
        assert store.append("events", b"after" + bytes(11)) == 1
        store = FlashStore(files)
        assert store.read("events", 0) == b"whole" + bytes(11)
        assert store.read("events", 1) == b"after" + bytes(11)
        assert store.damaged == 0


def test_a_damaged_record_in_a_segment_is_missing_and_its_neighbours_are_not():
    files = RamFiles()
    tidied(filled(files, 60))
    name = next(name for name in files.names() if name.startswith("s-"))
    damage(files, name, 5 * 20 + 7)
    store = FlashStore(files)
    assert store.read("events", 5) is None
    assert store.damaged == 1
    assert store.read("events", 4) == (4).to_bytes(16, "big")
    assert store.read("events", 6) == (6).to_bytes(16, "big")


def test_a_record_in_another_s_place_is_not_taken_for_it():
    files = RamFiles()
    tidied(filled(files, 60))
    name = next(name for name in files.names() if name.startswith("s-"))
    content = files.read(name, 0, files.size(name))
    files.replace(name, [content[20:40], content[20:]])
    assert FlashStore(files).read("events", 0) is None


def test_damage_in_the_snapshot_costs_one_value():
    files = RamFiles()
    store = FlashStore(files)
    for number in range(10):
        store.put("key%d" % number, bytes((number,)) * 60)
    for _ in range(50):
        store.append("events", bytes(16))
        tidied(store)
    size = files.size("values")
    assert size > 600
    for at in range(0, size, 13):
        damage(files, "values", at)
        store = FlashStore(files)
        kept = [store.get("key%d" % number) for number in range(10)]
        assert len([each for each in kept if each]) == 9
        assert store.damaged == 1
        damage(files, "values", at)


def test_a_damaged_page_of_a_file_reads_as_zeros_and_is_counted():
    files = RamFiles()
    store = FlashStore(files)
    store.file_replace("credentials", [b"\x77" * 1000])
    damage(files, "f-credentials", 3 * 128 + 50)
    content = store.file_read("credentials", 0, 1000)
    assert content == b"\x77" * 372 + bytes(124) + b"\x77" * 504
    assert store.damaged == 1
    assert store.file_read("credentials", 980, 22) == b"\x77" * 20
    assert store.damaged == 1


def test_pages_that_changed_places_are_damage():
    files = RamFiles()
    store = FlashStore(files)
    store.file_replace("credentials", [bytes(range(248))])
    content = files.read("f-credentials", 0, 256)
    files.replace("f-credentials", [content[128:], content[:128]])
    assert store.file_read("credentials", 0, 248) == bytes(248)
    assert store.damaged == 2


def test_a_file_can_be_replaced_out_of_its_old_content():
    store = FlashStore(RamFiles())
    store.file_replace("list", [bytes(range(256))])
    store.file_replace("list", (store.file_read("list", at, 1) for at in range(255, -1, -1)))
    assert store.file_read("list", 0, 256) == bytes(range(255, -1, -1))


def test_retained_memory_is_lost_but_never_wrong():
    rtc = RtcMemory()
    store = FlashStore(RamFiles(), rtc)
    store.retain("totals", b"0123456789abcdef")
    store.retain("other", b"x")
    whole = rtc.content
    for at in range(len(whole)):
        rtc.content = whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :]
        store = FlashStore(RamFiles(), rtc)
        assert store.retained("totals") in (None, b"0123456789abcdef")
        assert store.retained("other") in (None, b"x")
        assert None in (store.retained("totals"), store.retained("other"))
    for garbage in (b"", bytes(64), b"\xff" * 64, whole[:10]):
        rtc.content = garbage
        assert FlashStore(RamFiles(), rtc).retained("totals") is None


def test_without_retained_memory_nothing_is_retained():
    store = FlashStore(RamFiles())
    store.retain("totals", b"1")
    assert store.retained("totals") is None


def test_wiping_leaves_nothing():
    files, rtc = RamFiles(), RtcMemory()
    store = FlashStore(files, rtc)
    store.put("key", b"1")
    store.append("log", b"2")
    store.file_replace("file", [b"3"])
    store.retain("counter", b"4")
    store.wipe()
    for each in (store, FlashStore(files, rtc)):
        assert each.get("key") is None
        assert each.end("log") == each.file_size("file") == 0
        assert each.retained("counter") is None
    assert files.names() == []
    assert rtc.content == b""
    store.put("key", b"5")
    assert FlashStore(files).get("key") == b"5"


def test_a_wipe_cut_short_is_finished_at_the_start():
    operation = 1
    while True:
        files = RamFiles()
        store = filled(files, 90)
        store.put("session", b"secret")
        before = FlashStore(files).end("events")
        files.lose_power_at(operation)
        try:
            store.wipe()
        except PowerCut:
            store = FlashStore(files)
            if operation > 1:
                assert store.get("session") is None
                assert store.end("events") == 0
                assert files.names() == []
            else:
                assert store.end("events") == before
            operation += 1
        else:
            break
    assert operation > 8


def test_flash_holds_the_bytes_of_the_specification():
    files = RamFiles()
    store = FlashStore(files)
    store.append("events", b"0123456789abcdef")
    store.put("boots", b"\x00\x00\x00\x07")
    store.trim("events", 1)
    store.file_replace("list", [b"a", b"bc"])
    kept = {name: files.read(name, 0, 200).hex() for name in files.names()}
    put = "000bfa25c23a0105626f6f747300000007"
    trim = "000c3e553e0104066576656e747300000001"
    record = "30313233343536373839616263646566"
    assert kept == {
        "j-00000000": "001c3ae0a47903066576656e747300000000" + record + put + trim,
        "f-list": "352441c2616263",
    }
    store.append("events", b"0123456789abcdef")
    for _ in store._checkpoint():
        pass
    kept = {name: files.read(name, 0, 200).hex() for name in files.names()}
    assert kept == {
        "values": put + trim,
        "s-events.00000001.10": "c6ac61a2" + record,
        "f-list": "352441c2616263",
    }
