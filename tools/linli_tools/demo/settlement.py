"""The site of the demo: who and what is in it, and how its hub comes to know that."""

import json
import os
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linli_hostsim.realtime import Plan
from linli_hostsim.roster import device_id
from linli_hostsim.streams import stream
from linli_hostsim.twins.door import CARD_BITS
from linli_hub.configuration import load
from linli_hub.people import PERSON, Role, passwords
from linli_hub.privacy import CONSENT, HOLDER, PLACED, consent
from linli_hub.privacy.terms import Purpose
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import codes, words
from linli_protocol.access_list import ADD, Credential, card_token

# One for each role. Their passwords are drawn anew for each demo.
ROLES = {
    "zhao": Role.ADMIN,
    "qian": Role.OPERATOR,
    "sun": Role.INSTALLER,
    "li": Role.AUDITOR,
    "zhou": Role.VIEWER,
}
ADMIN = "zhao"

FLATS_PER_BUILDING = 40
FLATS_PER_FLOOR = 4
# Persons' numbers begin here, so that nobody takes them for households.
FIRST_HOLDER = 100_001
CONSENTING = {Purpose.CONSUMPTION_PROFILE: 0.7, Purpose.DOOR_HISTORY: 0.5}

DAY_S = 86_400
# What a meter has counted before its hub is there; one in so many has a leak since yesterday.
PAST_S = 7 * DAY_S
LEAKS_ONE_IN = 150
LEAKED_S = 30 * 3600
# So that a visitor sees it: a report every five minutes, a burst told after one.
METER_SETTINGS = {"report_interval_s": 300, "burst_s": 60}

# Kinds in the order in which boards and simulated devices are dealt.
_D, _M, _P = codes.DOOR, codes.METER, codes.PANIC
_BOARDS = (_D, _P, _M, _D, _M)
_SIMULATED = (_M, _M, _P, _M, _D, _M, _P, _M, _P, _M)
_WAYS = {codes.DOOR: ("tcp",), codes.METER: ("udp",), codes.PANIC: ("udp", "tcp")}


@dataclass(frozen=True, slots=True)
class Device:
    """One device: address, kind (linli_protocol.codes), ways, its household, its building.

    `port` is the serial port of a board, None for what is simulated; `cards` how many residents may
    pass a door, whose cards have the building's number as facility code and are numbered from 1.
    """

    device: int
    kind: int
    ways: tuple[str, ...]
    household: int | None
    building: int
    place: str
    port: Path | None
    cards: int = 0

    @property
    def facility(self) -> int:
        """The facility code of the cards of the building."""
        return self.building + 1

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{words.DEVICE_KINDS[self.kind]} {self.device:08x} at {self.place}"


@dataclass(frozen=True, slots=True)
class Settlement:
    """All that is in the site `folder`; the same `seed` and numbers make the same."""

    folder: Path
    seed: int
    devices: list[Device]
    households: int

    @property
    def boards(self) -> list[Device]:
        """Those that are emulated boards."""
        return [each for each in self.devices if each.port is not None]

    @property
    def simulated(self) -> list[Device]:
        """Those that are twins."""
        return [each for each in self.devices if each.port is None]


def planned(folder: Path, seed: int, boards: int, simulated: int) -> Settlement:
    """Return the site with so many devices of each sort; nothing is made yet."""
    kinds = [_BOARDS[number % len(_BOARDS)] for number in range(boards)]
    kinds += [_SIMULATED[number % len(_SIMULATED)] for number in range(simulated)]
    households = max(kinds.count(codes.METER), 1)
    buildings = -(-households // FLATS_PER_BUILDING)
    devices: list[Device] = []
    counted: Counter[int] = Counter()
    for number, kind in enumerate(kinds):
        index = counted[kind]
        counted[kind] += 1
        port = folder / "ports" / f"board-{number + 1:02d}" if number < boards else None
        ways = _WAYS[kind] if port is None else (f"line {port}",)
        if kind == codes.DOOR:
            building = index % buildings
            cards = min(FLATS_PER_BUILDING, households - building * FLATS_PER_BUILDING)
            where = f"hemu/{building + 1}"
            household = None
        else:
            # Every flat has a meter, and a button where somebody wants one.
            household = (index if kind == codes.METER else 2 * index) % households + 1
            building, flat = divmod(household - 1, FLATS_PER_BUILDING)
            floor, on_floor = divmod(flat, FLATS_PER_FLOOR)
            where = f"hemu/{building + 1}/{floor + 1}/{floor + 1:02d}{on_floor + 1:02d}"
            cards = 0
        address = device_id(kind, index + 1)
        devices.append(Device(address, kind, ways, household, building, where, port, cards))
    return Settlement(folder, seed, devices, households)


def settle(settlement: Settlement, web_port: int | None) -> tuple[Site, dict[str, str]]:
    """Make the site in its folder, and open it; return it and everybody's password."""
    everybody = {name: secrets.token_urlsafe(12) for name in ROLES}
    path = make(settlement.folder, ADMIN, everybody[ADMIN], time.time_ns() // 1000)
    path.write_text(_configuration(settlement, web_port), encoding="utf-8")
    for name in ("ports", "boards"):
        (settlement.folder / name).mkdir()
    site = Site(load(path))
    for name, role in ROLES.items():
        if name != ADMIN:
            hashed = passwords.hashed(everybody[name], os.urandom)
            _tell(site, PERSON, {"name": name, "role": role, "password": hashed, "by": ADMIN})
    _tell_devices(site, settlement)
    _tell_households(site, settlement)
    _tell_cards(site, settlement)
    return site, everybody


def plans(settlement: Settlement) -> list[Plan]:
    """Return what the simulated devices are to be."""
    return [
        Plan(
            each.device,
            each.kind,
            each.ways,
            METER_SETTINGS if each.kind == codes.METER else {},
            each.facility,
            each.cards,
            PAST_S if each.kind == codes.METER else 0,
            LEAKED_S if each.kind == codes.METER and number % LEAKS_ONE_IN == 0 else 0,
        )
        for number, each in enumerate(settlement.simulated)
    ]


def _tell_devices(site: Site, settlement: Settlement) -> None:
    for each in settlement.devices:
        kind = words.DEVICE_KINDS[each.kind]
        enrolled = {"device": each.device, "kind": kind, "generation": 0, "ways": each.ways}
        _tell(site, ENROLLED, {**enrolled, "by": "sun"})
        placed = {"device": each.device, "household": each.household, "place": each.place}
        _tell(site, PLACED, {**placed, "by": "sun"})


def _tell_households(site: Site, settlement: Settlement) -> None:
    random = stream(settlement.seed, "consents")
    for household in range(1, settlement.households + 1):
        holder = FIRST_HOLDER + household - 1
        _tell(site, HOLDER, {"holder": holder, "household": household, "by": "qian"})
        for purpose, share in CONSENTING.items():
            if random.random() < share:
                how = "signed at the management office"
                _tell(site, CONSENT, consent(household, purpose, True, "qian", how))


def _tell_cards(site: Site, settlement: Settlement) -> None:
    """Have every door let its building's residents in."""
    for each in settlement.devices:
        if each.cards:
            tokens = [card_token(CARD_BITS, each.facility, card + 1) for card in range(each.cards)]
            first = FIRST_HOLDER + each.building * FLATS_PER_BUILDING
            credentials = [Credential(token, first + at) for at, token in enumerate(tokens)]
            changes = [(ADD, credential) for credential in credentials]
            site.lists.publish(each.device, changes, "sun", time.time_ns() // 1000)


def _tell(site: Site, kind: str, body: dict[str, Any]) -> None:
    site.tell(kind, body, time.time_ns() // 1000)


def _configuration(settlement: Settlement, web_port: int | None) -> str:
    ways = "".join(
        f'\n[[ways]]\nkind = "line"\npath = {json.dumps(str(each.port))}\n'
        for each in settlement.boards
    )
    web = "" if web_port is None else f"\n[web]\nport = {web_port}\n"
    return f"""\
# The hub of a demo. Ports of devices are any that are free.
time_zone = "Asia/Shanghai"

[[ways]]
kind = "tcp"
port = 0

[[ways]]
kind = "udp"
port = 0
{ways}{web}"""
