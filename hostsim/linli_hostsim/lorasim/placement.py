"""Where LoRaSim puts its nodes, how they are heard there, and what each is set to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cohort.frames import Ints
from ..lora.path_loss import LogDistance
from .experiments import POWER_DBM, SENSITIVITY_DBM, Experiment, Setting

PATH = LogDistance(shadowing_db=0.0)
SPACING_M = 10.0
_ROUNDS = 100
_LEAST_POWER_DBM = 2
_SF12_AT_250_KHZ = SENSITIVITY_DBM[12][1]


class PlacementError(ValueError):
    """A node that has no place."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """What loraDir.py does otherwise than it says; each can be mended.

    `natural_radius`: the radius has e where path loss has 10, so that the disc is far smaller than
    the gateway's reach. `wrong_column`: experiments 0, 1 and 4 take it from 250 kHz. `sf6_as_sf12`:
    SF6's sensitivity is looked up in the last row. `no_spacing`: nodes may lie closer than 10 m,
    but a node with a hundred others so close has no place. `all_bandwidths_meet`: frames of one
    spreading factor collide whatever their bandwidths.
    """

    natural_radius: bool = True
    wrong_column: bool = True
    sf6_as_sf12: bool = True
    no_spacing: bool = True
    all_bandwidths_meet: bool = True


FAITHFUL = Quirks()
MENDED = Quirks(False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes: number of their setting and frequency, level at the gateway, power in dBm.

    `is_heard`: the level is not below the sensitivity.
    """

    setting: Ints
    frequency: Ints
    rssi_dbm: NDArray[np.float64]
    power_dbm: Ints
    is_heard: NDArray[np.bool_]


def radius_m(experiment: Experiment, quirks: Quirks) -> float:
    """Return the radius of the disc around the gateway."""
    weakest_dbm = min(setting.sensitivity_dbm for setting in experiment.settings)
    if quirks.wrong_column and experiment.settings[0].spreading_factor == 12:
        weakest_dbm = _SF12_AT_250_KHZ
    base = math.e if quirks.natural_radius else 10.0
    excess_db = POWER_DBM - weakest_dbm - PATH.reference_db
    return float(PATH.reference_m * base ** (excess_db / (10 * PATH.exponent)))


def place(experiment: Experiment, count: int, random: np.random.Generator, quirks: Quirks) -> Nodes:
    """Return `count` nodes spread uniformly over the disc; PlacementError when they do not fit."""
    radius = radius_m(experiment, quirks)
    places = (
        _anywhere(count, radius, random) if quirks.no_spacing else _apart(count, radius, random)
    )
    distance_m = np.hypot(*places)
    loss_db = PATH.mean_db(distance_m)
    rssi_dbm = POWER_DBM - loss_db
    settings = experiment.settings
    setting = np.zeros(count, np.int64) if len(settings) == 1 else _fastest(settings, rssi_dbm)
    power_dbm = np.full(count, POWER_DBM)
    sensitivity_dbm = np.array([each.sensitivity_dbm for each in settings])[setting]
    if experiment.saves_power:
        spare_db = np.floor(rssi_dbm - sensitivity_dbm).astype(np.int64)
        power_dbm = np.maximum(_LEAST_POWER_DBM, POWER_DBM - spare_db)
        rssi_dbm = power_dbm - loss_db
    if quirks.sf6_as_sf12:
        is_sf6 = np.array([each.spreading_factor == 6 for each in settings])[setting]
        sensitivity_dbm = np.where(is_sf6, SENSITIVITY_DBM[12][2], sensitivity_dbm)
    return Nodes(
        setting,
        random.integers(0, experiment.frequencies, count),
        rssi_dbm,
        power_dbm,
        rssi_dbm >= sensitivity_dbm,
    )


def _fastest(settings: Sequence[Setting], rssi_dbm: NDArray[np.float64]) -> Ints:
    by_speed = sorted(range(len(settings)), key=lambda number: settings[number].airtime_us)
    sensitivity_dbm = np.array([settings[number].sensitivity_dbm for number in by_speed])
    reaches = sensitivity_dbm < rssi_dbm[:, None]
    if not reaches.any(axis=1).all():
        raise PlacementError("a node does not reach the gateway")
    fastest: Ints = np.array(by_speed, np.int64)[reaches.argmax(axis=1)]
    return fastest


def _disc(count: int, radius: float, random: np.random.Generator) -> NDArray[np.float64]:
    distance_m = radius * np.sqrt(random.random(count))
    angle = 2 * math.pi * random.random(count)
    return np.array((distance_m * np.cos(angle), distance_m * np.sin(angle)))


def _anywhere(count: int, radius: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Return uniform places; as loraDir.py, give up where a hundred earlier ones are too close."""
    places = _disc(count, radius, random)
    for number in range(_ROUNDS, count):
        if _close(places[:, :number], places[:, number]) >= _ROUNDS:
            raise PlacementError(f"node {number}: could not place new node")
    return places


def _apart(count: int, radius: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Return uniform places at least SPACING_M apart, each the first of a hundred that is free."""
    places = np.empty((2, count))
    for number in range(count):
        for candidate in _disc(_ROUNDS, radius, random).T:
            if not _close(places[:, :number], candidate):
                places[:, number] = candidate
                break
        else:
            raise PlacementError(f"node {number}: could not place new node")
    return places


def _close(others: NDArray[np.float64], place: NDArray[np.float64]) -> int:
    return int((np.hypot(*(others - place[:, None])) < SPACING_M).sum())
