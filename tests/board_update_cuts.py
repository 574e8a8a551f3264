"""Cuts a running board's power after every chunk and at every write of an update.

`python tests/board_update_cuts.py [EVERY]` prints the table of docs/UPDATES.md; `make update-cuts`.

One update of a door is recorded, from the offer to the first start of the new image: every program
and erase of its flash. Each of them (or every EVERY-th) is then the last one before a cut, not done
at all or half done. A board with that flash is switched on and has to join the hub, in the old
version or the new one; of every FINISHED-th the update goes on to its end.
"""

import socket
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import emulated
from emulated import ADDRESS, IDENTITY, LiveHub
from linli_hil.emulator import EmulatedBoard, Ended
from linli_hub.core.updates import CHUNK_LENGTH, Campaign, Fate, Pace
from linli_protocol import codes, messages

FINISHED = 20

# Where power fails.
CHUNK = "after a chunk"
BEFORE = "before a write"
TORN = "half-way through it"


@dataclass(frozen=True)
class Recording:
    """An update as a board's flash saw it: `changes` of `before`, each (address, bytes)."""

    bundle: bytes
    before: bytes
    changes: list[tuple[int, bytes]]

    def flash(self, number: int, torn: bool) -> bytes:
        """Return the flash when power failed at a change; of a torn one the first half is done."""
        flash = bytearray(self.before)
        for address, data in self.changes[:number]:
            flash[address : address + len(data)] = data
        if torn:
            address, data = self.changes[number]
            half = data[: len(data) // 2]
            flash[address : address + len(half)] = half
        return bytes(flash)


def offer(hub: LiveHub, bundle: bytes) -> Campaign:
    """Have the hub update its device, as fast as the line allows."""
    campaign = Campaign(bundle, Pace(bytes_per_s=1_000_000))
    campaign.add([ADDRESS])
    hub.hub.begin(campaign)
    return campaign


def update_and_restart(board: EmulatedBoard, hub: LiveHub, campaign: Campaign) -> None:
    """Switch the board on, have it updated, and wait until it goes off to start anew."""
    line = board.power_on()
    transfer = campaign.transfers[ADDRESS]
    assert hub.serve(line, lambda: transfer.fate is Fate.VERIFIED, 90), transfer
    hub.serve(line, lambda: False, 15)
    assert board.wait(20) is Ended.RESET


def version(board: EmulatedBoard) -> int:
    """Switch the board on and return the version with which it joins a hub; 0: it does not."""
    return joined(LiveHub(), board.power_on())


def joined(hub: LiveHub, line: socket.socket) -> int:
    """Return the version with which the board on `line` joins `hub`; 0: it does not."""
    if not hub.serve(line, lambda: hub.of(messages.HELLO)):
        return 0
    found: int = hub.of(messages.HELLO)[0]["firmware"]
    return found


def record() -> Recording:
    """Run an update on a board."""
    content = emulated.files("door") | emulated.configuration("door")
    bundle = emulated.update("door", codes.DOOR, emulated.files("door", emulated.NEW))
    board = emulated.board(content)
    try:
        before = board.flash
        hub = LiveHub()
        update_and_restart(board, hub, offer(hub, bundle))
        changes = board.history
        assert version(board) == emulated.NEW
        return Recording(bundle, before, changes + board.history)
    finally:
        board.close()


def run_after_cut(recording: Recording, number: int, torn: bool, to_the_end: bool) -> int:
    """Return the version that runs after a cut, 0 for none or when the update cannot go on."""
    board = EmulatedBoard(recording.flash(number, torn), IDENTITY)
    try:
        found = version(board)
        board.power_off()
        if to_the_end and found == emulated.OLD:
            hub = LiveHub()
            update_and_restart(board, hub, offer(hub, recording.bundle))
            if version(board) != emulated.NEW:
                return 0
        return found
    finally:
        board.close()


def run_with_chunk_cuts(recording: Recording, every: int) -> Iterator[int]:
    """Cut one update short after every `every`-th chunk; yield the version of each start."""
    content = emulated.files("door") | emulated.configuration("door")
    board = emulated.board(content)
    try:
        hub = LiveHub()
        campaign = offer(hub, recording.bundle)
        transfer = campaign.transfers[ADDRESS]
        for reached in range(CHUNK_LENGTH, len(recording.bundle), CHUNK_LENGTH * every):
            hub.heard.clear()
            line = board.power_on()
            yield joined(hub, line)
            hub.serve(line, lambda: transfer.next_offset >= reached)  # noqa: B023
            board.power_off()
        update_and_restart(board, hub, campaign)
        yield version(board)
    finally:
        board.close()


def cuts(recording: Recording, every: int) -> Iterator[tuple[int, bool, int]]:
    """Yield (number of the change, torn, version that runs) for every `every`-th cut."""
    chosen = [(n, torn) for n in range(len(recording.changes)) for torn in (False, True)][::every]
    with ThreadPoolExecutor(4) as pool:
        futures = [
            pool.submit(run_after_cut, recording, *cut, to_the_end=index % FINISHED == 0)
            for index, cut in enumerate(chosen)
        ]
        for cut, future in zip(chosen, futures, strict=True):
            yield *cut, future.result()


def tell(counts: dict[str, Counter[int]]) -> None:
    """Show how many starts have been made."""
    starts = sum(count.total() for count in counts.values())
    print(f"\r{starts} starts", end="", file=sys.stderr, flush=True)


def main() -> int:
    """Print a table; return 1 when a board was left without a working version."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    recording = record()
    print(f"{len(recording.bundle)} bytes, {len(recording.changes)} programs and erases\n")
    counts = {CHUNK: Counter[int](), BEFORE: Counter[int](), TORN: Counter[int]()}
    for found in run_with_chunk_cuts(recording, every):
        counts[CHUNK][found] += 1
        tell(counts)
    bricked = []
    for number, torn, found in cuts(recording, every):
        where = TORN if torn else BEFORE
        counts[where][found] += 1
        if not found:
            bricked.append(f"{where}: number {number}, at {recording.changes[number][0]:#x}")
        tell(counts)
    print("| power fails | starts | old runs | new runs | none |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for text, count in counts.items():
        row = " | ".join(str(count[each]) for each in (emulated.OLD, emulated.NEW, 0))
        print(f"| {text} | {count.total()} | {row} |")
    print(*bricked, sep="\n")
    return int(any(count[0] for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
