"""Measures what the store costs flash: real apps, the real store, LittleFS on a counting flash.

`micropython tests/both/flash_wear.py` prints the tables of docs/STORE.md.
"""

from doors import ALICE, KEY, SCHEDULES, STRANGER, frame, the_list
from lfs_flash import MOUNT, Flash
from linli_firmware.apps.door import Door
from linli_firmware.apps.meter import Meter
from linli_firmware.apps.panic import Panic
from linli_firmware.storage import flash_store
from linli_firmware.storage.files import BoardFiles
from linli_firmware.storage.flash_store import FlashStore
from linli_protocol import codes, messages
from linli_protocol.counters import HighWater, ReservedCounter
from power_cuts import Retained
from rig import DAY_MS, HOUR_MS, Rig

BLOCKS = 256
ENDURANCE = 100_000


class Watched(BoardFiles):
    """Notes what each append and each step of a checkpoint made the flash do."""

    def __init__(self, flash):
        super().__init__(MOUNT + "/data")
        self.flash = flash
        self.clear()

    def clear(self):
        self.appends = [0, 0, 0, 0]
        self.quiet_reads = []
        self.bytes_read = []

    def append(self, name, data):
        erases, reads, read = sum(self.flash.erases), self.flash.reads, self.flash.read
        super().append(name, data)
        if name.startswith("j-"):
            erased = sum(self.flash.erases) - erases
            self.appends[min(erased, 3)] += 1
            if not erased:
                self.quiet_reads.append(self.flash.reads - reads)
                self.bytes_read.append(self.flash.read - read)


def start():
    """Return (flash, store) on an empty LittleFS."""
    flash = Flash(BLOCKS)
    flash.format()
    flash.mount()
    return flash, FlashStore(Watched(flash), Retained())


def filled(store, logs):
    """Fill logs to (log, records of 16 bytes) with a large journal, for speed."""
    saved = flash_store.JOURNAL_FILE, flash_store.DUE, flash_store.LIMIT
    flash_store.JOURNAL_FILE, flash_store.DUE, flash_store.LIMIT = 1 << 16, 1 << 14, 1 << 15
    for log, count in logs:
        for _ in range(count):
            store.append(log, bytes(16))
            tidy(store)
    for _ in store._checkpoint():
        pass
    flash_store.JOURNAL_FILE, flash_store.DUE, flash_store.LIMIT = saved
    return FlashStore(store._files, store._memory)


def tidy(store):
    """Let the device be idle; return the most erases that a step made."""
    flash = store._files.flash
    most = 0
    while True:
        before = sum(flash.erases)
        more = store.tidy()
        most = max(most, sum(flash.erases) - before)
        if not more:
            return most


def session(store):
    """Return what sending or receiving a packet costs the store."""
    record = bytes(35)
    counter = ReservedCounter(store, "tx0", 64, record)
    high_water = HighWater(store, "rx0", 32, record)
    heard = [0]

    def exchange():
        counter.take()
        high_water.raise_to(heard[0])
        heard[0] += 1

    return exchange


def door_day(store, events):
    """A door's day of `events` events at even intervals, each delivered at once."""
    config = {"device": 9, "pin_key": KEY, "schedules": SCHEDULES, "events_kept": 10000}
    rig = Rig(Door, config, store)
    rig.do("on_message", messages.ACCESS_LIST, the_list())
    rig.do("set_contact", False)
    exchange = session(store)
    most = 0
    logged = store.end("events")
    while store.end("events") - logged < events:
        before = store.end("events")
        rig.actions.clear()
        rig.do("read_card", frame(ALICE if before % 3 else STRANGER), 34)
        rig.run(3000)
        rig.do("set_contact", True)
        rig.run(4000)
        rig.do("set_contact", False)
        rig.run((store.end("events") - before) * (DAY_MS // events) - 7000)
        for _ in range(store.end("events") - before):
            exchange()
        most = max(most, tidy(store))
    return most


def meter_days(store, rig, days):
    """A household's meter: 400 l a day by the litre, one report a day."""
    exchange = session(store)
    most = 0
    for _ in range(days):
        rig.actions.clear()
        for hour in range(24):
            for _ in range(25 if 6 <= hour < 22 else 0):
                rig.do("count_pulses", 1)
            rig.run(HOUR_MS)
            most = max(most, tidy(store))
        exchange()
    return most


def button_days(store, days):
    """A panic button: a heartbeat a day, an incident a week, a battery warning and its end."""
    rig = Rig(Panic, {"device": 3}, store)
    exchange = session(store)
    most = 0
    for day in range(days):
        rig.actions.clear()
        if day % 7 == 0:
            rig.do("set_button", True)
            rig.run(500)
            rig.do("set_button", False)
            for state in (codes.RECEIVED, codes.CLOSED):
                fields = {"incident": 1 + day // 7, "state": state}
                rig.do("on_message", messages.ALARM_STATUS, fields)
            exchange()
        rig.do("set_battery", 2000 if day % 30 == 29 else 4000)
        exchange()
        rig.run(DAY_MS)
        most = max(most, tidy(store))
    return most


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def report(name, flash, store, days, most):
    files = store._files
    erases = sum(flash.erases)
    writes = sum(files.appends)
    years = BLOCKS * ENDURANCE * days // erases // 365
    print(
        "| %s | %.1f | %.2f | %.2f | %.1f | %s |"
        % (
            name,
            writes / days,
            store.checkpoints / days,
            erases / days,
            flash.programmed / days / 1024,
            years if years < 1000 else "> 1000",
        )
    )
    return "| %s | %.1f %% | %.1f %% | %.1f %% | %d | %d | %.1f kB |" % (
        name,
        100 * files.appends[0] / writes,
        100 * files.appends[1] / writes,
        100 * (files.appends[2] + files.appends[3]) / writes,
        most,
        median(files.quiet_reads),
        median(files.bytes_read) / 1024,
    )


def plain_cost():
    """Print what it would cost to append each event to its log's file at once."""
    flash, store = start()
    files = store._files
    flash.clear_counts()
    for _ in range(2000):
        files.append("events", bytes(16))
    print("Appending 2 000 events to a file at once: %d erases" % sum(flash.erases))
    flash.unmount()


def find_cost():
    """Print what looking up a card among 5 000 costs flash."""
    flash, store = start()
    token = [bytes((2, 0, 0, number >> 8, number & 255)) for number in range(5000)]
    store.file_replace(
        "credentials", [bytes((0, 0, 0, 1))] + [each + bytes(16) + b"\x01" for each in token]
    )
    from linli_firmware.apps.credentials import Credentials

    credentials = Credentials(store, 8192)
    reads, read = [], []
    for number in range(0, 5000, 97):
        flash.clear_counts()
        assert credentials.find(token[number])
        reads.append(flash.reads)
        read.append(flash.read)
    print(
        "Looking up a card among 5 000: %d reads of flash (median; at most %d), %.1f kB"
        % (median(reads), max(reads), median(read) / 1024)
    )
    flash.unmount()


def start_cost():
    """Print what the start of a door's store with 10 000 events costs flash."""
    flash, store = start()
    store = filled(store, [("events", 10000)])
    number = 0
    while store._journal_size < flash_store.DUE:
        store.append("events", bytes(16))
        store.put("events.mark", number.to_bytes(8, "big"))
        number += 1
    flash.clear_counts()
    FlashStore(store._files)
    print(
        "Starting with 10 000 events and a full journal: %d reads of flash, %.0f kB"
        % (flash.reads, flash.read / 1024)
    )
    flash.unmount()


def main():
    """Print everything."""
    print("| device | writes | checkpoints | erases | programmed (kB) | years |")
    print("|---|---|---|---|---|---|")
    rows = []
    flash, store = start()
    store.file_replace("credentials", [bytes(110_000)])
    store = filled(store, [("events", 9500)])
    flash.clear_counts()
    store._files.clear()
    most = door_day(store, 2000)
    rows.append(report("door, 2 000 events", flash, store, 1, most))
    flash.unmount()
    flash, store = start()
    rig = Rig(Meter, {"device": 5}, store)
    meter_days(store, rig, 95)
    store.checkpoints = 0
    flash.clear_counts()
    store._files.clear()
    most = meter_days(store, rig, 30)
    rows.append(report("meter, 400 l", flash, store, 30, most))
    flash.unmount()
    flash, store = start()
    flash.clear_counts()
    most = button_days(store, 365)
    rows.append(report("button, an incident a week", flash, store, 365, most))
    flash.unmount()
    print()
    print("| device | no erase | one | more | most in a step | reads | read |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(row)
    print()
    plain_cost()
    find_cost()
    start_cost()


if __name__ == "__main__":
    main()
