"""What gateways make of a window's frames, worked out again only where something has changed."""

import numpy as np

from .frames import Flags, Frames, Ints, Receptions
from .reception import Receiver
from .transmissions import Transmissions


class Contest:
    """Frames at `gateways` gateways like `receiver`, in a window from `since_us` on.

    What becomes of a frame at a gateway depends on what else is there, and on no other gateway.
    """

    def __init__(self, receiver: Receiver, gateways: int, since_us: int) -> None:
        self._receiver = receiver
        self._gateways = gateways
        self._since_us = since_us
        self._settled: tuple[Receptions, Transmissions] | None = None

    def begin_anew(self) -> None:
        """Have all gateways looked at: next come other frames."""
        self._settled = None

    def settle(
        self, frames: Frames, receptions: Receptions, transmissions: Transmissions, new: Ints
    ) -> Receptions:
        """Return the receptions as they are among each other and all `transmissions`.

        Given are those that have not met yet: the ones of last time in their order, and others, at
        the `new` gateways only.
        """
        receptions = receptions.copy()
        if self._settled is None:
            self._receiver.receive(frames, receptions, transmissions, self._since_us)
        else:
            before, others = self._settled
            has_changed = np.zeros(self._gateways, np.bool_)
            has_changed[new] = True
            has_changed[transmissions.differing(others)] = True
            self._settle_part(frames, receptions, transmissions, has_changed)
            as_before = ~has_changed
            receptions.put(as_before[receptions.gateway], before.take(as_before[before.gateway]))
        self._settled = receptions, transmissions
        return receptions

    def _settle_part(
        self,
        frames: Frames,
        receptions: Receptions,
        transmissions: Transmissions,
        at: Flags,
    ) -> None:
        where = at[receptions.gateway]
        part = receptions.take(where)
        self._receiver.receive(
            frames, part, transmissions.take(at[transmissions.gateway]), self._since_us
        )
        receptions.put(where, part)
