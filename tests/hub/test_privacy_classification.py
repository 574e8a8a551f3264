"""What is stored of a message, and who takes it along when they go."""

import json
import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_firmware.actions import Send
from linli_firmware.event_log import LOG, EventLog
from linli_firmware.store import MemoryStore
from linli_hub.privacy import (
    HOLDER,
    PLACED,
    Consents,
    Homes,
    Keeping,
    Kept,
    Purpose,
    Sensitivity,
    classify,
    consent,
)
from linli_hub.privacy.classification import events_in
from linli_hub.privacy.terms import BILLING, DOORS, INCIDENTS
from linli_hub.vault import Vault
from linli_protocol import codes, messages
from linli_protocol.catalogue import KINDS, Field
from linli_protocol.types import Fields

HOUSEHOLD, NEIGHBOURS = 12, 13
AT_HOME, SHARED, NOWHERE = 1, 2, 3
OURS, OURS_TOO, THEIRS, STAFF = 101, 102, 103, 104
TIME = 1_795_363_200
READINGS = {"time": TIME, "volume_l": 5000, "deltas": b"\x01\x00\x80", "interval_s": 1800}
GRANTED = {"sequence": 7, "time": TIME, "code": codes.GRANTED}
ALARM = {"incident": 1, "time": TIME, "cause": codes.FALL}
TEMPERATURE = {"time": TIME, "quantity": codes.TEMPERATURE_MC, "value": 21000, "channel": 0}


def homes() -> Homes:
    known = Homes()
    for device, household in ((AT_HOME, HOUSEHOLD), (SHARED, None)):
        known.take(PLACED, {"device": device, "household": household, "place": "hemu/3"})
    for holder, household in ((OURS, HOUSEHOLD), (OURS_TOO, HOUSEHOLD), (THEIRS, NEIGHBOURS)):
        known.take(HOLDER, {"holder": holder, "household": household})
    return known


def consents(*households: int) -> Consents:
    given_ = Consents()
    for household in households:
        for purpose in Purpose:
            given_.take("consent", consent(household, purpose, True, "li", "signed form"))
    return given_


def stored(
    device: int, device_kind: int | None, kind: int, fields: Fields, *agreed: int
) -> list[Kept]:
    return classify(device, device_kind, kind, fields, homes(), consents(*agreed))


def without(fields: Fields, *names: str) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def test_a_household_s_profile_is_stored_with_its_consent_only() -> None:
    (kept,) = stored(AT_HOME, codes.METER, messages.READINGS, READINGS, HOUSEHOLD)
    assert kept == Kept(
        messages.READINGS, READINGS, Sensitivity.PERSONAL, "household 12", BILLING.days
    )
    (kept,) = stored(AT_HOME, codes.METER, messages.READINGS, READINGS, NEIGHBOURS)
    assert kept.fields == without(READINGS, "deltas", "interval_s")
    assert kept.subject == "household 12"


def test_a_meter_that_all_share_is_open_and_needs_nobody_s_consent() -> None:
    (kept,) = stored(SHARED, codes.METER, messages.READINGS, READINGS)
    assert kept == Kept(messages.READINGS, READINGS, Sensitivity.INTERNAL, None, BILLING.days)


def test_a_meter_of_unknown_place_is_sealed_and_taken_for_a_household_s() -> None:
    (kept,) = stored(NOWHERE, codes.METER, messages.READINGS, READINGS, HOUSEHOLD)
    assert kept.fields == without(READINGS, "deltas", "interval_s")
    assert kept.subject == "device 3"


def test_hourly_registers_are_left_out_whole_and_monthly_ones_are_not() -> None:
    chunk = {"log": codes.HOURLY_REGISTERS, "first": 1, "records": bytes(16)}
    assert stored(AT_HOME, codes.METER, messages.LOG_CHUNK, chunk) == []
    assert len(stored(AT_HOME, codes.METER, messages.LOG_CHUNK, chunk, HOUSEHOLD)) == 1
    monthly = chunk | {"log": codes.MONTHLY_REGISTERS}
    (kept,) = stored(AT_HOME, codes.METER, messages.LOG_CHUNK, monthly)
    assert kept.subject == "household 12"


def test_the_climate_of_rooms_needs_consent_and_that_of_a_hall_is_open() -> None:
    assert stored(AT_HOME, codes.AMBIENT, messages.MEASUREMENT, TEMPERATURE) == []
    (kept,) = stored(AT_HOME, codes.AMBIENT, messages.MEASUREMENT, TEMPERATURE, HOUSEHOLD)
    assert kept.subject == "household 12"
    (kept,) = stored(SHARED, codes.AMBIENT, messages.MEASUREMENT, TEMPERATURE)
    assert (kept.sensitivity, kept.subject) == (Sensitivity.OPEN, None)


def test_alarms_are_sealed_under_keys_of_their_own() -> None:
    for device, subject in (
        (AT_HOME, "health 12"),
        (SHARED, "health device 2"),
        (NOWHERE, "health device 3"),
    ):
        (kept,) = stored(device, codes.PANIC, messages.ALARM, ALARM)
        assert kept == Kept(messages.ALARM, ALARM, Sensitivity.HEALTH, subject, INCIDENTS.days)


@pytest.mark.parametrize("device_kind", [None, codes.DOOR, 200])
def test_an_alarm_is_kept_whoever_sends_it(device_kind: int | None) -> None:
    assert stored(AT_HOME, device_kind, messages.ALARM, ALARM)


def test_what_the_published_list_does_not_have_is_not_stored() -> None:
    assert stored(AT_HOME, codes.DOOR, messages.READINGS, READINGS, HOUSEHOLD) == []
    assert stored(AT_HOME, 200, messages.READINGS, READINGS, HOUSEHOLD) == []
    assert stored(AT_HOME, codes.DOOR, messages.EVENT, GRANTED | {"code": 255}) == []
    assert stored(AT_HOME, None, messages.EVENT, GRANTED | {"code": 255}) == []
    assert stored(AT_HOME, codes.DOOR, messages.JOIN_REQUEST, {"device_kind": 1}) == []


def test_a_device_that_has_not_said_what_it_is_is_heard() -> None:
    assert len(stored(AT_HOME, None, messages.READINGS, READINGS)) == 1


def test_who_went_through_a_shared_door_is_theirs_with_their_consent() -> None:
    passage = GRANTED | {"subject": OURS}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, passage, HOUSEHOLD)
    assert kept == Kept(messages.EVENT, passage, Sensitivity.PERSONAL, "household 12", DOORS.days)
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, passage, NEIGHBOURS)
    assert kept == Kept(messages.EVENT, GRANTED, Sensitivity.INTERNAL, None, DOORS.days)


def test_a_holder_of_no_household_cannot_consent_and_is_named_when_turned_away() -> None:
    passage = GRANTED | {"subject": STAFF}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, passage, HOUSEHOLD)
    assert kept == Kept(messages.EVENT, GRANTED, Sensitivity.INTERNAL, None, DOORS.days)
    denied = passage | {"code": codes.DENIED_EXPIRED, "detail": 1}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, denied)
    assert kept == Kept(messages.EVENT, denied, Sensitivity.PERSONAL, "holder 104", DOORS.days)


def test_an_unknown_card_is_the_door_s() -> None:
    denied = GRANTED | {"code": codes.DENIED_UNKNOWN, "subject": OURS}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, denied)
    assert (kept.fields, kept.subject) == (denied, "device 2")


def test_two_of_one_household_are_one_record() -> None:
    both = GRANTED | {"subject": OURS, "detail": OURS_TOO}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, both, HOUSEHOLD)
    assert (kept.fields, kept.subject) == (both, "household 12")


def test_two_of_two_households_are_parted_so_that_either_can_go() -> None:
    both = GRANTED | {"subject": OURS, "detail": THEIRS}
    first, second = stored(SHARED, codes.DOOR, messages.EVENT, both, HOUSEHOLD, NEIGHBOURS)
    assert (first.fields, first.subject) == (GRANTED | {"subject": OURS}, "household 12")
    assert (second.fields, second.subject) == ({"sequence": 7, "detail": THEIRS}, "household 13")
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, both, HOUSEHOLD)
    assert kept == first


def test_a_guest_at_a_household_s_door_is_parted_from_it() -> None:
    passage = GRANTED | {"subject": THEIRS}
    first, second = stored(AT_HOME, codes.DOOR, messages.EVENT, passage, HOUSEHOLD, NEIGHBOURS)
    assert (first.fields, first.subject) == (GRANTED, "household 12")
    assert (second.fields, second.subject) == ({"sequence": 7, "subject": THEIRS}, "household 13")


def test_duress_is_told_whoever_consents() -> None:
    duress = GRANTED | {"code": codes.DURESS, "subject": OURS}
    (kept,) = stored(SHARED, codes.DOOR, messages.EVENT, duress)
    assert (kept.fields, kept.subject) == (duress, "household 12")


def test_events_of_a_log_chunk_are_those_that_the_device_wrote() -> None:
    store, actions = MemoryStore(), list[object]()
    log = EventLog(store, actions, 100)  # type: ignore[arg-type]
    for code, subject, detail in (
        (codes.GRANTED, OURS, THEIRS),
        (codes.FORCED, None, None),
        (codes.DENIED_EXPIRED, 0, 0),
        (codes.TAMPER, None, 5),
    ):
        log.append(code, TIME, subject, detail)
    log.forward()
    records = b"".join(store.read(LOG, index) or b"" for index in range(4))
    sent = [action.fields for action in actions if isinstance(action, Send)]
    assert list(events_in({"log": codes.EVENT_LOG, "first": 0, "records": records})) == sent


def test_a_chunk_of_the_event_log_is_stored_as_its_events() -> None:
    record = struct.pack(">IIIHBB", TIME, OURS, 0, 0, codes.GRANTED, 1)
    other = struct.pack(">IIIHBB", TIME, 0, 0, 0, codes.FORCED, 0)
    chunk = {"log": codes.EVENT_LOG, "first": 7, "records": record + other + b"cut"}
    first, second = stored(SHARED, codes.DOOR, messages.LOG_CHUNK, chunk, HOUSEHOLD)
    assert first == Kept(
        messages.EVENT,
        GRANTED | {"subject": OURS},
        Sensitivity.PERSONAL,
        "household 12",
        DOORS.days,
    )
    assert second.fields == {"sequence": 8, "time": TIME, "code": codes.FORCED}
    assert second.subject is None


def values(field: Field) -> st.SearchStrategy[int | bytes]:
    if field.holds is int:
        small = st.integers(max(field.least, 0), min(field.greatest, 260))
        return small | st.integers(field.least, field.greatest)
    return st.binary(min_size=field.least, max_size=min(field.greatest, 64))


@st.composite
def any_message(draw: st.DrawFn) -> tuple[int, Fields]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    row = KINDS[kind]
    fields: Fields = {}
    for at, (name, field) in enumerate(row.fields.items()):
        if at < row.required or draw(st.booleans()):
            fields[name] = draw(values(field))
    return kind, fields


devices = st.sampled_from([AT_HOME, SHARED, NOWHERE])
device_kinds = st.sampled_from([None, *range(1, 7)])


@given(any_message(), devices, device_kinds, st.lists(st.sampled_from([HOUSEHOLD, NEIGHBOURS])))
def test_whatever_comes_only_what_came_is_stored_and_consent_only_adds(
    message: tuple[int, Fields], device: int, device_kind: int | None, agreed: list[int]
) -> None:
    kind, fields = message
    kept = stored(device, device_kind, kind, fields, *agreed)
    less = stored(device, device_kind, kind, fields)
    if kind != messages.LOG_CHUNK:
        for each in kept:
            assert each.fields.items() <= fields.items()
        told = [set(each.fields) - {"sequence"} for each in kept]
        assert sum(map(len, told)) == len(set().union(*told)), "no field is stored twice"
        assert {name for each in less for name in each.fields} <= {
            name for each in kept for name in each.fields
        }
    for each in kept:
        assert (each.subject is None) == (each.sensitivity <= Sensitivity.INTERNAL)
        if device == AT_HOME and each.subject:
            assert not each.subject.startswith("device")


def test_records_are_sealed_by_their_class() -> None:
    vault = Vault(MemoryStore(), bytes(16), os.urandom)
    keep = Keeping(vault, homes(), consents(HOUSEHOLD), {AT_HOME: codes.METER}.get)
    (record,) = keep(AT_HOME, messages.READINGS, READINGS, 5)
    assert (record.time_us, record.kind, record.device) == (5, "message", AT_HOME)
    assert record.key == vault.key_of("household 12", BILLING.days, 5)
    body = vault.body(record)
    assert body is not None and b"readings" in body
    assert json.loads(body) == {"message": "readings", **READINGS, "deltas": "010080"}
    (record,) = keep(SHARED, messages.READINGS, READINGS, 5)
    assert record.key == 0
    assert keep(AT_HOME, messages.EVENT, GRANTED, 5) == [], "a meter grants nothing"
