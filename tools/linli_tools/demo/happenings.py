"""What happens in a demo, at a human pace: drawn from its seed, told in words, done by devices."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from linli_protocol import codes

from .settlement import Device, Settlement

# Somebody comes to a door every so often, and something else happens; means, in seconds.
TAP_S = 4.0
SCENE_S = 12.0
_LEAST_S = 1.0
_LEAVING_SHARE = 0.4

_OFF_S = 25
_SILENT_S = 900


@dataclass(frozen=True, slots=True)
class Happening:
    """`device` is to `do` something, which `told` says; None: it is nothing to talk about."""

    device: Device
    do: str
    told: str | None
    arguments: dict[str, Any] = field(default_factory=dict)

    def order(self) -> dict[str, Any]:
        """Return what its process is told."""
        return {"device": self.device.device, "do": self.do, "with": self.arguments}


_Scene = tuple[str, int | None, str, dict[str, Any]]

# What is done, to which kind of device, in which words; None: any kind. Once in this order, then
# in any.
_SCENES: tuple[_Scene, ...] = (
    ("press", codes.PANIC, "somebody presses {}", {}),
    ("tap", codes.DOOR, "a stranger's card is held to {}", {"card": 0}),
    ("burst", codes.METER, "a pipe bursts behind {}", {}),
    ("force", codes.DOOR, "somebody forces {}", {}),
    ("tamper", codes.METER, "somebody takes the cover off {}", {}),
    ("cut", None, "{} loses power", {"seconds": _OFF_S}),
    ("press", codes.PANIC, "somebody presses {}", {}),
    ("cut", codes.METER, "{} goes silent", {"seconds": _SILENT_S}),
)


def happenings(
    settlement: Settlement, is_heard: Callable[[int], bool]
) -> Iterator[tuple[float, Happening | None]]:
    """Yield how many seconds to wait and what happens then, for ever; None: nothing.

    It happens to devices that have been heard, boards and simulated ones in turns.
    """
    chance = random.Random(settlement.seed)
    scene_in_s = chance.uniform(3, 6)
    number = 0
    while True:
        wait_s = max(chance.expovariate(1 / TAP_S), _LEAST_S)
        scene_in_s -= wait_s
        if scene_in_s > 0:
            door = _one(settlement, codes.DOOR, chance.random() < 0.5, is_heard, chance)
            yield wait_s, None if door is None else _passage(door, chance)
            continue
        scene = _SCENES[number] if number < len(_SCENES) else chance.choice(_SCENES)
        do, kind, told, arguments = scene
        device = _one(settlement, kind, number % 2 == 0, is_heard, chance)
        if device is None:
            yield wait_s, None
        else:
            number += 1
            scene_in_s = chance.uniform(0.5, 1.5) * SCENE_S
            yield wait_s, Happening(device, do, told.format(device.name), arguments)


def _passage(door: Device, chance: random.Random) -> Happening:
    if chance.random() < _LEAVING_SHARE:
        return Happening(door, "leave", None)
    return Happening(door, "tap", None, {"card": chance.randint(1, door.cards)})


def _one(
    settlement: Settlement,
    kind: int | None,
    prefers_boards: bool,
    is_heard: Callable[[int], bool],
    chance: random.Random,
) -> Device | None:
    """Return one of the devices heard, None when there is none of that kind."""
    for group in (
        (settlement.boards, settlement.simulated)
        if prefers_boards
        else (settlement.simulated, settlement.boards)
    ):
        found = [each for each in group if kind in (None, each.kind) and is_heard(each.device)]
        if found:
            return chance.choice(found)
    return None
