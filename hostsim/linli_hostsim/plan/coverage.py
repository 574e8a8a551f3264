"""Whom LoRa reaches from given places, and how slowly it has to send: before shadowing is known.

A device is missed by a gateway when its loss, normal around its mean, is greater than what the
slowest spreading factor bridges; gateways' shadowing is independent (lora.link_budget), so that it
is missed by all with the product of these chances. So also for each faster spreading factor.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .. import placement
from ..lora.airtime import SPREADING_FACTORS
from ..lora.link_budget import Position, slowest
from ..lora.lorawan import MAX_PAYLOAD_BYTES, OVERHEAD_BYTES
from ..lora.region import REGIONS
from ..lora.sensitivity import BY_NAME as SENSITIVITIES
from ..roster import Member
from ..scenario import Scenario
from .places import Chooser

_DEMAND = 4_000
"""So many devices are looked at when gateways are placed; more are thinned out."""


class Coverage:
    """What is known of a scenario's LoRa before it is simulated, for `members` with it.

    Gateways may stand at `places_m`.
    """

    def __init__(
        self, scenario: Scenario, members: list[Member], places_m: Sequence[Position]
    ) -> None:
        settings = scenario.lora
        region, sensitivity = REGIONS[settings.region], SENSITIVITIES[settings.sensitivity]
        last = slowest(region, MAX_PAYLOAD_BYTES + OVERHEAD_BYTES)
        self.factors = range(SPREADING_FACTORS[0], last + 1)
        bridged_db = region.max_power_dbm - np.array(
            [max(sensitivity.gateway_dbm[sf], sensitivity.device_dbm[sf]) for sf in self.factors]
        )
        self._reach_db = float(bridged_db[-1])
        self._chosen_db = bridged_db[:-1] - settings.margin_db
        self._path = settings.path
        positions = placement.devices(scenario, members)
        self._devices = np.array([positions[member.id] for member in members]).reshape(-1, 2)
        self._places = np.array(places_m).reshape(-1, 2)
        demand = self._devices[:: -(-len(self._devices) // _DEMAND) or 1]
        loss_db = self._mean_db(demand, self._places)
        self._chooser = Chooser(self._missed(loss_db, self._reach_db), loss_db)

    def places_m(self, count: int) -> tuple[Position, ...]:
        """Return where `count` gateways serve best."""
        return tuple(
            (round(float(x_m), 1), round(float(y_m), 1))
            for x_m, y_m in self._places[list(self._chooser.choose(count))]
        )

    def shares(self, count: int) -> NDArray[np.float64]:
        """Return each device's chances, with `count` gateways, of each spreading factor.

        A column more is the chance that nobody hears it. Rows are in the order of the members.
        """
        loss_db = self._mean_db(self._devices, self._places[list(self._chooser.choose(count))])
        within = [1 - self._missed(loss_db, limit).prod(axis=1) for limit in self._chosen_db]
        reached = 1 - self._missed(loss_db, self._reach_db).prod(axis=1)
        # What is chosen with a margin is reached.
        cumulated = np.stack(
            [*within, np.maximum.reduce([reached, *within]), np.ones_like(reached)]
        )
        return np.diff(cumulated, axis=0, prepend=0.0).T

    def _mean_db(
        self, devices: NDArray[np.float64], places: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        apart_m = np.linalg.norm(devices[:, None, :] - places[None, :, :], axis=2)
        return self._path.mean_db(apart_m)

    def _missed(self, loss_db: NDArray[np.float64], limit_db: float) -> NDArray[np.float64]:
        if not self._path.shadowing_db:
            return (loss_db > limit_db).astype(float)
        return np.asarray(ndtr((loss_db - limit_db) / self._path.shadowing_db))
