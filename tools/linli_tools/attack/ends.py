"""The ends of the protocol that are attacked, and what an attacker has of each."""

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from linli_protocol import codes, messages
from linli_protocol.words import REFUSALS

from .loot import Loot, loot_of
from .site import (
    BUTTON,
    DOOR,
    JOINING_DOOR,
    JOINING_METER,
    JOINS,
    KINDS,
    METER,
    WAY,
    Site,
)
from .snapshot import Snapshot, snapshot

COMMUNITY_KEY = bytes(range(16))  # test key
OTHER_KEY = bytes(range(16, 32))  # test key
STRANGER = 0x03000001

UNKNOWN_DEVICE = "from no device of this hub"

# Sessions that have come and gone before the attack: a later one shares their low two bits.
SESSIONS = 6
# More than the replay window is wide, in both directions.
PASSING = 70
HELD = 6


class End(Protocol):
    """One end, with `loot` to attack it."""

    name: str
    loot: Loot

    def take(self, data: bytes) -> None:
        """Take a packet that somebody sends."""
        ...

    def refused(self) -> Counter[str]:
        """Return how many packets it has refused, by reason."""
        ...

    def state(self) -> Snapshot:
        """Return all that a refusal must not change."""
        ...


class DeviceEnd:
    """A device of a site, which is attacked in one moment."""

    def __init__(self, name: str, site: Site, address: int, loot: Loot) -> None:
        self.name = name
        self.loot = loot
        self._device = site.devices[address]
        self._now = site.now

    def take(self, data: bytes) -> None:
        """Take a packet."""
        self._device.receive(0, data, self._now)

    def refused(self) -> Counter[str]:
        """Return what its association counts."""
        counts = self._device.link.association.refused.counts
        return Counter({REFUSALS[reason]: count for reason, count in enumerate(counts)})

    def state(self) -> Snapshot:
        """Return app, link, sessions, clock and store."""
        return snapshot(self._device)


class HubEnd:
    """The hub of a site, at 1 000 packets a second: it opens few join requests in a moment."""

    name = "hub"

    def __init__(self, site: Site, loot: Loot) -> None:
        self.loot = loot
        self._site = site

    def take(self, data: bytes) -> None:
        """Take a packet."""
        self._site.now += 1
        self._site.hub.receive(WAY, data, self._site.now)

    def refused(self) -> Counter[str]:
        """Return what it counts, for all its devices."""
        hub = self._site.hub
        found = Counter({UNKNOWN_DEVICE: hub.unknown_devices})
        for peer in hub.peers.values():
            for reason, count in enumerate(peer.association.refused.counts):
                found[REFUSALS[reason]] += count
        return found

    def state(self) -> Snapshot:
        """Return what it knows of all devices, and its store."""
        return snapshot(self._site.hub)


@dataclass(frozen=True)
class Scene:
    """A site in the middle of its life, and its ends; devices first, whose time stands still."""

    site: Site
    ends: list[End]

    def is_well(self) -> list[str]:
        """Release what was held back, and go on living; return a line for each thing that fails."""
        site = self.site
        wrong = []
        for end in self.ends:
            before = end.refused().total()
            for data in end.loot.fresh:
                end.take(data)
            if end.refused().total() != before:
                wrong.append(f"{end.name}: refuses what was held back from it")
        site.holds = lambda device, is_down, data: False
        before = len(site.told)
        numbers = {
            device: site.hub.command(device, codes.REPORT_HEALTH, site.now, 600)
            for device in site.devices
        }
        site.show_card(DOOR)
        if not site.strikes[DOOR]:
            wrong.append("door: does not open for a card that it knows")
        site.press(BUTTON)
        site.run(600)
        since = site.told[before:]
        if not any((device, kind) == (BUTTON, messages.ALARM) for device, kind, _ in since):
            wrong.append("button: the hub has not heard that it was pressed")
        for device, number in numbers.items():
            done = {"id": number, "status": codes.DONE}
            if (device, messages.RESULT, done) not in since:
                wrong.append(f"{device:08x}: has not carried out a command")
        return wrong


def scene(seed: int) -> Scene:
    """Return a site that has lived through some sessions, and has packets held back everywhere."""
    site = Site(seed, COMMUNITY_KEY)
    elsewhere = Site(seed, OTHER_KEY, {STRANGER: codes.DOOR})
    elsewhere.live(HELD)
    for _ in range(SESSIONS):
        _hold(site)
        site.rejoin(*KINDS)
        site.run(60)
    _hold(site)
    site.live(PASSING)
    site.holds = lambda device, is_down, data: data[1] not in JOINS
    site.live(HELD)
    # One device's request and another's accept are on their way when the attack begins.
    site.holds = lambda device, is_down, data: (
        data[1] not in JOINS or device == (JOINING_DOOR if is_down else JOINING_METER)
    )
    site.rejoin(JOINING_DOOR, JOINING_METER)
    strangers = [each.data for each in elsewhere.heard if not each.is_down]
    epochs = site.epochs()
    ends: list[End] = []
    for name, address in {
        "door": DOOR,
        "meter": METER,
        "button": BUTTON,
        "door that joins": JOINING_DOOR,
    }.items():
        ends.append(DeviceEnd(name, site, address, loot_of(site.heard, address, epochs, [])))
    ends.append(HubEnd(site, loot_of(site.heard, None, epochs, strangers)))
    return Scene(site, ends)


def _hold(site: Site) -> None:
    """Have packets of every device, in both directions, held back for ever."""
    site.holds = lambda device, is_down, data: data[1] not in JOINS
    site.live(HELD)
    site.holds = lambda device, is_down, data: False
    site.run(60)
