"""The alarm receiving centre: it has an alarm at once, answers like people, and closes it later."""

import math

from simpy import Environment

from linli_protocol import codes

from .clockwork import US_PER_S, at
from .edge import EdgeNode
from .scenario import Hub as Answering
from .streams import stream

# The 97.5th percentile of the standard normal distribution.
_Z975 = 1.959964


class Centre:
    """Operators without limit, each answer log-normal with the scenario's median and percentile.

    An incident has a stream of its own, so that its answer depends on none that came before.
    """

    def __init__(self, env: Environment, edge: EdgeNode, seed: int, answering: Answering) -> None:
        self._env = env
        self._edge = edge
        self._seed = seed
        self._mu = math.log(answering.answer_median_s)
        self._sigma = math.log(answering.answer_p975_s / answering.answer_median_s) / _Z975
        self._close_us = round(answering.close_min * 60 * US_PER_S)

    def take(self, device: int, incident: int) -> None:
        """Take a new alarm."""
        self._edge.hub.set_alarm_state(device, incident, codes.RECEIVED, self._edge.now)
        random = stream(self._seed, "centre", device, incident)
        answer_us = round(random.lognormvariate(self._mu, self._sigma) * US_PER_S)
        at(self._env, answer_us, self._advance, device, incident, codes.HELP_COMING)
        at(self._env, answer_us + self._close_us, self._advance, device, incident, codes.CLOSED)

    def _advance(self, device: int, incident: int, state: int) -> None:
        self._edge.hub.set_alarm_state(device, incident, state, self._edge.now)
        self._edge.act()
