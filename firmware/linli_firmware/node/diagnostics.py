"""What a field engineer wants to know of a running node, gathered when asked and not before.

Type `?` at an open console: the node prints one line of JSON and works on. Nothing in it is secret.
It looks into what is private elsewhere, so that no part keeps anything for it.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .node import Node
    from .types import Board, Json


def show(node: "Node", board: "Board", now: int) -> None:
    """Print the state of `node` at the board's console."""
    board.show(json.dumps(snapshot(node, board, now)))


def snapshot(node: "Node", board: "Board", now: int) -> "Json":
    """Return the state of `node` by name; counts are since the start."""
    device = node.core.device
    link = device.link
    events = device.app.events
    bearers: "list[Json]" = []
    for transport in node.transports:
        found: "Json" = {"name": transport.bearer.name, "up": transport.is_up}
        found["rssi_dbm"] = getattr(transport, "rssi_dbm", None)
        found["counts"] = transport.counts
        bearers.append(found)
    version = node.identity.firmware
    return {
        "device": "%08x" % node.identity.device,
        "firmware": "%d.%d.%d" % (version >> 16, version >> 8 & 255, version & 255),
        "unix_s": node.clock.unix(now),
        "uptime_s": now // 1000,
        "boots": device._boots,
        "reset_cause": device._reset_cause,
        "heap_free": board.heap_free(),
        "flash_free": board.flash_free(),
        "store": {
            "damaged": node.store.damaged,
            "written": node.store.written,
            "checkpoints": node.store.checkpoints,
        },
        "events": {
            "kept": events._end - events._first,
            "undelivered": events._end - events._mark,
            "lost": events.lost,
        },
        "failures": node.supervisor.failures,
        "output_faults": node.core.faults,
        "inbox_dropped": node.inbox.dropped,
        "bearers": bearers,
        "link": {
            "joined": link.association.current is not None,
            "waiting": len(link._outbox),
            "under_way": sum([len(stream.flights) for stream in link._streams.values()]),
            "dropped": link.dropped,
            "expired": link.expired,
            "retransmissions": link.retransmissions,
            "duplicates": link.duplicates,
            "refused": link.association.refused.counts,
        },
    }
