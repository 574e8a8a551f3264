"""What of the log may leave the hub: kinds that are named here, and of sealed rows what is allowed.

Whatever tells of the hub's own people (accounts, tokens, who looked at what) is not named, and a
new kind of record stays in the hub until somebody has thought about it.
"""

from collections.abc import Collection

from linli_protocol import catalogue, messages

from ..log import Record
from ..privacy import MESSAGE, Sensitivity
from ..privacy.catalogue import uses
from ..projections import DESTRUCTIONS, Event
from ..registry import ENROLLED, RETIRED
from ..views.incidents import INCIDENT

GIVEN_UP = "given up"
"""Rows that an uplink will not send: its name as `uplink`, the `first` and the `last` of them."""

KINDS = frozenset({MESSAGE, INCIDENT, ENROLLED, RETIRED, GIVEN_UP}) | DESTRUCTIONS

_MESSAGE_KINDS = {kind.name: number for number, kind in catalogue.KINDS.items()}
_ALARM = catalogue.KINDS[messages.ALARM].name


def is_alarm(event: Event) -> bool:
    """Tell whether a row goes first and is never given up."""
    return event.kind == INCIDENT or event.body.get("message") == _ALARM


def sensitivity(event: Event) -> Sensitivity:
    """Return how sensitive a sealed row is: what nobody has classified is health-like."""
    if event.kind != MESSAGE:
        return Sensitivity.HEALTH
    kind = _MESSAGE_KINDS[event.body["message"]]
    if kind == messages.EVENT and "code" not in event.body:
        # A card's holder, stored apart from the event for belonging to another household.
        return Sensitivity.PERSONAL
    try:
        known = uses(kind, event.body)
    except KeyError:
        return Sensitivity.HEALTH
    return max(use.sensitivity for name, use in known.items() if name in event.body)


class Selection:
    """Which rows go: those that nobody sealed, and sealed ones of `classes`.

    What a household did not consent to was never stored, so it is in no row.
    """

    def __init__(self, classes: Collection[Sensitivity] = ()) -> None:
        self._classes = frozenset(classes)

    def may_hold(self, record: Record) -> bool:
        """Tell whether a row can be wanted, before it is opened."""
        return record.kind in KINDS and (not record.key or bool(self._classes))

    def wants(self, event: Event) -> bool:
        """Tell whether a row, of which `may_hold` is true, goes."""
        return not event.key or sensitivity(event) in self._classes
