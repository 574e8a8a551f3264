"""The console sessions of README.md go as they are shown; links lead somewhere."""

import re
from pathlib import Path

import pytest

from readme_console import DATA, README, ROOT, commands, missing_data, run, sessions

SESSIONS = sessions(README.read_text(encoding="utf-8"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "native/README.md"]
# How fast a run was, and on which back end, is all that may differ.
SPEED = re.compile(r"simulator events in .*")


def without_speed(session: str) -> str:
    return SPEED.sub("simulator events", session)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: commands(session)[0])
def test_session_goes_as_shown(session: str) -> None:
    if missing := missing_data(session):
        pytest.skip(f"needs {', '.join(missing)} in {DATA}")
    today = run(session)
    assert without_speed(today) == without_speed(session), "is README.md old? make readme renews it"


def test_the_alarm_that_is_taken_apart_opens() -> None:
    (shown,) = [session for session in SESSIONS if "  alarm\n" in session]
    assert "WRONG" not in shown


def test_sessions_are_found() -> None:
    assert {"linli sim run hemu", "linli sim list"} <= {
        command for session in SESSIONS for command in commands(session)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not broken
