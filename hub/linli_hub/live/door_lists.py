"""The doors' access lists at work: what is written down of them is what doors are sent."""

from collections.abc import Collection, Iterable

from linli_protocol import codes, messages, words
from linli_protocol.types import Fields

from ..core.access_lists import AccessListSource, Change
from ..site import Site
from .engine import Clock, Engine

HUB = "(hub)"
"""Who begins a list anew because its door is ahead of it."""

_DOOR = words.DEVICE_KINDS[codes.DOOR]


class DoorLists:
    """Sends what `site` has in its lists to the doors that `engine` serves."""

    def __init__(self, site: Site, engine: Engine, clock: Clock) -> None:
        self._site = site
        self._engine = engine
        self._clock = clock

    def serve(self, device: int) -> None:
        """Have a device that is served offered its list; one that is no door has none."""
        peer = self._engine.core.peers.get(device)
        if peer is not None and self._site.registry[device].kind == _DOOR:
            known = self._site.lists.of(device)
            told = self._site.journal.get(self._fact(device))
            version = None if told is None else _decoded(told)
            peer.access_list = AccessListSource(known.steps, known.floor, version)

    def take(self, device: int, kind: int, fields: Fields) -> None:
        """Hear how far a door is; those ahead of their list (a restored hub's) get it anew."""
        version = _version(kind, fields)
        if version is None:
            return
        self._site.journal.put(self._fact(device), version.to_bytes(4, "big"))
        # A hub that has never given it a list takes none from it.
        if version > self._site.lists.of(device).version > 0:
            self._begin_anew(device, HUB, version)

    def is_current(self, device: int) -> bool | None:
        """Tell whether a door that is served has all of its list; None: it has not said."""
        told = self._site.journal.get(self._fact(device))
        return None if told is None else _decoded(told) == self._site.lists.of(device).version

    def publish(self, device: int, changes: Iterable[Change], by: str) -> int:
        """Change a door's list; return the journal's position at which that is durable."""
        position = self._site.lists.publish(device, changes, by, self._clock.unix_us())
        self._offer(device)
        return position

    def give_up(self, holders: Collection[int], by: str) -> None:
        """Have no list name any of `holders`, in none of its steps."""
        for device in self._site.lists.give_up(holders, by, self._clock.unix_us()):
            self.serve(device)
            self._offer(device)

    def seal_anew(self, holder: int, by: str) -> None:
        """Have what doors know of a holder sealed for the household that it is of now."""
        for device in self._site.lists.naming([holder]):
            self._begin_anew(device, by)
            self._offer(device)

    def _begin_anew(self, device: int, by: str, above: int = 0) -> None:
        lists = self._site.lists
        kept = list(lists.of(device).credentials.values())
        lists.begin_anew(device, kept, by, self._clock.unix_us(), above)
        self.serve(device)

    def _offer(self, device: int) -> None:
        if device in self._engine.core.peers:
            self._engine.offer_list(device)
            self._engine.hold(device)

    def _fact(self, device: int) -> str:
        # Another door at the same address has a list of its own.
        return f"list/{device:08x}.{self._site.registry[device].generation}"


def _version(kind: int, fields: Fields) -> int | None:
    """Return which version of its list a door says it has."""
    if kind == messages.HELLO:
        version: int | None = fields.get("list_version")
        return version
    if kind == messages.EVENT and fields["code"] in (codes.LIST_UPDATED, codes.LIST_REFUSED):
        return int(fields.get("subject", 0))
    return None


def _decoded(fact: bytes) -> int:
    return int.from_bytes(fact, "big")
