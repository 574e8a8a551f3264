"""Update campaigns at work: those that were under way go on after a restart."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial

from linli_firmware.update import manifest as wire
from linli_protocol import codes, words
from linli_protocol.crypto import sm3

from ..campaigns import (
    CAMPAIGN,
    CAMPAIGN_ENDED,
    BundleError,
    Undertaking,
    bundle,
    drop_unused,
    undertakings,
)
from ..core.updates import FINAL, Campaign, Pace
from ..site import Site
from ..storage import Transaction, bundles_table
from .engine import Clock, Engine

_UNDER_WAY = (codes.UPDATE_RECEIVING, codes.UPDATE_DAMAGED)


@dataclass(slots=True)
class Known:
    """A campaign: as it was begun, and at work; None: it has ended, or `trouble` says why not."""

    undertaking: Undertaking
    campaign: Campaign | None
    trouble: str | None = None


class Campaigns:
    """The update campaigns of a site, by number."""

    def __init__(self, site: Site, engine: Engine, clock: Clock) -> None:
        self._site = site
        self._engine = engine
        self._clock = clock
        self._known: dict[int, Known] = {}

    def resume(self) -> None:
        """Go on with what was under way, once the devices are served."""
        with self._site.database.reading() as transaction:
            for each in undertakings(transaction):
                known = self._known[each.number] = Known(each, None)
                if each.ended_us is None:
                    try:
                        content = bundle(transaction, each.bundle)
                    except BundleError as error:
                        known.trouble = str(error)
                    else:
                        known.campaign = self._begun(each, content, transaction)

    def all(self) -> list[Known]:
        """Return all campaigns, the newest first."""
        return [self._known[number] for number in sorted(self._known, reverse=True)]

    def busy(self) -> set[int]:
        """Return the devices that are in a campaign and not done."""
        return {
            device
            for known in self._known.values()
            if known.campaign is not None
            for device, transfer in known.campaign.transfers.items()
            if transfer.fate not in FINAL
        }

    def begin(
        self, content: bytes, digest: str, devices: Sequence[int], pace: Pace, by: str
    ) -> tuple[int, int]:
        """Begin to bring a bundle, whose SM3 is `digest`, to `devices`.

        Return the campaign's number, and the journal's position of its record.
        """
        manifest = read_manifest(content)
        number = max(self._known, default=0) + 1
        now_us = self._clock.unix_us()
        kind = words.DEVICE_KINDS[manifest.device_kind]
        body = {
            "campaign": number,
            "bundle": digest,
            "kind": kind,
            "version": manifest.version,
            "devices": list(devices),
            "pace": asdict(pace),
            "by": by,
        }
        with self._site.journal.together():
            self._site.journal.carry_out(partial(bundles_table.put, digest=digest, content=content))
            position = self._site.tell(CAMPAIGN, body, now_us)
        undertaking = Undertaking(
            number, digest, kind, manifest.version, tuple(devices), pace, by, now_us, None, None
        )
        with self._site.database.reading() as transaction:
            campaign = self._begun(undertaking, content, transaction)
        self._known[number] = Known(undertaking, campaign)
        return number, position

    def end(self, number: int, by: str) -> int:
        """Send nothing more for a campaign; return the journal's position of the record."""
        now_us = self._clock.unix_us()
        known = self._known[number]
        with self._site.journal.together():
            position = self._site.tell(CAMPAIGN_ENDED, {"campaign": number, "by": by}, now_us)
            self._site.journal.carry_out(partial(drop_unused, digest=known.undertaking.bundle))
        if known.campaign is not None:
            self._engine.core.end(known.campaign)
        fields = asdict(known.undertaking) | {
            "pace": known.undertaking.pace,
            "ended_us": now_us,
            "ended_by": by,
        }
        self._known[number] = Known(Undertaking(**fields), None)
        return position

    def _begun(
        self, undertaking: Undertaking, content: bytes, transaction: Transaction
    ) -> Campaign:
        """Have the core send a bundle to those devices that do not run or refuse it already."""
        core = self._engine.core
        campaign = Campaign(content, undertaking.pace)
        served = [device for device in undertaking.devices if device in core.peers]
        for device in served:
            campaign.add([device], core.chunk_length(device), core.sleeps(device))
        now = self._clock.now_ms()
        figures = _figures(transaction, undertaking.begun_us)
        for device in served:
            told = figures.get(device, {})
            if "firmware" in told:
                campaign.on_hello(device, told["firmware"], now)
            # One that still receives says from where when it gets the offer.
            if told.get("update_state") not in (None, *_UNDER_WAY):
                campaign.on_status(
                    device, {"image": told["update_image"], "state": told["update_state"]}, now
                )
        core.begin(campaign)
        return campaign


def read_manifest(content: bytes) -> wire.Manifest:
    """Return what a bundle's head says; ValueError when it is no bundle, or not a whole one.

    Its signature is for the devices to judge, each of which has the key.
    """
    manifest = wire.Manifest(content[: wire.head_length(content[: wire.PREFIX_LENGTH])])
    table = content[len(manifest.head) : len(manifest.head) + manifest.table_size]
    if manifest.total != len(content) or sm3(table) != manifest.table_hash:
        raise ValueError("not a whole bundle")
    if manifest.device_kind not in words.DEVICE_KINDS:
        raise ValueError(f"for devices of kind {manifest.device_kind}, which nobody knows")
    return manifest


def _figures(transaction: Transaction, since_us: int) -> dict[int, dict[str, int]]:
    """Return what each device runs, and what it has said of an update since a time."""
    figures: dict[int, dict[str, int]] = {}
    for device, name, figure in transaction.query(
        "SELECT device, name, figure FROM fleet WHERE name = 'firmware' "
        "OR (name IN ('update_image', 'update_state') AND time_us >= ?)",
        [since_us],
    ):
        figures.setdefault(device, {})[name] = figure
    return figures
