"""Where on the site buildings, devices and gateways stand; x runs east, y north, in metres."""

import math
from collections import Counter

import numpy as np

from .draws import uniform
from .lora.link_budget import Position
from .roster import Member
from .scenario import Scenario

BUILDING_RADIUS_M = 15.0
"""How far a device is from the middle of its building at most; our own figure."""

_RADIUS, _ANGLE = 11, 12
"""The purposes of a device's draws."""


def grid(count: int, width_m: float, height_m: float) -> list[Position]:
    """Return `count` points spread evenly: rows of equal height, each divided among its points."""
    rows = max(1, min(count, round(math.sqrt(count * height_m / width_m))))
    points = []
    for row in range(rows):
        columns = count * (row + 1) // rows - count * row // rows
        points += [
            ((column + 0.5) * width_m / columns, (row + 0.5) * height_m / rows)
            for column in range(columns)
        ]
    return points


def gateways(scenario: Scenario) -> list[Position]:
    """Return the positions of the LoRa gateways."""
    if scenario.lora.places_m is not None:
        return list(scenario.lora.places_m)
    return grid(scenario.lora.gateways, scenario.site.width_m, scenario.site.height_m)


def buildings(scenario: Scenario) -> list[Position]:
    """Return the middles of the buildings."""
    site = scenario.site
    count = -(-scenario.households // site.households_per_building)
    return grid(count, site.width_m, site.height_m)


def building_of(scenario: Scenario, members: list[Member]) -> dict[int, int]:
    """Return the number of each member's building by id; neighbouring numbers are neighbours.

    The devices of a kind are dealt evenly to the buildings, so that those with neighbouring numbers
    stand in the same building or in the next.
    """
    count = len(buildings(scenario))
    of_kind = Counter(member.kind for member in members)
    return {member.id: member.index * count // of_kind[member.kind] for member in members}


def devices(scenario: Scenario, members: list[Member]) -> dict[int, Position]:
    """Return each member's position by id, somewhere in its building."""
    numbers = building_of(scenario, members)
    ids = np.array(list(numbers), np.int64)
    radius_m = BUILDING_RADIUS_M * np.sqrt(uniform(scenario.seed, _RADIUS, ids))
    angle = 2 * math.pi * uniform(scenario.seed, _ANGLE, ids)
    middles = np.array(buildings(scenario))[list(numbers.values())]
    east_m = middles[:, 0] + radius_m * np.cos(angle)
    north_m = middles[:, 1] + radius_m * np.sin(angle)
    return dict(zip(numbers, zip(east_m.tolist(), north_m.tolist(), strict=True), strict=True))
