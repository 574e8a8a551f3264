"""The alarm receiving centre: it has an alarm at once, answers like people, and closes it later."""

import math
import random

from simpy import Environment

from linli_protocol import codes

from .clockwork import US_PER_S, at
from .edge import EdgeNode
from .scenario import Hub as Answering

# The 97.5th percentile of the standard normal distribution.
_Z975 = 1.959964


class Centre:
    """Operators without limit, each answer log-normal with the scenario's median and percentile."""

    def __init__(
        self, env: Environment, edge: EdgeNode, random: random.Random, answering: Answering
    ) -> None:
        self._env = env
        self._edge = edge
        self._random = random
        self._mu = math.log(answering.answer_median_s)
        self._sigma = math.log(answering.answer_p975_s / answering.answer_median_s) / _Z975
        self._close_us = round(answering.close_min * 60 * US_PER_S)

    def take(self, device: int, incident: int) -> None:
        """Take a new alarm."""
        self._edge.hub.set_alarm_state(device, incident, codes.RECEIVED, self._edge.now)
        answer_us = round(self._random.lognormvariate(self._mu, self._sigma) * US_PER_S)
        at(self._env, answer_us, self._advance, device, incident, codes.HELP_COMING)
        at(self._env, answer_us + self._close_us, self._advance, device, incident, codes.CLOSED)

    def _advance(self, device: int, incident: int, state: int) -> None:
        self._edge.hub.set_alarm_state(device, incident, state, self._edge.now)
        self._edge.act()
