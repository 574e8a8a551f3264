"""How a door's access list reaches it: in steps, each from one version to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linli_protocol.access_list import Credential, encode_changes

# Changes in one step, in bytes: within the catalogue's limit and few fragments.
STEP_BYTES = 600

Change = tuple[int, Credential | bytes]
"""As `access_list.encode_changes` takes it."""


def in_steps(changes: Iterable[bytes]) -> list[list[bytes]]:
    """Return encoded changes, in their order, in the steps they need."""
    steps: list[list[bytes]] = []
    room = 0
    for change in changes:
        if len(change) > room:
            steps.append([])
            room = STEP_BYTES
        steps[-1].append(change)
        room -= len(change)
    return steps


@dataclass(slots=True)
class AccessListSource:
    """The steps published for one door, and how far the door is known to be.

    The list begins after version `floor`: the first step starts from an empty list, whatever the
    door had, and each takes it from one version to the next.
    """

    steps: list[bytes] = field(default_factory=list)
    floor: int = 0
    version: int | None = None
    _under_way: int | None = None

    def publish(self, changes: Iterable[Change]) -> None:
        """Add changes in the steps they need."""
        self.steps += map(b"".join, in_steps(encode_changes([each]) for each in changes))

    def reported(self, version: int) -> None:
        """Note which version the door says it has."""
        self.version = version
        self._under_way = None

    def refused(self, version: int) -> None:
        """Note that the door has refused a step, and stays at `version`.

        The step that it was offered at this version is not offered again before it starts anew.
        """
        if version != self.version:
            self.reported(version)

    def concluded(self, delivered: bool) -> None:
        """Note what became of the step under way; one that got lost is sent again."""
        if not delivered:
            self._under_way = None

    def next_step(self) -> dict[str, int | bytes] | None:
        """Return the fields of the next access-list message, None when none is to be sent now."""
        at = self.version
        if at is None or at >= self.floor + len(self.steps) or self._under_way == at:
            return None
        self._under_way = at
        base = at if at > self.floor else 0
        version = max(at, self.floor) + 1
        return {"base": base, "version": version, "changes": self.steps[version - self.floor - 1]}
