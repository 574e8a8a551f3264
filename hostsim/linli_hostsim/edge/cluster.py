"""The nodes of an edge: one serves, the others stand by and take over when it fails.

Failure model: nodes fail at a constant rate whether they serve or not (hot standbys), a share of
all failures takes every node at once (beta factor: Fleming 1975; IEC 61508-6, annex D; recalled).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from simpy import Environment

from ..clockwork import US_PER_H, US_PER_S, at, now_us
from ..scenario import Edge
from ..streams import stream
from .repair import RepairCrews


class Cause(StrEnum):
    """Why nobody served."""

    TAKEOVER = "takeover"
    ALL_FAILED = "all nodes failed"
    COMMON = "common cause"


@dataclass(slots=True)
class Interruption:
    """A time without service; `end_us` and `node`, which then serves, are None until it is over.

    It began as TAKEOVER or COMMON, and became ALL_FAILED when no standby was left.
    """

    start_us: int
    cause: Cause
    end_us: int | None = None
    node: int | None = None
    unreplicated: int = 0


class Cluster:
    """Node 0 serves first; `serving` is None during an interruption.

    `stopped` is called when one begins and `resumed` when it ends. A node that takes over and
    fails at it costs detection and takeover anew; one that returns from repair when no other is
    there only takes over. Until a common cause is repaired, which is one repair, nobody returns.
    """

    def __init__(
        self,
        env: Environment,
        seed: int,
        settings: Edge,
        stopped: Callable[[], None] = lambda: None,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        nodes = range(1 + settings.standbys)
        self.serving: int | None = 0
        self.interruptions: list[Interruption] = []
        self._env = env
        self._stopped = stopped
        self._resumed = resumed
        self._takeover_us = round(settings.takeover_s * US_PER_S)
        self._failover_us = self._takeover_us + round(settings.detection_s * US_PER_S)
        self._is_up = [True for _ in nodes]
        # Count failures: one that was to come before them is void.
        self._lives = [0 for _ in nodes]
        # Nodes that return once the common cause is repaired, None when there is none.
        self._held: list[int] | None = None
        self._candidate: int | None = None
        self._attempt = 0
        self._randoms = [stream(seed, "edge node", node) for node in nodes]
        self._common_random = stream(seed, "edge", "common cause")
        self._crews = RepairCrews(
            env, stream(seed, "edge", "repair"), settings.repair_crews, settings.mttr_h
        )
        rate_per_h = 1 / settings.mtbf_h if settings.mtbf_h is not None else 0.0
        self._own_per_h = (1 - settings.common_cause) * rate_per_h
        self._common_per_h = settings.common_cause * rate_per_h
        for node in nodes:
            self._expect_failure(node)
        self._expect_common()

    def down_us(self, cause: Cause | None = None) -> int:
        """Return the time without service until now, all of it or that of one cause."""
        now = now_us(self._env)
        return sum(
            (now if one.end_us is None else one.end_us) - one.start_us
            for one in self.interruptions
            if cause is None or one.cause is cause
        )

    def fail(self, node: int) -> None:
        """Let one node fail now, unless it has."""
        if self._is_up[node]:
            self._take_down(node)
            self._crews.order(partial(self._repaired, node))
            self._lost(node, Cause.TAKEOVER)

    def fail_serving(self) -> None:
        """Let the node fail that serves; nothing happens during an interruption."""
        if self.serving is not None:
            self.fail(self.serving)

    def fail_all(self, repair_us: int | None = None) -> None:
        """Let all nodes fail now by one cause, unless they have.

        `repair_us` None leaves it to the crews how long it lasts.
        """
        if self._held is not None:
            return
        self._held = [node for node, is_up in enumerate(self._is_up) if is_up]
        for node in self._held:
            self._take_down(node)
        if repair_us is None:
            self._crews.order(self._common_repaired)
        else:
            at(self._env, repair_us, self._common_repaired)
        for concerned in (self.serving, self._candidate):
            if concerned is not None:
                self._lost(concerned, Cause.COMMON)

    def _take_down(self, node: int) -> None:
        self._is_up[node] = False
        self._lives[node] += 1

    def _lost(self, node: int, cause: Cause) -> None:
        """Look for another node when this one served or was to take over."""
        if node == self.serving:
            self.serving = None
            self.interruptions.append(Interruption(now_us(self._env), cause))
            self._stopped()
        elif node != self._candidate:
            return
        self._seek(self._failover_us)

    def _seek(self, delay_us: int) -> None:
        self._attempt += 1
        if True not in self._is_up:
            self._candidate = None
            if self.interruptions[-1].cause is Cause.TAKEOVER:
                self.interruptions[-1].cause = Cause.ALL_FAILED
            return
        self._candidate = self._is_up.index(True)
        at(self._env, delay_us, self._take_over, self._candidate, self._attempt)

    def _take_over(self, node: int, attempt: int) -> None:
        if attempt != self._attempt:
            return  # It has failed meanwhile.
        self.serving, self._candidate = node, None
        self.interruptions[-1].end_us = now_us(self._env)
        self.interruptions[-1].node = node
        self._resumed()

    def _repaired(self, node: int) -> None:
        if self._held is not None:
            self._held.append(node)
        else:
            self._return([node])

    def _common_repaired(self) -> None:
        assert self._held is not None
        nodes, self._held = self._held, None
        self._return(nodes)

    def _return(self, nodes: Sequence[int]) -> None:
        for node in nodes:
            self._is_up[node] = True
            self._expect_failure(node)
        if self.serving is None and self._candidate is None:
            self._seek(self._takeover_us)

    def _expect_failure(self, node: int) -> None:
        if self._own_per_h:
            hours = self._randoms[node].expovariate(self._own_per_h)
            at(self._env, round(hours * US_PER_H), self._fail_if_alive, node, self._lives[node])

    def _fail_if_alive(self, node: int, life: int) -> None:
        if life == self._lives[node]:
            self.fail(node)

    def _expect_common(self) -> None:
        if self._common_per_h:
            hours = self._common_random.expovariate(self._common_per_h)
            at(self._env, round(hours * US_PER_H), self._common_cause)

    def _common_cause(self) -> None:
        self.fail_all()
        self._expect_common()
