"""The store in memory keeps what the apps rest on."""

from linli_firmware.store import MemoryStore
from power import cut_everywhere


def test_log_indices_are_never_used_twice():
    store = MemoryStore()
    assert [store.append("log", bytes((n,))) for n in range(5)] == [0, 1, 2, 3, 4]
    store.trim("log", 5)
    assert store.first("log") == store.end("log") == 5
    assert store.append("log", b"next") == 5
    assert store.read("log", 4) is None
    assert store.read("log", 5) == b"next"
    assert store.read("log", 6) is None


def test_a_file_can_be_replaced_out_of_its_old_content():
    store = MemoryStore()
    assert store.file_size("list") == 0
    store.file_replace("list", [b"abc", b"def"])
    store.file_replace("list", (store.file_read("list", at, 1) for at in (5, 4, 3)))
    assert store.file_read("list", 0, 10) == b"fed"
    assert store.file_read("list", 2, 10) == b"d"


def test_wiping_leaves_nothing():
    store = MemoryStore()
    store.put("key", b"1")
    store.append("log", b"2")
    store.file_replace("file", [b"3"])
    store.retain("counter", b"4")
    store.wipe()
    assert store.get("key") is None
    assert store.end("log") == store.file_size("file") == 0
    assert store.retained("counter") is None


def test_power_is_lost_once_at_every_write_before_and_after_it():
    def story(store):
        store.put("a", b"1")
        store.append("log", b"2")
        return True

    seen = []
    cuts = cut_everywhere(
        story, lambda store, result: seen.append((store.get("a"), store.end("log"), result))
    )
    assert cuts == 4
    assert seen == [
        (None, 0, None),
        (b"1", 0, None),
        (b"1", 1, True),
        (b"1", 0, None),
        (b"1", 1, None),
        (b"1", 1, True),
    ]
