"""Images: a new one proves itself or is left again; decommissioning leaves no key."""

import json

import pytest

import emulated
from linli_hil.rig.bench import HUB_LATE_MS, Bench
from linli_hil.rig.interfaces import Missing
from linli_hil.rig.rig_file import Serial
from linli_hub.core.updates import Campaign, Fate, Pace
from linli_protocol import codes, messages
from stories import events, join, result

pytestmark = pytest.mark.app("door")

# As boot.py has it: an image on trial that feeds no watchdog of its own.
TRIALS = 3
WATCHDOG_S = 120
HANGS = b"import time\nwhile True:\n    time.sleep_ms(100)\n"


def bundle(bench: Bench, name: str) -> bytes:
    """Return the rig's bundle `name`, or that of an emulated board."""
    if isinstance(bench.board, Serial):
        file = getattr(bench.board, name)
        if file is None:
            raise Missing(f"boards.{bench.name}.{name}")
        content: bytes = file.read_bytes()
        return content
    files = emulated.files(bench.board.app, emulated.NEW)
    if name == "broken_update":
        files["lib/build.json"] = json.dumps({"app": bench.board.app}).encode()
    if name == "hanging_update":
        del files["lib/linli_main.mpy"]
        files["lib/linli_main.py"] = HANGS
    return emulated.update(bench.board.app, codes.DOOR, files)


def transfer(bench: Bench, content: bytes) -> Campaign:
    """Send the board a bundle; it restarts when it has verified it."""
    campaign = Campaign(content, Pace(bytes_per_s=1_000_000))
    campaign.add([bench.hub.device], bench.hub.hub.chunk_length(bench.hub.device))
    under_way = campaign.transfers[bench.hub.device]
    bench.hub.hub.begin(campaign)
    assert bench.serve(lambda: under_way.fate is Fate.VERIFIED, 600), under_way
    bench.hub.heard.clear()
    return campaign


def test_an_update_that_works_is_confirmed(bench: Bench) -> None:
    join(bench)
    campaign = transfer(bench, bundle(bench, "update"))
    assert bench.serve(lambda: events(bench, codes.UPDATE_INSTALLED), 300, HUB_LATE_MS)
    assert bench.hub.of(messages.HELLO)[-1]["firmware"] == campaign.manifest.version


@pytest.mark.parametrize(
    ("name", "needed_s"),
    [("broken_update", 60), ("hanging_update", TRIALS * WATCHDOG_S + 60)],
)
def test_an_update_that_fails_is_rolled_back(bench: Bench, name: str, needed_s: int) -> None:
    before = join(bench)
    transfer(bench, bundle(bench, name))

    def is_told() -> bool:
        return bool(events(bench, codes.UPDATE_ROLLED_BACK) and bench.hub.of(messages.HELLO))

    assert bench.serve(is_told, needed_s, HUB_LATE_MS)
    assert bench.hub.of(messages.HELLO)[-1]["firmware"] == before["firmware"]


def test_a_decommissioned_board_has_no_key(bench: Bench) -> None:
    if isinstance(bench.board, Serial) and not bench.board.expendable:
        raise Missing(f"boards.{bench.name}.expendable: it loses its key")
    join(bench)
    number = bench.hub.hub.decommission(bench.hub.device, bench.hub.now, 60)
    assert result(bench, number) == codes.DONE
    assert bench.serve(lambda: b"not provisioned" in bench.console.printed(), 300, HUB_LATE_MS)
