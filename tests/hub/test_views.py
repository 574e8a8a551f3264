"""What people ask of the log: the same from tables kept up and made anew, and after an erasure."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from linli_hub.campaigns import CAMPAIGN
from linli_hub.configuration import Configuration
from linli_hub.core.hub import incident_facts
from linli_hub.live.running import RunningSite
from linli_hub.people import Operation, history
from linli_hub.people.proposal_records import (
    APPROVED,
    DONE,
    PROPOSED,
    WITHDRAWN,
    approved,
    done,
    proposed,
)
from linli_hub.privacy import CONSENT, HOLDER, PLACED, Purpose, consent
from linli_hub.registry import ENROLLED
from linli_hub.site import PROJECTIONS, Site
from linli_hub.storage import Database
from linli_hub.views.audit import audit
from linli_hub.views.doors import passages
from linli_hub.views.fleet import fleet
from linli_hub.views.incidents import incidents
from linli_hub.views.meters import daily, hourly, meters
from linli_hub.views.opening import opened
from linli_hub.views.risks import SERVING
from linli_protocol import codes, deltas, messages
from linli_protocol.access_list import ADD, Credential, card_token
from linli_protocol.bearer import Bearer
from linli_protocol.types import Fields

WAIT_S = 20
METER, BUTTON, HOME_DOOR, FRONT_DOOR, OTHER_METER = 1, 2, 3, 4, 5
HOME, OTHER = 12, 13
HOLDER_HERE, HOLDER_THERE = 314_159_265, 7
NOON_S = 1_800_000_000
START_US = NOON_S * 1_000_000
ZONE = timezone(timedelta(hours=8))


class Community:
    """A site with two homes and a door that they share; each record is a second later."""

    def __init__(self, address: str, folder: Path) -> None:
        self.configuration = Configuration(
            database=address,
            archive=folder / "archive",
            community_key=folder / "community.key",
            master_key=folder / "master.key",
        )
        for key in (self.configuration.community_key, self.configuration.master_key):
            key.touch(0o600)
            key.write_text("00" * 16)
        self.now_us = START_US
        self.open()

    def open(self) -> None:
        self.site = Site(self.configuration)
        self.site.journal.start([self.site.keeper])

    def serve(self) -> RunningSite:
        """Close the site and open it as one that serves."""
        self.site.close()
        self.site = Site(self.configuration)
        return RunningSite(self.site)

    def open_anew(self) -> None:
        """Close the site and open it with all tables made from the log."""
        self.site.close()
        self.site = Site(self.configuration)
        self.site.keeper.rebuild(self.site.database)
        self.site.journal.start([self.site.keeper])

    def tell(self, kind: str, /, **body: Any) -> None:
        self.now_us += 1_000_000
        self.site.tell(kind, body, self.now_us)

    def hear(self, device: int, kind: int, /, **fields: Any) -> None:
        self.now_us += 1_000_000
        heard: Fields = fields
        for record in self.site.keep(device, kind, heard, self.now_us):
            self.site.journal.add(record)

    def settle_in(self) -> None:
        """Enrol and place all devices, give cards to both households, and have them consent."""
        kinds = {
            METER: ("meter", HOME),
            BUTTON: ("panic", HOME),
            HOME_DOOR: ("door", HOME),
            FRONT_DOOR: ("door", None),
            OTHER_METER: ("meter", OTHER),
        }
        for device, (kind, household) in kinds.items():
            self.tell(ENROLLED, device=device, kind=kind, generation=0, ways=["tcp"], by="lin")
            self.tell(PLACED, device=device, household=household, place="hemu/3/5", by="lin")
        self.tell(HOLDER, holder=HOLDER_HERE, household=HOME, by="lin")
        self.tell(HOLDER, holder=HOLDER_THERE, household=OTHER, by="lin")
        for household in (HOME, OTHER):
            for purpose in Purpose:
                self.tell(CONSENT, **consent(household, purpose, True, "li", "signed form"))

    def consent(self, household: int, purpose: Purpose, given: bool) -> None:
        self.tell(CONSENT, **consent(household, purpose, given, "li", "at the desk"))

    def erase(self, household: int) -> None:
        self.now_us += 1_000_000
        asyncio.run(self.site.erase(household, "wang", "asked at the desk", self.now_us))

    def ask(self, query: Any, *arguments: Any, **named: Any) -> Any:
        assert self.site.journal.wait(self.site.journal.position, WAIT_S)
        with self.site.database.reading() as transaction:
            return query(transaction, *arguments, **named)

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table: sorted(self.ask(_rows, table), key=repr)
            for projection in PROJECTIONS
            for table in projection.tables
        }


def _rows(transaction: Any, table: str) -> list[tuple[Any, ...]]:
    return list(transaction.query(f"SELECT * FROM {table}"))


@pytest.fixture
def here(address: str, tmp_path: Path) -> Iterator[Community]:
    made = Community(address, tmp_path)
    made.settle_in()
    yield made
    made.site.close()


def event(
    sequence: int, code: int, subject: int | None = None, detail: int | None = None
) -> Fields:
    fields: Fields = {"sequence": sequence, "time": NOON_S + sequence, "code": code}
    for name, value in (("subject", subject), ("detail", detail)):
        if value is not None:
            fields[name] = value
    return fields


def raise_alarm(here: Community, incident: int = 1) -> int:
    """Press the button; return the row of the log that tells of it."""
    here.hear(BUTTON, messages.ALARM, incident=incident, time=NOON_S, cause=codes.FALL, presses=173)
    row: int = here.ask(incidents, limit=1)[0].alarm
    return row


def handle(here: Community, row: int, state: int, by: str, grade: int | None = None) -> None:
    here.now_us += 1_000_000
    raised = here.site.alarm(row)
    assert raised is not None
    here.site.tell_incident(raised, state, by, here.now_us, grade)


def use_water(here: Community, device: int = METER) -> None:
    here.hear(
        device,
        messages.READINGS,
        time=NOON_S,
        volume_l=1000,
        deltas=deltas.encode([3, 0, 5]),
    )
    here.hear(device, messages.READING, time=NOON_S + 1, volume_l=1001, flags=0, battery_mv=3600)


# Incidents.


def test_an_alarm_is_followed_from_raised_to_closed(here: Community) -> None:
    row = raise_alarm(here)
    [waiting] = here.ask(incidents, only_open=True)
    assert (waiting.device, waiting.state, waiting.steps) == (BUTTON, 0, ())
    handle(here, row, codes.RECEIVED, "wang")
    handle(here, row, codes.RECEIVED, "late")
    handle(here, row, codes.HELP_COMING, "wang", grade=1)
    assert [each.state for each in here.ask(incidents, only_open=True)] == [codes.HELP_COMING]
    handle(here, row, codes.CLOSED, "zhao")
    assert here.ask(incidents, only_open=True) == []
    [closed] = here.ask(incidents)
    assert [(step.state, step.by) for step in closed.steps] == [
        (codes.RECEIVED, "wang"),
        (codes.HELP_COMING, "wang"),
        (codes.CLOSED, "zhao"),
    ]
    assert closed.grade == 1
    assert closed.raised_us < closed.steps[0].time_us < closed.steps[2].time_us


def test_what_an_alarm_says_is_in_no_table_and_opens_from_the_log(here: Community) -> None:
    row = raise_alarm(here, incident=271_828)
    told = here.site.alarm(row)
    assert told is not None
    assert told.body["cause"] == codes.FALL
    assert told.body["incident"] == 271_828
    assert "271828" not in repr(here.tables())
    assert here.site.alarm(row - 1) is None


def test_incidents_come_in_pages(here: Community) -> None:
    rows = [raise_alarm(here, number) for number in range(5)]
    first = here.ask(incidents, limit=2)
    assert [each.alarm for each in first] == [rows[4], rows[3]]
    assert [each.alarm for each in here.ask(incidents, before=rows[3])] == rows[2::-1]


# Doors.


def test_a_passage_has_who_and_why(here: Community) -> None:
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_HERE))
    here.hear(FRONT_DOOR, messages.EVENT, **event(1, codes.DENIED_UNKNOWN, 0xABCD))
    here.hear(FRONT_DOOR, messages.EVENT, **event(2, codes.GRANTED, HOLDER_THERE, HOLDER_HERE))
    both, denied, granted = here.ask(passages)
    assert (granted.holders, granted.code, granted.time_us) == (
        (HOLDER_HERE,),
        codes.GRANTED,
        START_US,
    )
    assert (denied.holders, denied.subject) == ((), 0xABCD)
    assert both.holders == (HOLDER_THERE, HOLDER_HERE)
    assert here.ask(passages, device=HOME_DOOR) == []


def test_what_a_chunk_repeats_is_there_once(here: Community) -> None:
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_HERE))
    records = bytearray()
    for sequence in (0, 1):
        records += (NOON_S + sequence).to_bytes(4, "big") + HOLDER_HERE.to_bytes(4, "big")
        records += bytes(6) + bytes([codes.GRANTED, 1])
    chunk = {"log": codes.EVENT_LOG, "first": 0, "records": bytes(records)}
    here.hear(FRONT_DOOR, messages.LOG_CHUNK, **chunk)
    assert [each.sequence for each in here.ask(passages)] == [1, 0]
    assert all(each.holders == (HOLDER_HERE,) for each in here.ask(passages))


def test_a_door_that_counts_anew_repeats_nothing(here: Community) -> None:
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_HERE))
    later = event(0, codes.GRANTED, HOLDER_HERE) | {"time": NOON_S + 20}
    here.hear(FRONT_DOOR, messages.EVENT, **later)
    assert len(here.ask(passages)) == 2


def test_a_withdrawn_consent_hides_who_went_in_before(here: Community) -> None:
    for sequence, holder in enumerate((HOLDER_HERE, HOLDER_THERE)):
        here.hear(FRONT_DOOR, messages.EVENT, **event(sequence, codes.GRANTED, holder))
    here.hear(FRONT_DOOR, messages.EVENT, **event(2, codes.DENIED_PIN, HOLDER_HERE))
    here.consent(HOME, Purpose.DOOR_HISTORY, False)
    # Who is turned away is told without consent.
    assert [each.holders for each in here.ask(passages)] == [
        (HOLDER_HERE,),
        (HOLDER_THERE,),
        (),
    ]
    here.consent(HOME, Purpose.DOOR_HISTORY, True)
    assert here.ask(passages)[2].holders == (HOLDER_HERE,)


def test_a_card_that_moved_is_of_the_household_that_it_was_of(here: Community) -> None:
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_HERE))
    here.tell(HOLDER, holder=HOLDER_HERE, household=OTHER, by="lin")
    here.consent(HOME, Purpose.DOOR_HISTORY, False)
    assert here.ask(passages)[0].holders == ()
    here.erase(OTHER)
    here.open_anew()
    assert here.site.homes.of_holder(HOLDER_HERE) is None


# Meters.


def test_a_meter_has_its_register_and_what_was_used_by_the_hour(here: Community) -> None:
    use_water(here)
    [meter] = here.ask(meters)
    assert (meter.device, meter.time_s, meter.volume_ml) == (METER, NOON_S + 1, 1_001_000)
    uses = here.ask(hourly, METER, NOON_S - 3 * 3600, NOON_S)
    assert [each.volume_ml for each in uses] == [3000, 0, 5000]
    assert uses[-1].end_s == NOON_S
    assert uses[0].begin_s == NOON_S - 3 * 3600
    assert here.ask(hourly, METER, NOON_S - 3600, NOON_S) == uses[2:]


def test_use_by_the_hour_is_shown_with_the_consent_it_was_stored_with(here: Community) -> None:
    use_water(here)
    here.consent(HOME, Purpose.CONSUMPTION_PROFILE, False)
    assert here.ask(hourly, METER, 0, NOON_S) == []
    assert len(here.ask(meters)) == 1
    # Whoever has the meter now has nothing to say about what was used before.
    here.tell(PLACED, device=METER, household=OTHER, place="hemu/3/6", by="lin")
    assert here.ask(hourly, METER, 0, NOON_S) == []
    here.open_anew()
    assert here.ask(hourly, METER, 0, NOON_S) == []
    here.consent(HOME, Purpose.CONSUMPTION_PROFILE, True)
    assert len(here.ask(hourly, METER, 0, NOON_S)) == 3


def frozen(*registers: tuple[int, int]) -> bytes:
    return b"".join(
        time_s.to_bytes(4, "big") + ml.to_bytes(6, "big") + bytes(6) for time_s, ml in registers
    )


def test_hours_that_were_fetched_again_count_once(here: Community) -> None:
    use_water(here)
    records = frozen((NOON_S - 7200, 994_500), (NOON_S - 3600, 994_900), (NOON_S, 1_000_200))
    chunk = {"log": codes.HOURLY_REGISTERS, "first": 0, "records": records}
    here.hear(METER, messages.LOG_CHUNK, **chunk)
    uses = here.ask(hourly, METER, NOON_S - 3 * 3600, NOON_S)
    assert [each.volume_ml for each in uses] == [3000, 400, 5300]


def test_days_are_local_and_another_meter_begins_anew(here: Community) -> None:
    midnight = NOON_S - NOON_S % 86_400 + 16 * 3600
    registers = [(midnight, 100), (midnight + 43_200, 150), (midnight + 86_400, 400)]
    registers += [(midnight + 3 * 86_400, 900), (midnight + 4 * 86_400, 10)]
    here.now_us = (midnight + 5 * 86_400) * 1_000_000
    for time_s, volume_l in registers:
        here.hear(METER, messages.READING, time=time_s, volume_l=volume_l, flags=0)
    days = here.ask(daily, METER, midnight, midnight + 5 * 86_400, ZONE)
    assert [(each.begin_s, each.end_s, each.volume_ml) for each in days] == [
        (midnight, midnight + 86_400, 300_000),
        (midnight + 86_400, midnight + 3 * 86_400, 500_000),
    ]


def test_a_leak_is_there_from_its_begin_to_its_end(here: Community) -> None:
    def leaking(time_s: int, flags: int) -> None:
        here.hear(METER, messages.READING, time=time_s, volume_l=5, flags=flags)

    leaking(NOON_S, codes.FLAG_LEAK)
    leaking(NOON_S + 1, codes.FLAG_LEAK | codes.FLAG_BURST)
    assert here.ask(meters)[0].conditions == {
        "leak": START_US,
        "burst": START_US + 1_000_000,
    }
    here.hear(METER, messages.EVENT, **event(2, codes.LEAK_ENDED))
    # What comes late changes nothing.
    leaking(NOON_S, codes.FLAG_LEAK)
    assert list(here.ask(meters)[0].conditions) == ["burst"]


# Fleet.


def test_a_device_has_its_newest_figures_and_faults(here: Community) -> None:
    hello = {"device_kind": codes.DOOR, "boots": 3, "reset_cause": codes.WATCHDOG}
    here.hear(FRONT_DOOR, messages.HELLO, firmware=7, **hello)
    here.hear(FRONT_DOOR, messages.HEALTH, time=NOON_S + 1, battery_mv=3200, restarts=2)
    here.hear(FRONT_DOOR, messages.UPDATE_STATUS, image=9, offset=512, state=1)
    here.hear(FRONT_DOOR, messages.EVENT, **event(2, codes.MAINS_FAILED))
    here.hear(FRONT_DOOR, messages.EVENT, **event(3, codes.BATTERY_LOW))
    here.hear(FRONT_DOOR, messages.EVENT, **event(4, codes.MAINS_RESTORED))
    door = {each.enrolment.device: each for each in here.ask(fleet)}[FRONT_DOOR]
    assert door.heard_us == here.now_us
    assert door.faults == {"battery low": START_US + 3_000_000}
    expected = {"firmware": 7, "boots": 3, "battery_mv": 3200, "restarts": 2}
    assert expected.items() <= door.figures.items()
    assert {"update_image": 9, "update_offset": 512, "update_state": 1}.items() <= (
        door.figures.items()
    )


def test_the_fleet_tells_nothing_of_a_household(here: Community) -> None:
    here.hear(HOME_DOOR, messages.EVENT, **event(0, codes.TAMPER))
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.TAMPER))
    found = {each.enrolment.device: each.faults for each in here.ask(fleet)}
    assert found[HOME_DOOR] == {}
    assert list(found[FRONT_DOOR]) == ["tamper"]


def test_a_device_that_was_never_heard_is_there(here: Community) -> None:
    assert len(here.ask(fleet)) == 5
    assert all(each.heard_us is None for each in here.ask(fleet))


# Audit.


def test_the_audit_has_who_did_and_saw_what(here: Community) -> None:
    here.site.tell_access("wang", "meters", "household 12", here.now_us)
    row = raise_alarm(here)
    handle(here, row, codes.RECEIVED, "wang")
    access, incident, meters_seen = here.ask(audit, by="wang")
    assert (access.kind, access.told["what"]) == ("access", "incident")
    assert (incident.kind, incident.told) == ("incident", None)
    assert meters_seen.told == {"by": "wang", "what": "meters", "about": "household 12"}
    event = here.ask(opened, here.site.vault, incident.number)
    assert event.body["state"] == codes.RECEIVED
    assert {each.kind for each in here.ask(audit, by="li")} == {"consent"}


def test_the_audit_has_no_secrets_and_comes_in_pages(here: Community) -> None:
    here.tell("person", name="wang", role="operator", password="$scrypt$", by="lin")
    assert "scrypt" not in repr(here.ask(audit))
    found, before = [], None
    while page := here.ask(audit, before=before, limit=3):
        found += page
        before = page[-1].number
    assert found == here.ask(audit)
    assert len(found) > 10


# Proposals.


def test_proposals_wait_through_a_restart(here: Community) -> None:
    proposals = here.site.proposals
    for reason in ("locked out", "burst", "mistake"):
        made = proposals.propose(Operation.VALVE, {"device": 7}, "lin", reason, here.now_us)
        here.site.tell(PROPOSED, proposed(made), here.now_us)
    proposals.approve(1, "chen", here.now_us)
    here.site.tell(APPROVED, approved(1, "chen"), here.now_us + 1)
    here.site.tell(DONE, done(1, "closed"), here.now_us + 2)
    proposals.withdraw(3, here.now_us)
    here.site.tell(WITHDRAWN, approved(3, "lin"), here.now_us)
    here.open_anew()
    assert here.site.proposals.waiting(here.now_us) == proposals.waiting(here.now_us)
    again = here.site.proposals.propose(Operation.VALVE, {}, "lin", "again", here.now_us)
    assert again.number == 4
    withdrawn, waiting, finished = here.ask(history)
    assert (finished.state, finished.by, finished.outcome) == (DONE, "chen", "closed")
    assert finished.proposal.arguments == {"device": 7}
    assert (waiting.state, waiting.by) == (PROPOSED, None)
    assert (withdrawn.state, withdrawn.by) == (WITHDRAWN, "lin")
    assert [each.proposal.number for each in here.ask(history, before=2)] == [1]


# All of them.


def live(here: Community) -> None:
    """Let something happen that every table has."""
    use_water(here)
    use_water(here, OTHER_METER)
    row = raise_alarm(here)
    handle(here, row, codes.RECEIVED, "wang")
    here.hear(FRONT_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_THERE, HOLDER_HERE))
    here.hear(HOME_DOOR, messages.EVENT, **event(0, codes.GRANTED, HOLDER_HERE))
    here.hear(HOME_DOOR, messages.EVENT, **event(1, codes.FORCED))
    here.site.tell(SERVING, {"last_us": 0}, here.now_us)
    card = Credential(card_token(26, 1, 2), HOLDER_HERE)
    here.site.lists.publish(FRONT_DOOR, [(ADD, card)], "lin", here.now_us)
    update = {"campaign": 1, "bundle": "", "kind": "door", "version": 2, "devices": [FRONT_DOOR]}
    here.site.tell(CAMPAIGN, {**update, "pace": {}, "by": "lin"}, here.now_us)
    made = here.site.proposals.propose(Operation.VALVE, {}, "lin", "burst", here.now_us)
    position = here.site.tell(PROPOSED, proposed(made), here.now_us)
    assert here.site.journal.wait(position, WAIT_S)


def test_tables_made_anew_are_the_same(here: Community) -> None:
    live(here)
    before = here.tables()
    here.open_anew()
    assert here.tables() == before
    assert all(before[table] for projection in PROJECTIONS[2:] for table in projection.tables)


def test_an_erased_household_is_in_no_table(here: Community) -> None:
    live(here)
    here.erase(HOME)
    kept = here.tables()
    for table in ("incidents", "incident_steps"):
        assert kept[table] == []
    assert "314159265" not in repr(kept)
    assert f"{HOLDER_HERE:08x}" not in repr(kept)
    assert [each.device for each in here.ask(meters)] == [OTHER_METER]
    [passage] = here.ask(passages)
    assert passage.holders == (HOLDER_THERE,)
    # Who did what stays, but for what it was about.
    trail = [each.kind for each in here.ask(audit)[:4]]
    assert trail == ["erasure", "access list", "proposal", "campaign"]
    [access] = here.ask(audit, by="wang", kind="access")
    assert access.told["what"] == "incident"
    here.open_anew()
    anew = here.tables()
    # Of the newest only, an older one of somebody else's takes the place.
    assert set(kept.pop("fleet")) < set(anew.pop("fleet"))
    assert anew == kept


def test_an_erased_household_has_no_incidents_among_the_facts(here: Community) -> None:
    name = f"{BUTTON:08x}.0/incidents"
    here.site.journal.put(name, bytes(7))
    here.site.journal.put(f"{METER:08x}.0/counter", b"1")
    here.erase(HOME)
    assert here.site.journal.get(name) is None
    assert here.site.journal.get(f"{METER:08x}.0/counter") == b"1"


def test_a_running_site_tells_the_button_and_forgets_it_with_its_household(here: Community) -> None:
    async def run() -> None:
        running = here.serve()
        running.engine.enrol(BUTTON, [Bearer("tcp", 240)])
        core = running.engine.core
        heard = {"incident": 1, "time": NOON_S, "cause": codes.FALL}
        core.peers[BUTTON].incidents.report(heard)
        raised = here.site.alarm(raise_alarm(here))
        assert raised is not None
        running.handle_incident(raised, codes.HELP_COMING, "wang")
        assert [each.state for each in core.incidents()] == [codes.HELP_COMING]
        assert here.ask(incidents)[0].state == codes.HELP_COMING
        await running.erase(HOME, "wang", "asked at the desk")
        assert list(core.incidents()) == []
        with pytest.raises(KeyError):
            running.handle_incident(raised, codes.CLOSED, "wang")

    asyncio.run(run())
    assert not any(here.site.journal.get(name) for name in incident_facts(BUTTON))


def test_a_holder_is_told_under_the_household_s_key(here: Community) -> None:
    def bodies(database: Database) -> bytes:
        with database.reading() as transaction:
            found = transaction.query("SELECT body, data_key FROM log WHERE kind = 'holder'")
        assert all(key for _, key in found)
        return b"".join(bytes(body) for body, _ in found)

    here.tell(HOLDER, holder=99, household=None, by="lin")
    here.ask(fleet)
    assert b"holder" not in bodies(here.site.database)
    assert json.dumps(HOLDER_HERE).encode() not in bodies(here.site.database)
    here.open_anew()
    assert here.site.homes.of_holder(HOLDER_HERE) == HOME
    assert here.site.homes.of_holder(99) is None
