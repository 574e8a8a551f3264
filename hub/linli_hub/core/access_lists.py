"""How a door's access list reaches it: in steps, each from one version to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from linli_protocol.access_list import Credential, encode_changes

# Changes in one step, in bytes: within the catalogue's limit and few fragments.
STEP_BYTES = 600


@dataclass(slots=True)
class AccessListSource:
    """The steps published for one door, and how far the door is known to be.

    Step n takes the list from version n to version n + 1; the first one starts from an empty list.
    """

    steps: list[bytes] = field(default_factory=list)
    version: int | None = None
    _under_way: int | None = None

    def publish(self, changes: Iterable[tuple[int, Credential | bytes]]) -> None:
        """Add changes, as `access_list.encode_changes` takes them, in the steps they need."""
        step = b""
        for each in changes:
            change = encode_changes([each])
            if len(step) + len(change) > STEP_BYTES:
                self.steps.append(step)
                step = b""
            step += change
        if step:
            self.steps.append(step)

    def reported(self, version: int) -> None:
        """Note which version the door says it has."""
        self.version = version
        self._under_way = None

    def concluded(self, delivered: bool) -> None:
        """Note what became of the step under way; one that got lost is sent again."""
        if not delivered:
            self._under_way = None

    def next_step(self) -> dict[str, int | bytes] | None:
        """Return the fields of the next access-list message, None when none is to be sent now."""
        base = self.version
        if base is None or base >= len(self.steps) or self._under_way == base:
            return None
        self._under_way = base
        return {"base": base, "version": base + 1, "changes": self.steps[base]}
