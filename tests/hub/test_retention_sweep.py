"""What is past its term is gone from log, archives, backups and tables, and all else is there."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from linli_hub import site as site_module
from linli_hub.archive import Archiver, LogReader, back_up, restore, verify_log
from linli_hub.configuration import load
from linli_hub.core.hub import incident_facts
from linli_hub.journal import ForeignRowsError
from linli_hub.log import Row
from linli_hub.privacy import CONSENT, HOLDER, PLACED, Purpose, consent, overdue
from linli_hub.projections import RETIREMENT
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_hub.storage import Database, Transaction, open_to_read
from linli_hub.views.doors import passages
from linli_hub.views.incidents import incidents
from linli_hub.views.meters import meters
from linli_protocol import codes, messages
from linli_protocol.types import Fields
from postgres import PostgresServer

WAIT_S = 20
DAY_US = 86_400_000_000
START_US = 1_780_000_000_000_000
BEFORE_TERMS = Path(__file__).with_name("data") / "site-before-terms.zip"
METER, BUTTON, DOOR = 1, 3, 4
HOUSEHOLD, HOLDER_NUMBER = 12, 314_159_265
KINDS = {METER: "meter", BUTTON: "panic", DOOR: "door"}
# No other number in the database has these digits.
FIRST_L = 271_828_000
SEQUENCE = 161_803_000


def at(day: float) -> int:
    return START_US + round(day * DAY_US)


def made(folder: Path, address: str) -> Path:
    """Make a site with a meter, a button and a front door; return its configuration's path."""
    path = make(folder, "lin", "correct horse battery", at(0))
    path.write_text(f'database = "{address}"\n')
    site = opened(path)
    for device, kind in KINDS.items():
        body = {"device": device, "kind": kind, "generation": 0, "ways": ["tcp"], "by": "lin"}
        site.tell(ENROLLED, body, at(0))
        household = None if device == DOOR else HOUSEHOLD
        where = {"device": device, "household": household, "place": "hemu/3/5/501"}
        site.tell(PLACED, where, at(0))
    site.tell(HOLDER, {"holder": HOLDER_NUMBER, "household": HOUSEHOLD}, at(0))
    given = consent(HOUSEHOLD, Purpose.DOOR_HISTORY, True, "lin", "signed form")
    site.tell(CONSENT, given, at(0))
    site.close()
    return path


def opened(path: Path) -> Site:
    site = Site(load(path))
    site.journal.start([site.keeper])
    return site


def hear(site: Site, device: int, kind: int, day: float, **fields: object) -> None:
    told: Fields = {"time": at(day) // 1_000_000, **fields}
    with site.journal.together():
        for record in site.keep(device, kind, told, at(day)):
            site.journal.add(record)


def live(site: Site, first: int, last: int) -> None:
    """Have something happen on each of these days, and an alarm on the first."""
    for day in range(first, last):
        hear(site, METER, messages.READING, day, volume_l=FIRST_L + day, flags=0)
        event = {"sequence": SEQUENCE + day, "code": codes.GRANTED, "subject": HOLDER_NUMBER}
        hear(site, DOOR, messages.EVENT, day, **event)
    alarm = {"incident": 1 + first, "cause": codes.FALL, "presses": 173}
    hear(site, BUTTON, messages.ALARM, first, **alarm)
    assert site.journal.wait(site.journal.position, WAIT_S)
    with site.database.reading() as transaction:
        number = incidents(transaction)[0].alarm
    raised = site.alarm(number)
    assert raised is not None
    site.tell_incident(raised, codes.RECEIVED, "wang", at(first), 2)
    assert site.journal.wait(site.journal.position, WAIT_S)


def days_told(site: Site) -> tuple[list[int], list[int], list[int]]:
    """Return the days that the tables have registers, passages and alarms of."""
    with site.database.reading() as transaction:
        found = transaction.query("SELECT time_s FROM meter_registers ORDER BY time_s")
        registers = [round((time_s * 1_000_000 - START_US) / DAY_US) for (time_s,) in found]
        events = [each.sequence - SEQUENCE for each in passages(transaction, limit=10_000)]
        alarms = [(each.raised_us - START_US) // DAY_US for each in incidents(transaction)]
    return registers, sorted(events), sorted(alarms)


def days_in_log(site: Site) -> dict[str, set[int]]:
    """Return the days of which the log still says something of that message."""
    days: dict[str, set[int]] = {}
    for row in rows_of(site):
        body = site.vault.body(row.record)
        if row.record.key and body is not None:
            kind = json.loads(body).get("message", row.record.kind)
            days.setdefault(kind, set()).add((row.record.time_us - START_US) // DAY_US)
    return days


def rows_of(site: Site) -> list[Row]:
    return list(LogReader(site.configuration.archive).read(site.database))


@pytest.fixture
def path(tmp_path: Path, address: str) -> Path:
    return made(tmp_path / "site", address)


def test_each_thing_goes_at_its_own_time(path: Path) -> None:
    site = opened(path)
    live(site, 0, 120)
    before = rows_of(site)
    assert site.retire(at(120)) > 0
    registers, passed, alarms = days_told(site)
    assert registers == [*range(120)], "kept for three years"
    assert alarms == [0], "kept for a year"
    # A door's events are kept for 90 days, and seven at most beyond.
    assert passed == [*range(passed[0], 120)] and 120 - 97 <= passed[0] <= 120 - 90
    assert days_in_log(site)["event"] == {*passed}
    assert site.retire(at(500)) > 0
    assert days_told(site) == ([*range(120)], [], [])
    assert set(days_in_log(site)) == {"reading", HOLDER}
    with site.database.reading() as transaction:
        (meter,) = meters(transaction)
    assert meter.volume_ml == (FIRST_L + 119) * 1000
    assert site.retire(at(1400)) > 0
    assert days_told(site) == ([], [], [])
    assert set(days_in_log(site)) == {HOLDER}, "whose a card is has no term"
    assert site.retire(at(1400)) == 0
    # What was there is there, unreadable.
    assert rows_of(site)[: len(before)] == before
    verify_log(site.database, site.configuration.archive)
    site.close()


def test_the_log_says_which_keys_went(path: Path) -> None:
    site = opened(path)
    live(site, 0, 10)
    keys = {row.record.key for row in rows_of(site) if row.record.key}
    site.retire(at(2000))
    told = [
        json.loads(row.record.body)["keys"]
        for row in rows_of(site)
        if row.record.kind == RETIREMENT
    ]
    gone = {key for batch in told for key in batch}
    assert max(map(len, told)) <= 4
    assert len(gone) == sum(map(len, told)), "each is told once"
    assert gone == {key for key in keys if site.journal.get(f"vault/key/{key}") is None}
    assert len(keys - gone) == 1, "the holder's"
    site.close()


def test_tables_made_anew_are_the_same(path: Path) -> None:
    site = opened(path)
    live(site, 0, 120)
    site.retire(at(121))
    before = days_told(site)
    site.close()
    database = site_module.open_database(load(path).database)
    with database.writing() as transaction:
        transaction.execute("UPDATE projections SET version = 0")
    database.close()
    site = opened(path)
    assert days_told(site) == before
    assert site.homes.of_holder(HOLDER_NUMBER) == HOUSEHOLD
    site.close()


def test_archives_and_backups_forget_too(path: Path, tmp_path: Path) -> None:
    site = opened(path)
    live(site, 0, 60)
    archive = site.configuration.archive
    files = Archiver(site.database, site.journal, archive).run(at(30), at(60))
    assert files
    back_up(site.database, archive, tmp_path / "backup.zip", at(60))
    bytes_before = (archive / files[0].name).read_bytes()
    site.retire(at(130))
    assert (archive / files[0].name).read_bytes() == bytes_before
    assert min(days_in_log(site)["event"]) >= 130 - 97
    site.close()

    # A backup has the keys, so they go again when it is restored.
    restore(tmp_path / "backup.zip", tmp_path / "again", at(130))
    for name in ("community.key", "master.key"):
        shutil.copy(path.parent / name, tmp_path / "again" / name)
    (tmp_path / "again" / "hub.toml").write_text("")
    again = opened(tmp_path / "again" / "hub.toml")
    assert [row.record.kind for row in rows_of(again)[-2:]] == ["restored", RETIREMENT]
    assert overdue(again.journal, at(130)) == []
    assert min(days_in_log(again)["event"]) >= 130 - 97
    assert min(days_told(again)[1]) >= 130 - 97
    assert len(days_told(again)[0]) == 60
    verify_log(again.database, again.configuration.archive)
    again.close()


def test_the_core_knows_no_alarm_that_is_past_its_term(path: Path) -> None:
    site = opened(path)
    live(site, 0, 2)
    (fact, *_) = incident_facts(BUTTON)
    site.journal.put(fact, b"fall")
    site.retire(at(200))
    assert site.journal.get(fact) == b"fall"
    live(site, 300, 301)
    site.retire(at(420))
    assert days_told(site)[2] == [300]
    assert site.journal.get(fact) == b"fall", "there is a newer one"
    site.retire(at(700))
    assert site.journal.get(fact) is None
    site.close()


class Mortal:
    """A database that is cut off before or after the `fatal`-th commit, and stays off."""

    def __init__(self, inner: Database, fatal: int) -> None:
        self.inner = inner
        self.left = fatal

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def step(self) -> None:
        self.left -= 1
        if self.left <= 0:
            # The journal does not try again.
            raise ForeignRowsError("cut off")

    @contextmanager
    def writing(self, copied: bool = True) -> Iterator[Transaction]:
        self.step()
        with self.inner.writing(copied) as transaction:
            yield transaction
        self.step()


def cut_after(monkeypatch: pytest.MonkeyPatch, path: Path, fatal: int) -> Site:
    """Open a site whose journal is cut off at its `fatal`-th step."""
    site = Site(load(path))
    monkeypatch.setattr(site_module, "_DURABLE_S", 5.0)
    site.journal._database = Mortal(site.database, fatal)  # type: ignore[assignment]
    site.journal.start([site.keeper])
    return site


def test_a_retirement_that_was_cut_is_finished_by_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = opened(path)
    live(site, 0, 70)
    site.close()
    monkeypatch.setattr("linli_hub.privacy.retirement.KEYS_AT_ONCE", 1)
    cuts = 0
    while True:
        site = cut_after(monkeypatch, path, 1 + cuts % 4)
        try:
            site.retire(at(150))
            whole = True
        except site_module.SiteError:
            whole = False
        site.journal.close()
        site.database.close()
        if whole:
            break
        cuts += 1
        # Tables and log agree at each moment.
        site = opened(path)
        assert set(days_told(site)[1]) == days_in_log(site)["event"]
        assert len(days_told(site)[0]) == 70
        verify_log(site.database, site.configuration.archive)
        site.close()
    assert cuts >= 6
    site = opened(path)
    assert overdue(site.journal, at(150)) == []
    told = [json.loads(row.record.body)["keys"] for row in rows_of(site) if is_retirement(row)]
    assert len({key for keys in told for key in keys}) == sum(map(len, told))
    site.close()


def is_retirement(row: Row) -> bool:
    return row.record.kind == RETIREMENT


def test_no_byte_of_it_is_left_in_sqlite_files(tmp_path: Path) -> None:
    path = made(tmp_path / "site", "hub.db")
    site = opened(path)
    live(site, 0, 3)

    def files() -> bytes:
        return b"".join(each.read_bytes() for each in path.parent.glob("hub.db*"))

    key = site.journal.get(f"vault/key/{site.vault.key_of(f'household {HOUSEHOLD}', 90, at(1))}")
    secrets = [str(SEQUENCE + 1).encode(), (SEQUENCE + 1).to_bytes(4, "big"), key or b""]
    assert any(secret in files() for secret in secrets[:2]) and secrets[2] in files()
    site.retire(at(200))
    assert [secret for secret in secrets if secret in files()] == []
    site.close()


def test_no_byte_of_it_is_left_in_postgresql_tables(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    address = postgres.database()
    site = opened(made(tmp_path / "site", address))
    live(site, 0, 3)

    def files() -> bytes:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            query = "SELECT pg_read_binary_file(pg_relation_filepath(relname::regclass)) "
            query += "FROM pg_class WHERE relkind IN ('r', 't', 'i') AND relnamespace = "
            query += "'public'::regnamespace"
            return b"".join(bytes(data) for (data,) in connection.execute(query.encode()))

    number = (SEQUENCE + 1).to_bytes(8, "little")
    assert number in files()
    site.retire(at(200))
    assert number not in files()
    site.close()


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return the configuration of a site made before keys had terms; its last day is 61."""
    with zipfile.ZipFile(BEFORE_TERMS) as file:
        file.extractall(tmp_path / "older")
    for key in (tmp_path / "older").glob("*.key"):
        key.chmod(0o600)
    return tmp_path / "older" / "hub.toml"


def older_days(site: Site) -> dict[str, set[int]]:
    return {kind: days for kind, days in days_in_log(site).items() if kind != HOLDER}


def test_a_site_from_before_terms_loses_nothing_and_goes_on(older: Path) -> None:
    site = opened(older)
    assert older_days(site) == {
        "reading": {0, *range(1, 61)},
        "event": {*range(1, 61)},
        "alarm": {30},
        "incident": {30},
    }
    assert (site.homes.of_holder(104), site.homes.of_holder(8)) == (12, None)
    assert site.retire(at(300)) == 0
    hear(site, 1, messages.READING, 100, volume_l=5, flags=0)
    hear(site, 4, messages.EVENT, 100, sequence=900, code=codes.GRANTED, subject=104)
    site.close()
    # Opened again it is as any other; what an old key sealed stays for the longest term.
    site = opened(older)
    assert site.retire(at(300)) == 1, "the newer event's"
    assert 100 in older_days(site)["reading"]
    assert older_days(site)["event"] == {*range(1, 61)}
    site.retire(at(480))
    assert set(older_days(site)) == {"reading", "event"}, "an older key of health has a year"
    site.retire(at(61 + 1096 + 92))
    assert set(older_days(site)) <= {"reading"}
    site.retire(at(100 + 1096 + 92))
    assert older_days(site) == {}
    verify_log(site.database, site.configuration.archive)
    site.close()
    database = site_module.open_database(load(older).database)
    with database.writing() as transaction:
        transaction.execute("UPDATE projections SET version = 0")
    database.close()
    site = opened(older)
    assert site.homes.of_holder(104) == 12, "whose a card is outlives the older keys"
    site.close()


def test_a_site_from_before_terms_is_taken_over_whole_or_not_at_all(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fatal in (1, 2):
        site = cut_after(monkeypatch, older, fatal)
        site.journal.wait(site.journal.position, WAIT_S)
        site.journal.close()
        site.database.close()
        database = open_to_read(load(older).database)
        with database.reading() as transaction:
            names = [name for (name,) in transaction.query("SELECT name FROM facts")]
        database.close()
        rings = {name.split("/")[1] for name in names if name.startswith("vault/")}
        assert rings in ({"key", "last", "subject"}, {"key", "last", "keys"})
    site = opened(older)
    assert len(older_days(site)["reading"]) == 61
    assert sum(row.record.kind == HOLDER for row in rows_of(site)) == 4 + 2, "told again once"
    site.close()


def test_a_backup_from_before_terms_is_restored(older: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    restore(older.parent / "backup.zip", again, at(80))
    for name in ("community.key", "master.key", "hub.toml"):
        shutil.copy(older.parent / name, again / name)
    site = opened(again / "hub.toml")
    assert len(older_days(site)["reading"]) == 61
    assert site.homes.of_holder(104) == 12
    site.close()
