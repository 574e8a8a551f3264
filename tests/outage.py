"""An app at work in a board's heap: it starts, fills its queue in an outage, and empties it again.

    python tests/outage.py         prints the table of docs/HEAP.md

The outage is one way only, so that it fills the queue and not just the log on flash: the hub's
commands arrive, and what the board has to say, their results among it, is lost on its way.
"""

import re
import sys
from dataclasses import dataclass

import emulated
from emulated import ADDRESS, LiveHub
from linli_firmware.apps.credentials import Credentials
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_hil.emulator import EmulatedBoard, make_image
from linli_hil.emulator.board import HEAP, STAND_INS_KB
from linli_protocol import access_list, codes, messages
from linli_protocol.link import DEFAULTS

APPS = ("door", "valve_meter", "panic")
CREDENTIALS = 5_000
CHANGES = 90
QUEUE = DEFAULTS["queue_limit"]
# Some more are under way and not in the queue, and the queue is to be seen overflowing.
COMMANDS = QUEUE + 24
_BATCH = 22

# Runs beside the node and prints what is left after every collection.
PROBE = b"""
import asyncio, gc
async def tell():
    while True:
        gc.collect()
        print("heap", gc.mem_alloc(), gc.mem_free())
        await asyncio.sleep_ms(100)
asyncio.create_task(tell())
"""


@dataclass(frozen=True)
class Use:
    """Bytes of the heap that live objects take and that are free, both after a collection."""

    live: int
    free: int


def whitelist() -> dict[str, bytes]:
    """Return a door's files with CREDENTIALS credentials and CHANGES more not yet merged."""
    credentials = [_credential(number) for number in range(CREDENTIALS + CHANGES)]
    files = RamFiles()
    store = FlashStore(files)
    rows = [each.encode() for each in credentials[:CREDENTIALS]]
    store.file_replace("credentials", [(1).to_bytes(4, "big"), *sorted(rows)])
    list_ = Credentials(store, 2 * CREDENTIALS)
    for number, each in enumerate(credentials[CREDENTIALS:], 1):
        changes = access_list.encode_changes([(access_list.ADD, each)])
        assert list_.apply(number, number + 1, changes) == 0
    assert list_.count == len(credentials)
    return {f"data/{name}": files.read(name, 0, files.size(name)) for name in files.names()}


def _credential(number: int) -> access_list.Credential:
    return access_list.Credential(access_list.card_token(34, number >> 16, number), number)


def content(app: str) -> dict[str, bytes]:
    """Return the flash of a board in production with `app`, a door with its whitelist."""
    files = emulated.files(app, production=True) | emulated.configuration(app)
    return files | (whitelist() if app == "door" else {})


def live_through(board: EmulatedBoard) -> list[str]:
    """Have a board live through the story; return what fails to come, nothing if all is well."""
    hub = LiveHub()
    line = board.power_on()
    if not hub.serve(line, lambda: hub.of(messages.HELLO)):
        return ["HELLO"]
    hub.serve(line, lambda: False, 1)
    hub.hears = lambda packet: packet[1] == messages.ACKNOWLEDGEMENT
    for _ in range(0, COMMANDS, _BATCH):
        for _ in range(_BATCH):
            hub.hub.command(ADDRESS, codes.REPORT_HEALTH, hub.now, 600)
        hub.serve(line, lambda: False, 2)
    hub.heard.clear()
    hub.hears = lambda packet: True
    hub.serve(line, lambda: len(hub.of(messages.RESULT)) >= QUEUE, 60)
    hub.serve(line, lambda: False, 1)
    count = len(hub.of(messages.RESULT))
    # As many as have been asked for: the queue was never full.
    return [] if QUEUE <= count < COMMANDS else [f"{QUEUE} results, but {count}"]


def measured(app: str) -> list[Use]:
    """Return the heap's use during the story, from the start on, without the emulator's own."""
    files = content(app)
    files["main.py"] = PROBE + files["main.py"]
    board = EmulatedBoard(make_image(files, 384), emulated.IDENTITY)
    try:
        missing = live_through(board)
        printed = board.printed.decode(errors="replace")
        assert not missing, f"{app}: {missing}\n{printed}"
    finally:
        board.close()
    begun = printed.partition(" runs")[2]
    own = STAND_INS_KB * 1024
    return [
        Use(int(live) - own, int(free)) for live, free in re.findall(r"heap (\d+) (\d+)", begun)
    ]


def table() -> str:
    """Return the table of docs/HEAP.md."""
    rows = [
        "| app | after start | at peak | free at peak |",
        "|---|---:|---:|---:|",
    ]
    for app in APPS:
        uses = measured(app)
        peak = max(uses, key=lambda use: use.live)
        cells = [f"{size / 1024:.1f}" for size in (uses[0].live, peak.live, peak.free)]
        rows.append(f"| {app} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(f"kB of a heap of {HEAP}B")
    sys.stdout.write(table())
