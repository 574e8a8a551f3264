"""What pages show of what the desk returns."""

import pytest

from linli_hub.core.updates import Fate
from linli_hub.desk import CallForHelp, Held, SiteState, Update
from linli_hub.people import Entry, Operation, Person, Proposal, Role
from linli_hub.people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED
from linli_hub.people.proposals import LIFETIME_US
from linli_hub.privacy import Purpose
from linli_hub.privacy.consent import Word
from linli_hub.privacy.homes import Placement
from linli_hub.registry import Enrolment
from linli_hub.risk.indicators import INDICATORS, Reading
from linli_hub.views.audit import Deed
from linli_hub.views.doors import Passage
from linli_hub.views.fleet import Member
from linli_hub.views.incidents import Incident, Step
from linli_hub.views.meters import Meter
from linli_hub.web.pages.shown import (
    calls,
    campaigns,
    decisions,
    deeds,
    holdings,
    members,
    paging,
    passages,
    published,
    purposes,
    radar,
    registers,
    state,
    typed,
)
from linli_protocol import codes, words
from linli_protocol.access_list import ALWAYS

MIN_US = 60_000_000
HOUR_US = 60 * MIN_US
NOW_US = 1_800_000_000_000_000


def called(*steps: Step, ago_us: int = MIN_US, grade: int | None = None) -> calls.Call:
    incident = Incident(7, 0x2A, NOW_US - ago_us, grade, steps)
    return calls.call(CallForHelp(incident, codes.FALL, 2, {}, "a/1/2/3"), NOW_US)


def step(state_: int, ago_us: int) -> Step:
    return Step(state_, NOW_US - ago_us, "wang")


def test_a_new_call_is_urgent_and_can_be_acknowledged_with_one_key() -> None:
    call = called()
    assert (call.level, call.sign, call.is_open) == ("raised", "bad", True)
    assert (call.device, call.place, call.cause, call.presses) == ("0000002a", "a/1/2/3", "fall", 2)
    assert [(each.name, each.key) for each in call.actions] == [
        ("acknowledge", "a"),
        ("coming", "e"),
    ]
    (clock,) = call.clocks
    assert (clock.name, clock.verdict) == (calls.HELP, "running")
    assert clock.due_us == NOW_US + 14 * MIN_US


def test_what_has_been_done_is_not_offered_again() -> None:
    assert [each.name for each in called(step(codes.RECEIVED, 1)).actions] == ["coming"]
    assert called(step(codes.HELP_COMING, 1)).actions == ()


def test_the_clock_of_help_stops_when_help_is_on_the_way() -> None:
    met = called(step(codes.HELP_COMING, 30_000_000))
    assert [(each.verdict, each.is_running) for each in met.clocks] == [("met", False)]
    late = called(step(codes.HELP_COMING, MIN_US), ago_us=20 * MIN_US)
    assert [(each.verdict, each.is_running) for each in late.clocks] == [("missed", False)]


def test_a_clock_that_has_run_out_runs_on_until_it_is_stopped() -> None:
    (clock,) = called(ago_us=20 * MIN_US).clocks
    assert (clock.verdict, clock.is_running) == ("missed", True)
    (nearly,) = called(ago_us=13 * MIN_US).clocks
    assert nearly.verdict == "soon"


def test_a_grade_brings_its_clock_which_closing_stops() -> None:
    _, clock = called(grade=2, ago_us=HOUR_US).clocks
    assert (clock.name, clock.due_us, clock.verdict) == ("core back", NOW_US + HOUR_US, "running")
    done = called(step(codes.CLOSED, 0), grade=2, ago_us=HOUR_US)
    assert [each.verdict for each in done.clocks] == ["missed", "met"]
    assert not done.is_open


def test_an_erased_alarm_says_neither_cause_nor_presses() -> None:
    incident = Incident(7, 0x2A, NOW_US, None, ())
    call = calls.call(CallForHelp(incident, None, None, {}, None), NOW_US)
    assert (call.cause, call.presses, call.place) == (None, None, None)


def test_who_waits_longest_unheard_comes_first() -> None:
    heard, new, old = called(step(codes.RECEIVED, 1)), called(), called(ago_us=9 * MIN_US)
    assert calls.urgent_first([heard, new, old]) == [old, new, heard]
    assert calls.waiting([heard, new, old]) == 2


def passage(code: int, holders: tuple[int, ...] = (), subject: int | None = None) -> Passage:
    return Passage(1, 0x11, 1, NOW_US, code, subject, None, holders)


def test_a_passage_names_its_holder_only_with_consent() -> None:
    named = passages.row(passage(codes.GRANTED, (104,)), {0x11: "a/1"})
    assert (named.holders, named.is_hidden, named.place) == ((104,), False, "a/1")
    hidden = passages.row(passage(codes.GRANTED), {})
    assert (hidden.holders, hidden.is_hidden) == ((), True)


def test_an_unknown_card_is_marked_and_a_forced_door_is_nobodys() -> None:
    unknown = passages.row(passage(codes.DENIED_UNKNOWN, subject=0xABC12345), {})
    assert (unknown.card, unknown.is_hidden, unknown.level) == ("abc12345", False, "watch")
    forced = passages.row(passage(codes.FORCED), {})
    assert (forced.card, forced.is_hidden, forced.level) == (None, False, "bad")


def test_passages_are_found_by_how_they_came_out() -> None:
    found = [passage(code) for code in (codes.GRANTED, codes.DENIED_PIN, codes.FORCED)]
    by_outcome = {
        outcome: [each.code for each in passages.of_outcome(found, outcome)]
        for outcome in passages.OUTCOMES
    }
    assert by_outcome == {
        "all": [codes.GRANTED, codes.DENIED_PIN, codes.FORCED],
        "granted": [codes.GRANTED],
        "denied": [codes.DENIED_PIN],
        "alarms": [codes.FORCED],
    }


PLACED = {0x22: Placement(0x22, 12, "a/1/2/3"), 0x23: Placement(0x23, None, "a")}
METERS = [
    Meter(0x22, 1_800_000_000, 5_000_000, {}),
    Meter(0x23, 1_800_000_000, 6_000_000, {"battery low": 1, "leak": 2}),
    Meter(0x24, 1_800_000_000, 7_000_000, {"battery low": 1}),
]


def test_meters_with_something_wrong_come_first_the_worst_before_the_others() -> None:
    rows = registers.rows(METERS, PLACED)
    assert [each.device for each in rows] == ["00000023", "00000024", "00000022"]
    assert [each.name for each in rows[0].conditions] == ["leak", "battery low"]
    assert rows[0].level == "bad"


def test_meters_are_found_by_address_or_place() -> None:
    assert [each.device for each in registers.rows(METERS, PLACED, "A/1/2")] == ["00000022"]
    assert [each.device for each in registers.rows(METERS, PLACED, "24")] == ["00000024"]
    assert len(registers.rows(METERS, PLACED, only_wrong=True)) == 2


def test_why_use_by_the_hour_is_not_shown() -> None:
    assert registers.hidden(PLACED[0x22], False) == "hidden_consent"
    assert registers.hidden(PLACED[0x22], True) is None
    assert registers.hidden(PLACED[0x23], False) is None
    assert registers.hidden(None, False) == "hidden_unplaced"


def member(device: int, heard_us: int | None = NOW_US, **told: int) -> Member:
    faults = {"battery low": told.pop("fault")} if "fault" in told else {}
    return Member(Enrolment(device, "meter", 0, ("tcp",)), heard_us, told, faults)


FLEET = [
    member(1, firmware=2, update_state=codes.UPDATE_RUNNING),
    member(2, fault=5, firmware=1, battery_mv=2950),
    member(3, None),
    member(4, firmware=2, update_state=codes.UPDATE_RECEIVING, update_offset=4_200),
]


def fleet(**query: str) -> list[members.Row]:
    return members.rows(FLEET, {}, members.Query(**query), NOW_US)


def test_faulty_devices_come_first_then_quiet_ones() -> None:
    rows = fleet()
    assert [each.device[-1] for each in rows] == ["2", "3", "1", "4"]
    assert [each.level for each in rows] == ["bad", "watch", "", ""]
    assert rows[0].battery == "2.95 V"


def test_devices_are_found_by_their_state() -> None:
    assert [each.device[-1] for each in fleet(only="faulty")] == ["2"]
    assert [each.device[-1] for each in fleet(only="quiet")] == ["3"]
    (updating,) = fleet(only="updating")
    assert (updating.device[-1], updating.update, updating.progress) == ("4", "receiving", "4 kB")
    assert fleet(kind="door") == []


def test_versions_and_updates_are_counted() -> None:
    assert [(each.firmware, each.devices, each.of) for each in members.versions(FLEET)] == [
        (2, 2, 3),
        (1, 1, 3),
    ]
    assert [(each.name, each.devices) for each in members.updates(FLEET)] == [
        ("receiving", 1),
        ("running, confirmed", 1),
    ]


def test_the_overview_shows_troubles_and_what_the_role_may_see() -> None:
    shown = SiteState(NOW_US, {"meter": 4}, 3, 1, None, 2, {"disk": "1 MB left"})
    glance = state.glance(shown, FLEET)
    assert [each.name for each in glance.tiles] == ["waiting", "heard_now", "quiet", "faults"]
    assert [(each.name, each.text) for each in glance.troubles] == [("disk", "1 MB left")]
    assert [(each.devices, each.heard, each.faulty) for each in glance.kinds] == [(4, 3, 1)]
    assert (len(glance.recently), glance.recently[-1].devices) == (24, 3)
    calls_open = state.glance(SiteState(NOW_US, {}, 0, 0, 1, None, {}), [])
    assert calls_open.tiles[0].level == "bad"


def entry(state_: str = PROPOSED, **settled: object) -> Entry:
    proposal = Proposal(3, Operation.DOOR_RELEASE, {"device": 0x11}, "wang", "fire", NOW_US)
    if "operation" in settled:
        proposal = Proposal(3, Operation.KEY_EXPORT, {"device": 0x11}, "wang", "fire", NOW_US)
    return Entry(proposal, state_, "li", settled.get("at"), "done")  # type: ignore[arg-type]


def person(name: str, role: Role = Role.OPERATOR) -> Person:
    return Person(name, role, "")


def test_nobody_may_approve_their_own_proposal() -> None:
    own = decisions.row(entry(), person("wang"), NOW_US)
    assert (own.may_approve, own.may_withdraw, own.is_own) == (False, True, True)
    other = decisions.row(entry(), person("li"), NOW_US)
    assert (other.may_approve, other.may_withdraw, other.is_own) == (True, True, False)
    auditor = decisions.row(entry(), person("zhao", Role.AUDITOR), NOW_US)
    assert not auditor.may_approve and not auditor.may_withdraw
    assert other.arguments == (("device", "00000011"),)


def test_a_proposal_that_is_too_old_waits_no_more() -> None:
    old = decisions.row(entry(), person("li"), NOW_US + LIFETIME_US)
    assert (old.state, old.may_approve) == (EXPIRED, False)
    approved = decisions.row(entry(APPROVED), person("li"), NOW_US)
    assert decisions.split([old, approved]) == ([], [old, approved])


def test_only_the_proposer_collects_an_export_and_only_for_a_while() -> None:
    done = entry(DONE, operation="key export", at=NOW_US)
    assert decisions.row(done, person("wang"), NOW_US).may_collect
    assert not decisions.row(done, person("li"), NOW_US).may_collect
    assert not decisions.row(done, person("wang"), NOW_US + HOUR_US).may_collect
    assert not decisions.row(entry(DONE, at=NOW_US), person("wang"), NOW_US).may_collect


def test_a_deed_is_told_without_who_did_it_and_devices_by_address() -> None:
    told = {"by": "wang", "device": 42, "arguments": {"device": 43, "state": "open"}, "how": ""}
    row = deeds.row(Deed(1, NOW_US, "wang", "proposal", 42, told))
    assert row.told == (("device", "0000002a"), ("arguments", "0000002b, open"))
    assert row.device == "0000002a"
    assert deeds.row(Deed(1, NOW_US, "wang", "incident", 0, None)).told is None


def test_every_purpose_is_shown_whether_the_household_has_spoken_or_not() -> None:
    said = [Word(Purpose.DOOR_HISTORY, True, "wang", "letter", 5)]
    rows = {each.purpose: each for each in purposes.rows(said)}
    assert set(rows) == set(Purpose)
    assert rows[Purpose.DOOR_HISTORY].how == "letter"
    assert not rows[Purpose.CONSUMPTION_PROFILE].is_given


def test_long_tables_have_pages() -> None:
    rows = list(range(250))
    last = paging.sheet(rows, 9)
    assert (last.number, last.last, last.count) == (3, 3, 250)
    assert last.rows == rows[200:]
    assert paging.sheet([], 1).last == 1


def test_thresholds_lie_on_the_rings_of_the_radar() -> None:
    delay = next(each for each in INDICATORS if each.name == "alarm_delay")
    distances = [
        radar.distance(Reading(delay, value)) for value in (None, 0.0, 2.0, 10.0, 100.0, 1e9)
    ]
    drawing = radar.drawing([Reading(each, None) for each in INDICATORS])
    assert distances[0] == distances[1] < drawing.amber
    assert distances[2:] == [drawing.amber, drawing.red, drawing.rim, drawing.rim]
    assert (len(drawing.spokes), drawing.points) == (12, ())


def test_a_value_that_nobody_knows_is_no_point() -> None:
    readings = [Reading(each, 0.5) for each in INDICATORS]
    assert len(radar.drawing(readings).points) == 12
    row = radar.row(Reading(INDICATORS[0], None))
    assert (row.value, row.level, row.sign) == ("–", "unknown", "")


def test_the_published_list_has_every_event_and_whom_it_names() -> None:
    rows = [row for kind in published.kinds() for table in kind.tables for row in table.rows]
    assert {row.name for row in rows if row.words == "event"} == set(words.EVENTS.values())
    (granted,) = [row for row in rows if row.name == "granted"]
    assert (granted.consent, granted.names) == (
        Purpose.DOOR_HISTORY,
        "the card's holder, by number",
    )
    assert granted.classes == ("personal", "internal")


@pytest.mark.parametrize(
    "text",
    ["0000002a", " 0000002A\n", "0x0000002a", "00:00:00:2a", "0000-002A", "００００００２ａ"],
)
def test_an_address_is_taken_however_it_is_typed_or_pasted(text: str) -> None:
    assert typed.device_address(text) == 0x2A


@pytest.mark.parametrize("text", ["", "2a", "0000002g", "0000002a0", "00000000", "ffffffff"])
def test_what_is_no_address_is_not_guessed_at(text: str) -> None:
    assert typed.device_address(text) is None


def test_a_place_ends_where_no_more_is_known_and_has_no_gaps() -> None:
    assert typed.place("hemu", " 3 ", "12", "1204") == "hemu/3/12/1204"
    assert typed.place("hemu", "3", "", "") == "hemu/3"
    assert typed.place("", "", "", "") == ""
    assert typed.place("hemu", "", "", "1204") is None
    assert typed.place("hemu", "3/12", "", "") is None


def test_a_card_has_the_bounds_that_it_was_given_and_no_others() -> None:
    always = holdings.row(Held(0x11, "08", 7, None, 0, ALWAYS, 0, False, True), {0x11: "hemu/3"})
    assert (always.begin_s, always.end_s, always.place) == (None, None, "hemu/3")
    bounded = holdings.row(Held(0x11, "08", 7, 9, 5, 10, 0, True, False), {})
    assert (bounded.begin_s, bounded.end_s, bounded.place) == (5, 10, None)


@pytest.mark.parametrize(
    ("current", "state", "level"),
    [(True, "there", "good"), (False, "to come", "watch"), (None, "not told", "watch")],
)
def test_a_card_is_there_only_when_the_door_has_said_so(
    current: bool | None, state: str, level: str
) -> None:
    row = holdings.row(Held(0x11, "08", 7, None, 0, ALWAYS, 0, False, current), {})
    assert (row.state, row.level) == (state, level)


def updating(
    *fates: Fate, stopped: bool = False, trouble: str | None = None, ended_us: int | None = None
) -> campaigns.Row:
    by_device = {0x11 + place: fate for place, fate in enumerate(fates)}
    ended_by = None if ended_us is None else "lin"
    return campaigns.row(
        Update(1, "door", 2, "ab", "ian", NOW_US, ended_us, ended_by, by_device, stopped, trouble)
    )


def test_an_update_shows_those_that_failed_first_and_how_many_run() -> None:
    row = updating(Fate.RUNNING, Fate.WAITING, Fate.REFUSED, Fate.RUNNING)
    assert (row.running, row.of, row.is_open) == (2, 4, True)
    assert [(each.name, each.level, each.devices) for each in row.steps] == [
        ("refused", "bad", 1),
        ("waiting", "", 1),
        ("running", "good", 2),
    ]
    assert [each.device for each in row.devices][:2] == ["00000013", "00000012"]


def test_an_update_is_done_when_nothing_follows_for_any_device() -> None:
    assert updating(Fate.RUNNING, Fate.RECEIVING).state == "under way"
    assert updating(Fate.RUNNING, Fate.FAILED).state == "done"
    assert updating(Fate.FAILED, Fate.WAITING, stopped=True).state == "stopped"
    assert updating(trouble="no bundle").state == "hindered"
    ended = updating(ended_us=NOW_US)
    assert (ended.state, ended.is_open, ended.of) == ("ended", False, 0)


def test_every_fate_of_a_device_has_its_place() -> None:
    assert len(updating(*Fate).devices) == len(Fate)
