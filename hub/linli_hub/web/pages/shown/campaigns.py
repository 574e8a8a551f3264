"""Update campaigns as pages show them: how each goes, and how far its devices are."""

from collections import Counter
from dataclasses import dataclass

from ....core.updates import FINAL, Fate
from ....desk import Update
from ..formats import address

STATES = ("under way", "done", "stopped", "hindered", "ended")
_LEVELS = {"done": "good", "stopped": "bad", "hindered": "bad"}
# Those that somebody has to look after come first.
_ORDER = (
    Fate.FAILED,
    Fate.REFUSED,
    Fate.GIVEN_UP,
    Fate.RECEIVING,
    Fate.OFFERED,
    Fate.VERIFIED,
    Fate.WAITING,
    Fate.RUNNING,
)
_FAILED = (Fate.FAILED, Fate.REFUSED, Fate.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Step:
    """How many devices are so far."""

    name: str
    level: str
    devices: int


@dataclass(frozen=True, slots=True)
class Device:
    """How far a device is."""

    device: str
    fate: str
    level: str


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign; `running` of its `of` devices run the version."""

    number: int
    kind: str
    version: int
    by: str
    begun_us: int
    ended_us: int | None
    ended_by: str | None
    state: str
    level: str
    trouble: str | None
    running: int
    of: int
    steps: tuple[Step, ...]
    devices: tuple[Device, ...]

    @property
    def is_open(self) -> bool:
        """Whether it can be ended."""
        return self.ended_us is None


def row(update: Update) -> Row:
    """Return a campaign as it is shown."""
    counts = Counter(update.fates.values())
    state = _state(update)
    return Row(
        number=update.number,
        kind=update.kind,
        version=update.version,
        by=update.by,
        begun_us=update.begun_us,
        ended_us=update.ended_us,
        ended_by=update.ended_by,
        state=state,
        level=_LEVELS.get(state, ""),
        trouble=update.trouble,
        running=counts[Fate.RUNNING],
        of=len(update.fates),
        steps=tuple(
            Step(fate.value, _level(fate), counts[fate]) for fate in _ORDER if counts[fate]
        ),
        devices=tuple(
            Device(address(device), fate.value, _level(fate))
            for device, fate in sorted(
                update.fates.items(), key=lambda each: (_ORDER.index(each[1]), each[0])
            )
        ),
    )


def _state(update: Update) -> str:
    if update.ended_us is not None:
        return "ended"
    if update.trouble is not None:
        return "hindered"
    if update.fates and all(fate in FINAL for fate in update.fates.values()):
        return "done"
    return "stopped" if update.stopped else "under way"


def _level(fate: Fate) -> str:
    if fate in _FAILED:
        return "bad"
    return "good" if fate is Fate.RUNNING else ""
