"""What the pages say: the same in both languages, all of it needed, nothing untranslated."""

import re
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from linli_hub.core.updates import Fate
from linli_hub.desk import Refused
from linli_hub.desk.subject import may_not
from linli_hub.people import Operation, Permission, Person, Role
from linli_hub.people.proposal_records import APPROVED, DONE, EXPIRED, PROPOSED, WITHDRAWN
from linli_hub.privacy import Purpose
from linli_hub.privacy.terms import Sensitivity
from linli_hub.risk.grades import CLOCKS, Grade
from linli_hub.risk.incidents import Verdict
from linli_hub.risk.indicators import INDICATORS, Level
from linli_hub.views import fleet, meters
from linli_hub.web import pages
from linli_hub.web.notices import Kind
from linli_hub.web.pages import formats, wording
from linli_hub.web.pages import meters as meter_pages
from linli_hub.web.pages.navigation import _PAGES
from linli_hub.web.pages.shown import (
    calls,
    campaigns,
    deeds,
    holdings,
    members,
    passages,
    published,
)
from linli_protocol import words

WEB = Path(pages.__file__).parents[1]
HUB = WEB.parent
ZH, EN = (wording.wording(language) for language in ("zh", "en"))
PUBLISHED = published.kinds()
ROWS = [row for kind in PUBLISHED for table in kind.tables for row in table.rows]
# Incidents that begin with no event of a device.
INCIDENTS = {"no service", "alarms late", "attack refused", "call for help"}
VOCABULARY = {
    "notice": set(Kind),
    "permission": set(Permission),
    "role": set(Role),
    "role_may": set(Role),
    "alarm_state": {"raised", "received", "coming", "closed"},
    "alarm_cause": set(words.ALARM_CAUSES.values()),
    "grade": {str(int(grade)) for grade in Grade},
    "clock": {name for clocks in CLOCKS.values() for name in clocks} | {calls.HELP},
    "verdict": {verdict.value for verdict in Verdict} | {"soon"},
    "outcome": set(passages.OUTCOMES),
    "interval": set(meter_pages.INTERVALS),
    "device_kind": set(words.DEVICE_KINDS.values()) | {published.EVERY},
    "fleet": set(members.STATES),
    "place": {"site", "building", "floor", "flat"},
    "held": {state for state, _ in holdings.STATES.values()},
    "campaign": set(campaigns.STATES),
    "fate": {fate.value for fate in Fate},
    "purpose": set(Purpose),
    "purpose_why": set(Purpose),
    "operation": set(Operation),
    "operation_why": set(Operation),
    "argument": {"readings", "passages", "open", "closed", "true", "false"},
    "proposal": {PROPOSED, APPROVED, WITHDRAWN, EXPIRED, DONE},
    "level": {level.value for level in Level},
    "indicator": {each.name for each in INDICATORS},
    "indicator_formula": {each.name for each in INDICATORS},
    "sensitivity": {each.name.lower() for each in Sensitivity},
    "sensitivity_for": {each.name.lower() for each in Sensitivity},
    "published": {table.name for kind in PUBLISHED for table in kind.tables},
    "problem": {"403", "404", "409", "422", "429", "503"},
    "record": set(deeds.KINDS),
    "given": {"true", "false"},
    "condition": set(meters._CONDITIONS),
    "fault": {*fleet._CONDITIONS, *(words.EVENTS[code] for code in fleet._LAPSES)},
    "update_state": set(words.UPDATE_STATES.values()),
    "event": set(words.EVENTS.values()) | INCIDENTS,
    "names": {row.names for row in ROWS if row.names},
    "why": {why for row in ROWS for why in (row.why, row.names_why) if why}
    | {kind.why for kind in PUBLISHED},
    **{
        table: {row.name for row in ROWS if row.words == table}
        for table in ("message", "quantity", "log")
    },
}


def said() -> Iterator[str]:
    """Yield the keys of texts that templates and pages name outright."""
    for path in (*WEB.glob("templates/*.html"), *WEB.glob("pages/**/*.py")):
        yield from re.findall(
            r"""\b(?:t|text)\(\s*["']([a-z]+\.[a-z_]+)["']""", path.read_text(encoding="utf-8")
        )


def made() -> Iterator[str]:
    """Yield the keys that are put together of what is shown."""
    for template in WEB.glob("templates/*.html"):
        text = template.read_text(encoding="utf-8")
        if 'extends "base.html"' in text and template.stem != "problem":
            if "block title" not in text:
                yield f"{template.stem}.title"
            if "heading(t, page)" in text:
                yield f"{template.stem}.lead"
    yield from (f"{link.name}.short" for link, _ in _PAGES)
    for tile in ("open_incidents", "waiting", "heard_now", "of_devices", "quiet", "quiet_note"):
        yield f"overview.{tile}"
    yield "overview.faults"
    yield from (f"overview.{part}" for part in ("database", "disk", "upkeep", "uplink", "term"))
    yield from ("incidents.acknowledge", "incidents.coming")
    yield from ("meter.hidden_consent", "meter.hidden_unplaced")
    for path in (*HUB.glob("desk/*.py"), HUB / "people/proposals.py"):
        source = path.read_text(encoding="utf-8")
        yield from (f"refused.{key}" for key in re.findall(r'\bkey="([a-z_]+)"', source))
    yield from (f"refused.no_{what}" for what in ("name", "reason"))
    for path in WEB.glob("pages/*.py"):
        source = path.read_text(encoding="utf-8")
        names = re.findall(r'\bback(?:_to)?\([^()]*?"([a-z_]+)"\)', source)
        yield from (f"done.{name}" for name in names)


def test_both_languages_have_the_same_texts_with_the_same_fields() -> None:
    assert ZH.texts.keys() == EN.texts.keys()
    for key, text in ZH.texts.items():
        fields = [sorted(re.findall(r"{(\w+)}", each)) for each in (text, EN.texts[key])]
        assert fields[0] == fields[1], key


def test_every_text_that_is_said_is_there_and_every_text_is_said() -> None:
    assert {*said(), *made()} == set(ZH.texts)


def test_english_says_the_hubs_own_words_where_it_has_no_table() -> None:
    assert set(EN.words) <= set(ZH.words)
    for table, words_ in EN.words.items():
        assert words_.keys() == ZH.words[table].keys(), table
    assert EN.word("event", "forced open") == "forced open"


@pytest.mark.parametrize("table", sorted(VOCABULARY))
def test_chinese_has_every_word_of_the_hub_and_no_other(table: str) -> None:
    assert set(ZH.words[table]) == VOCABULARY[table]


def test_every_table_of_words_is_checked_and_used() -> None:
    assert set(ZH.words) == {*VOCABULARY, "field"}
    assert {row.name for row in ROWS if row.words == "field"} <= set(ZH.words["field"])
    templates = "".join(path.read_text() for path in WEB.glob("templates/*.html"))
    sources = "".join(path.read_text() for path in WEB.glob("pages/**/*.py"))
    desk = "".join(path.read_text() for path in HUB.glob("desk/*.py"))
    for table in ZH.words:
        named = f"w('{table}'" in templates or f'word("{table}"' in sources
        assert named or table in deeds.VALUES or f'"{table}"' in sources or f" {table}=" in desk, (
            table
        )


def test_chinese_is_chinese() -> None:
    for key, text in ZH.texts.items():
        assert key == "format.language" or re.search(r"[\u4e00-\u9fff]", text), key


@pytest.mark.parametrize(
    ("cookie", "accepted", "spoken"),
    [
        (None, None, "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "fr, en;q=0.5, zh;q=0.9", "zh"),
        (None, "zh;q=0, en;q=0.1", "en"),
        (None, "de;q=oops", "en"),
        ("zh", "en", "zh"),
        ("tlh", "zh", "zh"),
    ],
)
def test_the_language_is_the_cookies_or_the_first_one_accepted(
    cookie: str | None, accepted: str | None, spoken: str
) -> None:
    assert wording.chosen(cookie, accepted) == spoken


def test_lengths_of_time_are_short_and_in_words_of_the_language() -> None:
    shown = {
        language: formats.Formats(0, UTC, wording.wording(language)).lasting
        for language in ("zh", "en")
    }
    assert [shown["en"](s) for s in (45, 723, 12_011, 184_800)] == [
        "0:45",
        "12:03",
        "3:20:11",
        "2 d 03:20",
    ]
    assert shown["zh"](184_800) == "2 天 03:20"


def test_a_moment_has_its_date_unless_it_is_today() -> None:
    now_us = 1_800_000_000_000_000
    format_ = formats.Formats(now_us, ZoneInfo("Asia/Shanghai"), EN)
    assert ">16:00:00<" in format_.moment(now_us)
    assert ">2027-01-14 16:00<" in format_.moment(now_us - 86_400_000_000)
    assert 'datetime="2027-01-15T08:00:00Z"' in format_.moment(now_us)


def test_what_the_desk_refuses_is_said_in_the_readers_language() -> None:
    person = Person("wang", Role.OPERATOR, "")
    refused = may_not(person, Permission.SEE_AUDIT)
    assert str(refused) == "wang may not: see audit"
    assert ZH.error(refused) == "您的角色没有此权限：查看审计。"
    assert EN.error(refused) == "Your role does not allow it: see audit."
    assert ZH.error(Refused("the pipe is frozen")) == "the pipe is frozen"


def test_a_word_that_no_table_has_is_shown_as_it_is() -> None:
    assert ZH.word("device_kind", "lift") == "lift"
