"""What a hub that was restored from a backup must not go on with.

Since the backup was made, the hub has sent under its sessions and numbered commands, and the backup
knows of none of that. Under an old session it would use nonces a second time; devices would take
its commands for executed, or for those of a hub that was replaced.
"""

import re
from collections.abc import Mapping

from .. import term
from ..registry import Enrolment

# `Hub.enrol` keeps what it knows of a device under its address and the generation of its keys.
_PEER = re.compile(r"([0-9a-f]{8}\.\d+/)(.*)")
# What a device and the hub agree upon when the device joins, and join they must.
_OF_SESSIONS = re.compile(r"session|pending|tx\d|rx\d|link\d+")
_COMMANDS = "commands"

COMMANDS_SKIPPED = 1 << 20
"""Numbers of commands that are passed over: a command every ten seconds for four months."""
_HIGHEST = 0xFFFFFFFF


def renewed(facts: Mapping[str, bytes], enrolments: list[Enrolment]) -> dict[str, bytes | None]:
    """Return the changes to `facts` with which all devices join anew and no number comes again."""
    changes: dict[str, bytes | None] = {term.FACT: term.beyond(facts.get(term.FACT))}
    prefixes = {f"{each.device:08x}.{each.generation}/" for each in enrolments}
    for name in facts:
        found = _PEER.fullmatch(name)
        if found:
            prefixes.add(found[1])
            if _OF_SESSIONS.fullmatch(found[2]):
                changes[name] = None
    for prefix in prefixes:
        last = int.from_bytes(facts.get(prefix + _COMMANDS, b""), "big")
        number = min(last + COMMANDS_SKIPPED, _HIGHEST)
        changes[prefix + _COMMANDS] = number.to_bytes(4, "big")
    return changes
