"""Update campaigns, as the log tells of them, and the bundles that they bring.

Records, with the body:

* "campaign": `campaign` (its number), `bundle` (the SM3 of its bytes), `kind` (of devices, its
  word), `version`, `devices`, `pace` (as `core.updates.Pace` has it), `by`;
* "campaign ended": `campaign`, `by`: nothing is sent for it any more.

A bundle is no secret and nobody's data. It is kept until the last of its campaigns has ended.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from linli_protocol.crypto import sm3

from .core.updates import Pace
from .projections import Event, Projection
from .storage import Transaction, bundles_table

CAMPAIGN = "campaign"
CAMPAIGN_ENDED = "campaign ended"


class BundleError(Exception):
    """A bundle is not there, or not what was put there; the message names it."""


@dataclass(frozen=True, slots=True)
class Undertaking:
    """A campaign as it was begun; `ended_us` and `ended_by` are None while it goes on."""

    number: int
    bundle: str
    kind: str
    version: int
    devices: tuple[int, ...]
    pace: Pace
    by: str
    begun_us: int
    ended_us: int | None
    ended_by: str | None


def undertakings(transaction: Transaction) -> list[Undertaking]:
    """Return all campaigns, the newest first."""
    found = transaction.query(
        "SELECT number, bundle, kind, version, devices, pace, person, begun_us, ended_us, ended_by "
        "FROM campaigns ORDER BY number DESC"
    )
    return [
        Undertaking(
            number,
            bundle,
            kind,
            version,
            tuple(json.loads(devices)),
            Pace(**json.loads(pace)),
            *rest,
        )
        for number, bundle, kind, version, devices, pace, *rest in found
    ]


def bundle(transaction: Transaction, digest: str) -> bytes:
    """Return the bundle with that SM3; BundleError when it is missing or another."""
    content = bundles_table.get(transaction, digest)
    if content is None:
        raise BundleError(f"bundle {digest}: the database has none")
    if sm3(content).hex() != digest:
        raise BundleError(f"bundle {digest}: is not what was put there")
    return content


def drop_unused(transaction: Transaction, digest: str) -> None:
    """Forget a bundle unless one of its campaigns goes on."""
    going_on = "SELECT 1 FROM campaigns WHERE bundle = ? AND ended_us IS NULL LIMIT 1"
    if not transaction.query(going_on, [digest]):
        bundles_table.remove(transaction, digest)


def _apply(transaction: Transaction, happened: Sequence[Event]) -> None:
    for event in happened:
        body: dict[str, Any] = event.body
        if event.kind == CAMPAIGN:
            transaction.execute(
                "INSERT INTO campaigns (number, bundle, kind, version, devices, pace, person, "
                "begun_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    body["campaign"],
                    body["bundle"],
                    body["kind"],
                    body["version"],
                    json.dumps(body["devices"]),
                    json.dumps(body["pace"]),
                    body["by"],
                    event.time_us,
                ],
            )
        elif event.kind == CAMPAIGN_ENDED:
            transaction.execute(
                "UPDATE campaigns SET ended_us = ?, ended_by = ? WHERE number = ?",
                [event.time_us, body["by"], body["campaign"]],
            )


CAMPAIGNS = Projection(
    "campaigns",
    1,
    {
        "campaigns": "number BIGINT PRIMARY KEY, bundle TEXT NOT NULL, kind TEXT NOT NULL, "
        "version BIGINT NOT NULL, devices TEXT NOT NULL, pace TEXT NOT NULL, person TEXT NOT NULL, "
        "begun_us BIGINT NOT NULL, ended_us BIGINT, ended_by TEXT",
    },
    _apply,
)
"""Table `campaigns`; `devices` and `pace` are JSON."""
