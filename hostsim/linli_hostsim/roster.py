"""Who is in a community: one entry a device, numbered whatever the order of the file."""

from dataclasses import dataclass

from linli_protocol import words

from .scenario import Devices, Scenario

KIND_SHIFT = 24
_KIND_CODES = {name: code for code, name in words.DEVICE_KINDS.items()}


@dataclass(frozen=True, slots=True)
class Member:
    """One device: its address on the wire, its kind (linli_protocol.codes), its number in that."""

    id: int
    kind: int
    index: int
    group: Devices


def device_id(kind: int, index: int) -> int:
    """Return the address of the `index`th device of a kind (linli_protocol.codes), never 0."""
    return kind << KIND_SHIFT | index


def roster(scenario: Scenario) -> list[Member]:
    """Return all devices in the order of their ids."""
    members: list[Member] = []
    counted: dict[int, int] = {}
    for group in scenario.devices:
        kind = _KIND_CODES[group.kind]
        for _ in range(group.number(scenario.households)):
            index = counted.get(kind, 0)
            counted[kind] = index + 1
            members.append(Member(device_id(kind, index), kind, index, group))
    return sorted(members, key=lambda member: member.id)
