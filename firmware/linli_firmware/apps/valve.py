"""The meter's motor valve: driven to an end stop, given up when it does not get there.

`resting` is where the valve belongs; it is kept in the store before the motor turns, so that a
restart in mid-travel finishes the travel. An exercise leaves an open valve's rest and comes back,
so that scale does not seize it; a closed one is not exercised, since that would let water in.
"""

from ..actions import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Action, Store

STOPPED = 0
OPEN = 1
CLOSED = 2

_RESTING = "valve.resting"


class Valve:
    """Output "valve": STOPPED, or the motor turning towards OPEN or CLOSED.

    `position` is OPEN or CLOSED at an end stop, None between or unknown; `target` is STOPPED while
    the motor stands.
    """

    def __init__(self, store: "Store", actions: "list[Action]") -> None:
        self._store = store
        self._actions = actions
        resting = store.get(_RESTING)
        self.resting = resting[0] if resting else OPEN
        self.position: "int | None" = None
        self.target = STOPPED
        self.exercising = False

    def rest_at(self, position: int) -> bool:
        """Make `position` where the valve belongs and go there; True when the motor now turns."""
        if position != self.resting:
            self._store.put(_RESTING, bytes((position,)))
            self.resting = position
        self.exercising = False
        return self.go_to_rest()

    def go_to_rest(self) -> bool:
        """Turn towards `resting` unless the valve stands there; True when the motor now turns."""
        if self.position == self.resting and self.target == STOPPED:
            return False
        self._turn(self.resting)
        return True

    def exercise(self) -> bool:
        """Leave the open rest and come back; False when the valve does not rest open."""
        if self.target != STOPPED or self.position != OPEN or self.resting != OPEN:
            return False
        self.exercising = True
        self._turn(CLOSED)
        return True

    def set_ends(self, at_open: bool, at_closed: bool) -> bool:
        """Take the end stops' levels; True when the target is reached and the motor stopped."""
        self.position = None
        if at_open != at_closed:
            self.position = OPEN if at_open else CLOSED
        if self.target == STOPPED or self.position != self.target:
            return False
        self.stop()
        return True

    def stop(self) -> None:
        """Stop the motor."""
        self.target = STOPPED
        self._actions.append(Output("valve", STOPPED))

    def _turn(self, target: int) -> None:
        self.target = target
        self._actions.append(Output("valve", target))
