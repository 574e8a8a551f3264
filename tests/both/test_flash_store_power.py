"""What was acknowledged is there after any power cut, on a folder in RAM and on LittleFS."""

from linli_firmware.storage import flash_store
from linli_firmware.storage.flash_store import FlashStore
from power_cuts import cut_every_operation, cut_everywhere, with_small_bounds
from support import Random

KEYS = ("a", "events.mark", "session")
LOGS = ("events", "hourly", "steps")


class Expected:
    """What a store must hold, told change by change; the last may be done or not."""

    def __init__(self, facts):
        self.values = {}
        self.logs = {}
        self.first = {}
        self.file = b""
        self.pending = None
        for kind, *change in facts:
            if kind == "begin":
                self.pending = change
            else:
                self.apply(self.pending)
                self.pending = None

    def apply(self, change):
        kind, name, what = change
        if kind == "put":
            self.values[name] = what
        elif kind == "delete":
            self.values.pop(name, None)
        elif kind == "append":
            self.logs.setdefault(name, []).append(what)
        elif kind == "trim":
            self.first[name] = max(self.first.get(name, 0), what)
        elif kind == "file":
            self.file = what
        elif kind == "wipe":
            self.__init__([])

    def holds(self, store):
        for key in KEYS:
            if store.get(key) != self.values.get(key):
                return False
        for log in LOGS:
            records = self.logs.get(log, [])
            first = self.first.get(log, 0)
            if (store.first(log), store.end(log)) != (first, len(records)):
                return False
            for index in range(first, len(records)):
                if store.read(log, index) != records[index]:
                    return False
            if first and store.read(log, first - 1) is not None:
                return False
        size = store.file_size("list")
        return store.file_read("list", 0, size) == self.file and size == len(self.file)


def random_changes(seed, count):
    """Return `count` random changes as (kind, name, what)."""
    random = Random(seed)
    ends = dict.fromkeys(LOGS, 0)
    changes = []
    for _ in range(count):
        choice = random.below(100)
        log = LOGS[random.below(3)]
        if choice < 55:
            length = 16 if log != "steps" else 1 + random.below(300)
            changes.append(("append", log, random.bytes(length)))
            ends[log] += 1
        elif choice < 80:
            changes.append(("put", KEYS[random.below(3)], random.bytes(1 + random.below(60))))
        elif choice < 85:
            changes.append(("delete", KEYS[random.below(3)], None))
        elif choice < 92:
            changes.append(("trim", log, random.below(ends[log] + 1)))
        elif choice < 94:
            changes.append(("file", "list", random.bytes(random.below(600))))
        else:
            changes.append(("tidy", "", None))
    return changes


def perform(store, change):
    kind, name, what = change
    if kind == "put":
        store.put(name, what)
    elif kind == "delete":
        store.delete(name)
    elif kind == "append":
        store.append(name, what)
    elif kind == "trim":
        store.trim(name, what)
    elif kind == "file":
        store.file_replace(name, [what[:100], what[100:]])
    elif kind == "wipe":
        store.wipe()
    else:
        store.tidy()


def tell(memory, changes):
    store = FlashStore(memory.files, memory.retained)
    for change in changes:
        memory.note(("begin",) + change)
        perform(store, change)
        memory.note(("done",))


def check_kept(memory, facts):
    """Check that what was acknowledged is there, the change under way whole or not at all."""
    expected = Expected(facts)
    store = FlashStore(memory.files, memory.retained)
    if not expected.holds(store):
        assert expected.pending is not None, "an acknowledged change is missing"
        expected.apply(expected.pending)
        assert expected.holds(store), "neither the old content nor the new"
    assert store._damaged == 0
    # Life goes on, through a checkpoint and another restart.
    for number in range(3):
        change = ("append", "events", bytes((number,)) * 16)
        perform(store, change)
        expected.apply(change)
    store._journal_size = max(store._journal_size, flash_store.DUE)
    while store.tidy():
        pass
    change = ("put", "a", b"after")
    perform(store, change)
    expected.apply(change)
    assert expected.holds(FlashStore(memory.files, memory.retained))


def test_nothing_acknowledged_is_lost_and_nothing_is_invented():
    def every_cut():
        changes = random_changes(1, 70)
        return cut_everywhere(lambda memory: tell(memory, changes), check_kept)

    assert with_small_bounds(every_cut) > 500


def test_nothing_is_lost_with_the_bounds_that_boards_use():
    changes = []
    for number in range(22):
        changes.append(("append", "events", number.to_bytes(16, "big")))
        changes.append(("put", "events.mark", number.to_bytes(8, "big")))
    changes += [("tidy", "", None)] * 14
    changes.append(("trim", "events", 20))
    changes.append(("append", "events", bytes(16)))

    def check(memory, facts):
        # As `check_kept` does, but without a second checkpoint, for the time it takes.
        expected = Expected(facts)
        store = FlashStore(memory.files)
        if not expected.holds(store):
            expected.apply(expected.pending)
            assert expected.holds(store)
        assert store._damaged == 0

    assert cut_everywhere(lambda memory: tell(memory, changes), check) > 200


def test_a_power_cut_in_the_repair_of_a_power_cut_is_repaired_too():
    changes = random_changes(2, 45)

    def check(memory, facts):
        # A second story, cut everywhere, begins where the first was cut.
        expected = Expected(facts)
        store = FlashStore(memory.files, memory.retained)
        assert store._damaged == 0
        if not expected.holds(store):
            expected.apply(expected.pending)
            assert expected.holds(store)
        names = memory.files.names()
        contents = [memory.files.read(name, 0, memory.files.size(name)) for name in names]
        cuts.append((names, contents, expected))

    cuts = []

    def every_cut():
        cut_every_operation(lambda memory: tell(memory, changes), check)
        total = 0
        for names, contents, expected in cuts[:: max(len(cuts) // 12, 1)]:

            def again(memory, names=names, contents=contents):
                for name, content in zip(names, contents):
                    memory.files.replace(name, [content])
                memory.note("ready")
                store = FlashStore(memory.files)
                store._journal_size += flash_store.DUE
                while store.tidy():
                    pass

            def holds(memory, facts, expected=expected):
                if facts:
                    assert expected.holds(FlashStore(memory.files))

            total += cut_every_operation(again, holds)
        return total

    assert with_small_bounds(every_cut) > 100


def test_a_wipe_is_whole_or_not_at_all():
    changes = random_changes(3, 10) + [("wipe", "", None), ("append", "events", b"new" * 5)]

    assert with_small_bounds(
        lambda: cut_everywhere(lambda memory: tell(memory, changes), check_kept)
    )


def test_retained_memory_is_gone_after_a_wipe():
    def story(memory):
        store = FlashStore(memory.files, memory.retained)
        store.put("key", b"1")
        store.retain("totals", b"secret")
        memory.note("there")
        store.wipe()
        memory.note("wiped")

    def check(memory, facts):
        store = FlashStore(memory.files, memory.retained)
        if "wiped" in facts or ("there" in facts and store.get("key") is None):
            assert store.retained("totals") is None
        elif "there" in facts:
            assert store.retained("totals") in (b"secret", None)

    assert cut_everywhere(story, check)
