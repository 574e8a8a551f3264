"""What the tests of a rig have in common: joining, cards at a reader, pulses, what was heard."""

from typing import Any

from linli_hil.rig.bench import Bench
from linli_hil.rig.interfaces import Edge, Missing
from linli_hil.rig.rig_file import Emulated
from linli_hostsim.card_reader import wiegand_frame
from linli_protocol import access_list, codes, messages

# SIA AC-01: pulses of 20 to 100 µs, 0.2 to 20 ms apart.
PULSE_US = 50
GAP_US = 2_000
BITS = 34
FACILITY = 7

HOUR_MS = 3_600_000


def need_clock_of_its_own(bench: Bench) -> None:
    """Raise Missing where a time that is measured would have this machine's load in it."""
    if isinstance(bench.board, Emulated) and bench.board.clock == "real":
        raise Missing(f'boards.{bench.name}.clock = "virtual", or a real board')


def join(bench: Bench) -> dict[str, Any]:
    """Switch the board on, and return the hello with which it joins.

    One that cannot be switched off must have been restarted, or be in a session with this hub.
    """
    try:
        bench.power.off()
    except Missing:
        return _find(bench)
    known = len(bench.hub.of(messages.HELLO))
    bench.power.on()
    has_joined = bench.serve(lambda: len(bench.hub.of(messages.HELLO)) > known, 60)
    assert has_joined, "the board has not joined"
    return bench.hub.of(messages.HELLO)[-1]


def _find(bench: Bench) -> dict[str, Any]:
    peer = bench.hub.hub.peers[bench.hub.device]
    if peer.association.current is not None:
        result(bench, bench.hub.command(codes.REPORT_HEALTH))
        return {}
    if not bench.serve(lambda: bench.hub.of(messages.HELLO), 60):
        raise Missing(f"boards.{bench.name}.power, or a restart by hand")
    return bench.hub.of(messages.HELLO)[-1]


def result(bench: Bench, number: int) -> int:
    """Wait for the result of the command `number`, and return its status."""

    def found() -> list[dict[str, Any]]:
        return [each for each in bench.hub.of(messages.RESULT) if each["id"] == number]

    assert bench.serve(found, 60), "no result"
    status: int = found()[0]["status"]
    return status


def events(bench: Bench, *wanted: int) -> list[dict[str, Any]]:
    """Return the events heard that have one of the codes `wanted`."""
    return [each for each in bench.hub.of(messages.EVENT) if each["code"] in wanted]


def credential(card: int, person: int) -> access_list.Credential:
    """Return what a card is worth to a door."""
    return access_list.Credential(access_list.card_token(BITS, FACILITY, card), person)


def give_list(bench: Bench, *credentials: access_list.Credential) -> None:
    """Replace the door's access list, whatever it was."""
    peer = bench.hub.hub.peers[bench.hub.device]
    changes = access_list.encode_changes([(access_list.ADD, each) for each in credentials])
    version = 0
    code = codes.LIST_REFUSED
    # A door refuses a version that it has passed, and tells which one it has.
    for _ in range(2):
        if code == codes.LIST_REFUSED:
            version = (peer.access_list.version or 0) + 1
            fields = {"base": 0, "version": version, "changes": changes}
            peer.link.send(messages.ACCESS_LIST, fields, bench.hub.now)
            code = _answer_to_list(bench)
    assert code == codes.LIST_UPDATED, "the door refuses the list"
    # The versions that other hubs have brought it.
    peer.access_list.steps = [b""] * version


def publish(bench: Bench, *changes: Any) -> None:
    """Bring changes of the access list to the door, and wait until it has them."""
    bench.hub.hub.peers[bench.hub.device].access_list.publish(changes)
    assert _answer_to_list(bench) == codes.LIST_UPDATED, "the door refuses the list"


def _answer_to_list(bench: Bench) -> int:
    """Return the code of the event with which a door answers a list."""

    def answers() -> list[dict[str, Any]]:
        return events(bench, codes.LIST_UPDATED, codes.LIST_REFUSED)

    known = len(answers())
    # The hub sends a step when it hears of the door.
    bench.hub.command(codes.REPORT_HEALTH)
    assert bench.serve(lambda: len(answers()) > known, 60), "the door has not answered the list"
    code: int = answers()[-1]["code"]
    return code


def card(number: int) -> list[Edge]:
    """Return the edges at the reader's lines for a card."""
    frame = wiegand_frame(BITS, FACILITY, number)
    edges: list[Edge] = []
    for place in range(BITS - 1, -1, -1):
        name = "d1" if frame >> place & 1 else "d0"
        edges += [(GAP_US, name, 1), (PULSE_US, name, 0)]
    return edges


def show(bench: Bench, number: int) -> int:
    """Hold a card before the reader; return when the last bit began, in µs."""
    return bench.pins.play(card(number)) - PULSE_US


def releases(bench: Bench, since_us: int) -> list[int]:
    """Return when the strike has been released since then."""
    changes = bench.pins.changes(since_us)
    return [at for at, name, state in changes if name == "strike" and state]
