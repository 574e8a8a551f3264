"""Measures the store's heap: its code, empty, and with the journal at its bound.

Run by tests/firmware/test_littlefs_cost.py from .mpy files; `micropython tests/both/flash_heap.py`
shows the same but for the code, which then includes what compiling left behind.
"""

import gc


def used():
    gc.collect()
    return gc.mem_alloc()


class Nothing:
    """A folder that holds nothing, so that only the store's own heap counts."""

    def names(self):
        return []

    def size(self, name):
        return 0

    def read(self, name, offset, count):
        return b""

    def append(self, name, data):
        pass

    def replace(self, name, chunks):
        for _ in chunks:
            pass

    def remove(self, name):
        pass


def main():
    """Print a line of each: what, bytes."""
    before = used()
    from linli_firmware.storage import files, flash_store

    assert files
    print("code", used() - before)
    before = used()
    store = flash_store.FlashStore(Nothing())
    print("empty", used() - before)
    for number in range(15):
        store.put("value%d" % number, bytes((number,)) * 32)
    for number in range(300):
        store.append("events", number.to_bytes(16, "big"))
        store.put("events.mark", number.to_bytes(8, "big"))
    while store._journal_size < flash_store.LIMIT:
        store.append("events", bytes(16))
    print("full", used() - before)


main()
