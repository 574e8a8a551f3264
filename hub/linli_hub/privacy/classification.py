"""What is stored of a message, and under whose key."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from linli_protocol import codes, messages
from linli_protocol.types import Fields

from . import catalogue, subjects
from .catalogue import Names, Use
from .consent import Consents
from .homes import Homes
from .terms import Sensitivity

# docs/PROTOCOL.md, 5.7.
_EVENT_RECORD = struct.Struct(">IIIHBB")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a message of `kind`.

    It is sealed under a key of `subject` for what is kept for `days`; None: it is about nobody and
    stays open.
    """

    kind: int
    fields: Fields
    sensitivity: Sensitivity
    subject: str | None
    days: int


def classify(
    device: int,
    device_kind: int | None,
    kind: int,
    fields: Fields,
    homes: Homes,
    consents: Consents,
) -> list[Kept]:
    """Return what is stored of a message; nothing when the published list does not have it.

    `device_kind` is None until the device has said what it is. An alarm is kept whoever sends it.
    A chunk of the event log counts as the events in it. What concerns two households is parted:
    a holder's number that is not for the first one's key is stored apart, with its `sequence`.
    """
    if kind == messages.LOG_CHUNK and fields["log"] == codes.EVENT_LOG:
        return [
            kept
            for event in events_in(fields)
            for kept in classify(device, device_kind, messages.EVENT, event, homes, consents)
        ]
    kinds = catalogue.DEVICES if device_kind is None else (device_kind,)
    if kind != messages.ALARM and not any(
        catalogue.is_published(each, kind, fields) for each in kinds
    ):
        return []
    message = catalogue.MESSAGES[kind]
    home = homes.of_device(device)
    is_common = homes.is_common(device)
    owner = subjects.of_device(device) if home is None else subjects.of_household(home)
    uses = catalogue.uses(kind, fields)
    plain: Fields = {}
    named: dict[str, Fields] = {}
    for name, value in fields.items():
        use = uses[name]
        whose = homes.of_holder(value) if use.names is Names.HOLDER else home
        if not _is_allowed(use, whose, is_common, consents):
            continue
        if use.names is not Names.HOLDER:
            plain[name] = value
        else:
            holder = subjects.of_holder(value) if whose is None else subjects.of_household(whose)
            named.setdefault(holder, {})[name] = value
    if message.retention.days == 0 or (message.essence and message.essence not in plain):
        return []
    if home is None and named:
        # The door is nobody's: the event belongs to whom it names first.
        owner = next(iter(named))
    plain |= named.pop(owner, {})
    sensitivity = max(uses[name].common if is_common else uses[name].sensitivity for name in plain)
    days = catalogue.retention(kind, fields).days
    return [
        Kept(kind, plain, sensitivity, _subject(owner, sensitivity), days),
        *(
            Kept(
                kind, {"sequence": fields["sequence"], **apart}, Sensitivity.PERSONAL, holder, days
            )
            for holder, apart in named.items()
        ),
    ]


def events_in(chunk: Fields) -> Iterator[Fields]:
    """Yield the events of a log chunk as fields of EVENT messages; what is cut off is left out."""
    records = chunk["records"]
    whole = len(records) - len(records) % _EVENT_RECORD.size
    for index, record in enumerate(_EVENT_RECORD.iter_unpack(records[:whole])):
        time, subject, detail, _, code, present = record
        event = {"sequence": chunk["first"] + index, "time": time, "code": code}
        if present & 1:
            event["subject"] = subject
        if present & 2:
            event["detail"] = detail
        yield event


def _is_allowed(use: Use, household: int | None, is_common: bool, consents: Consents) -> bool:
    if use.consent is None:
        return True
    if household is not None:
        return consents.given(household, use.consent)
    return is_common and use.names is Names.NOBODY


def _subject(owner: str, sensitivity: Sensitivity) -> str | None:
    if sensitivity <= Sensitivity.INTERNAL:
        return None
    return subjects.of_health(owner) if sensitivity is Sensitivity.HEALTH else owner
