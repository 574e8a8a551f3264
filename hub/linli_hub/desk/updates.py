"""Updates: a signed bundle is brought to the devices that it is for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from linli_protocol import words
from linli_protocol.crypto import sm3

from ..core.updates import Fate, Pace
from ..live.campaigns import Known, read_manifest
from ..people import Permission, Person
from .errors import NotFound, Refused
from .subject import Subject

LONGEST_BUNDLE = 4 * 1024 * 1024
"""No board that there is has more flash for one."""


@dataclass(frozen=True, slots=True)
class Update:
    """A campaign that brings `version` to devices of a kind; times in Unix µs.

    `fates` says how far each device is, and is empty when the campaign has ended. `stopped`: too
    many devices have failed for more to be tried. `trouble`: why it does not go on.
    """

    number: int
    kind: str
    version: int
    bundle: str
    by: str
    begun_us: int
    ended_us: int | None
    ended_by: str | None
    fates: dict[int, Fate]
    stopped: bool
    trouble: str | None


class Updates(Subject):
    """Update campaigns."""

    async def updates(self, person: Person) -> list[Update]:
        """Return all campaigns, the newest first."""
        self._allow(person, Permission.SEE_SITE)
        return [_update(each) for each in self._running.campaigns.all()]

    async def begin_update(
        self,
        person: Person,
        bundle: bytes,
        devices: Sequence[int] | None = None,
        pace: Pace | None = None,
    ) -> int:
        """Begin to bring a signed bundle to `devices`, or (None) to all of its kind.

        Return the campaign's number. It goes on after a restart. Devices judge the signature.
        """
        self._allow(person, Permission.ENROL)
        if len(bundle) > LONGEST_BUNDLE:
            raise Refused(f"the bundle has {len(bundle)} bytes, more than {LONGEST_BUNDLE}")
        try:
            manifest = read_manifest(bundle)
        except ValueError as error:
            raise Refused(f"the bundle is no use: {error}", key="no_bundle") from error
        kind = words.DEVICE_KINDS[manifest.device_kind]
        of_kind = [each.device for each in self._site.registry.all() if each.kind == kind]
        chosen = of_kind if devices is None else list(dict.fromkeys(devices))
        for device in chosen:
            self._served(device)
            if device not in of_kind:
                raise Refused(f"{device:08x} is no {kind}, and the bundle is for those")
        if not chosen:
            raise Refused(f"there is no {kind} to update")
        digest = (await asyncio.to_thread(sm3, bundle)).hex()
        for device in sorted(self._running.campaigns.busy().intersection(chosen)):
            address = f"{device:08x}"
            raise Refused(f"{address} is being updated already", key="updating", device=address)
        number, position = self._running.campaigns.begin(
            bundle, digest, chosen, pace or Pace(), person.name
        )
        self._running.service.kick()
        await self._durable(position)
        return number

    async def end_update(self, person: Person, number: int) -> None:
        """Send nothing more for a campaign, but what is on its way already."""
        self._allow(person, Permission.ENROL)
        known = {each.undertaking.number: each for each in self._running.campaigns.all()}
        if number not in known:
            raise NotFound(f"there is no update {number}")
        if known[number].undertaking.ended_us is not None:
            raise Refused(f"update {number} has ended already")
        await self._durable(self._running.campaigns.end(number, person.name))


def _update(known: Known) -> Update:
    begun, campaign = known.undertaking, known.campaign
    transfers = () if campaign is None else campaign.transfers.values()
    return Update(
        begun.number,
        begun.kind,
        begun.version,
        begun.bundle,
        begun.by,
        begun.begun_us,
        begun.ended_us,
        begun.ended_by,
        {each.device: each.fate for each in transfers},
        campaign is not None and campaign.is_stopped(),
        known.trouble,
    )
