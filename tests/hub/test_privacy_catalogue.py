"""The published list has every message, field and code that the protocol has, and is up to date."""

from pathlib import Path

import pytest

from communities import lived
from linli_hostsim import scenario
from linli_hostsim.community import Community
from linli_hub.privacy import catalogue
from linli_hub.privacy.catalogue import Names
from linli_hub.privacy.published import document
from linli_hub.privacy.terms import Purpose, Sensitivity
from linli_protocol import codes, messages, words
from linli_protocol.catalogue import KINDS
from linli_protocol.types import Fields

DOCUMENT = Path(__file__).parents[2] / "docs/DATA.md"


def test_every_message_and_field_of_the_protocol_has_its_use() -> None:
    ours = {kind: set(message.fields) for kind, message in catalogue.MESSAGES.items()}
    assert ours == {kind: set(row.fields) for kind, row in KINDS.items()}


def test_every_code_has_its_use() -> None:
    assert set(catalogue.DEVICES) == set(words.DEVICE_KINDS)
    assert set(catalogue.EVENTS) == set(words.EVENTS)
    assert set(catalogue.QUANTITIES) == set(words.QUANTITIES)
    assert {codes.EVENT_LOG, *catalogue.LOGS} == {
        value for name, value in vars(codes).items() if name.endswith(("_LOG", "_REGISTERS"))
    }


def test_every_event_and_every_message_up_is_some_device_s() -> None:
    devices = [catalogue.EVERY_DEVICE, *catalogue.DEVICES.values()]
    assert {event for device in devices for event in device.events} == set(words.EVENTS)
    sent = {kind for device in devices for kind in device.messages}
    assert sent == {kind for kind, row in KINDS.items() if row.direction & messages.UP}


def test_no_class_is_lower_in_a_household_than_in_a_common_place() -> None:
    uses = [use for message in catalogue.MESSAGES.values() for use in message.fields.values()]
    for event in catalogue.EVENTS.values():
        assert event.sensitivity >= event.common
        uses += [event.subject, event.detail]
    uses += [use for use, _ in (*catalogue.QUANTITIES.values(), *catalogue.LOGS.values())]
    for use in uses:
        assert use.why
        assert use.sensitivity >= use.common
        if use.consent:
            assert use.sensitivity is Sensitivity.PERSONAL
        if use.names is not Names.NOBODY:
            assert use.common is Sensitivity.PERSONAL
    assert {use.consent for use in uses if use.consent} == set(Purpose)


def test_the_published_list_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_the_published_list_names_every_field() -> None:
    for kind, row in KINDS.items():
        assert f"**{row.name}**" in document()
        for name in row.fields:
            assert f"|  | {name} |" in document(), (kind, name)


@pytest.mark.parametrize(
    ("device_kind", "kind", "fields", "published"),
    [
        (codes.DOOR, messages.EVENT, {"code": codes.GRANTED}, True),
        (codes.DOOR, messages.EVENT, {"code": codes.TAMPER}, True),
        (codes.METER, messages.EVENT, {"code": codes.GRANTED}, False),
        (codes.DOOR, messages.EVENT, {"code": 255}, False),
        (codes.DOOR, messages.READING, {}, False),
        (codes.METER, messages.COMMAND, {}, False),
        (codes.CHARGER, messages.MEASUREMENT, {"quantity": codes.POWER_W}, True),
        (codes.CHARGER, messages.MEASUREMENT, {"quantity": codes.CO2_PPM}, False),
        (codes.METER, messages.LOG_CHUNK, {"log": codes.HOURLY_REGISTERS}, True),
        (codes.DOOR, messages.LOG_CHUNK, {"log": codes.HOURLY_REGISTERS}, False),
        (codes.DOOR, messages.LOG_CHUNK, {"log": codes.EVENT_LOG}, True),
        (200, messages.HEALTH, {}, False),
    ],
)
def test_only_what_is_on_the_list_is_published(
    device_kind: int, kind: int, fields: Fields, published: bool
) -> None:
    assert catalogue.is_published(device_kind, kind, fields) is published


def test_all_that_a_community_sends_is_on_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: dict[int, int] = {}
    heard: set[int] = set()
    take = Community._heard

    def hear(community: Community, device: int, kind: int, fields: Fields, now: int) -> None:
        if kind == messages.HELLO:
            kinds[device] = fields["device_kind"]
        assert catalogue.is_published(kinds[device], kind, fields), (kinds[device], kind, fields)
        heard.add(kind)
        take(community, device, kind, fields, now)

    monkeypatch.setattr(Community, "_heard", hear)
    lived(scenario.read("tiny"), 4)
    assert {codes.DOOR, codes.METER, codes.PANIC} <= set(kinds.values())
    assert {messages.READINGS, messages.EVENT, messages.ALARM, messages.HELLO} <= heard
