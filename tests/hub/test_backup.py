"""A backup is one moment of a hub at work; what is restored of it never repeats a number."""

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from linli_firmware.store import MemoryStore
from linli_hub import term
from linli_hub.archive import (
    RESTORED,
    ArchiveError,
    Archiver,
    BackupError,
    LogReader,
    archiver,
    back_up,
    restore,
    verify_log,
)
from linli_hub.core.hub import Hub
from linli_hub.journal import Journal
from linli_hub.log import GENESIS, Head, Record, verify
from linli_hub.registry import ENROLLED
from linli_hub.storage import (
    Database,
    StorageError,
    bundles_table,
    facts_table,
    log_table,
    open_database,
    open_to_read,
)
from linli_protocol import codes, keys, messages
from linli_protocol.bearer import Bearer
from linli_protocol.crypto import Aead
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.link import Link

COMMUNITY_KEY = bytes(range(16))  # test key
UNIX_S = 1_800_000_000
NOW_US = UNIX_S * 1_000_000
WAIT_S = 20


def fill(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Head:
    """Write 30 rows, a fact and a bundle; the older rows go to archives."""
    monkeypatch.setattr(archiver, "ROWS_PER_FILE", 10)
    journal = Journal(database)
    journal.start()
    journal.put("vault/last", b"\0\xff")
    journal.carry_out(lambda transaction: bundles_table.put(transaction, "ab", b"\0LLB"))
    for number in range(30):
        journal.add(Record(number, "said", 7, 0, b"{}"))
    assert journal.wait(journal.position, WAIT_S)
    Archiver(database, journal, folder).run(15, NOW_US)
    journal.close()
    return journal.head


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_a_backup_restores_as_it_was(
    database: Database,
    address: str,
    archives: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = fill(database, archives, monkeypatch)
    before = list(LogReader(archives).read(database))
    reader = open_to_read(address)
    assert back_up(reader, archives, tmp_path / "backup", NOW_US) == head
    reader.close()
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    folder = tmp_path / "restored"
    assert restore(tmp_path / "backup", folder, NOW_US, kept=head) == head
    assert sorted(each.name for each in folder.iterdir()) == ["archive", "hub.db"]
    restored = open_database(str(folder / "hub.db"))
    rows = list(LogReader(folder / "archive").read(restored))
    assert rows[:-1] == before
    assert rows[-1].record.kind == RESTORED
    assert json.loads(rows[-1].record.body) == {
        "row": head.number,
        "hash": head.hash.hex(),
        "backup_us": NOW_US,
    }
    verify(GENESIS, rows)
    with restored.reading() as transaction:
        assert facts_table.load(transaction)["vault/last"] == b"\0\xff"
        assert list(bundles_table.each(transaction)) == [("ab", b"\0LLB")]
    restored.close()


def test_a_backup_restores_into_another_kind_of_database(
    database: Database, archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_database(str(tmp_path / "other.db"))
    head = fill(other, archives, monkeypatch)
    back_up(other, archives, tmp_path / "backup", NOW_US)
    other.close()
    folder = tmp_path / "restored"
    restore(tmp_path / "backup", folder, NOW_US, target=database)
    assert not (folder / "hub.db").exists()
    end = verify_log(database, folder / "archive", head).end
    assert end.number == head.number + 1
    with database.reading() as transaction:
        assert bundles_table.get(transaction, "ab") == b"\0LLB"
    with pytest.raises(StorageError, match="is not empty"):
        restore(tmp_path / "backup", tmp_path / "again", NOW_US, target=database)
    assert verify_log(database, folder / "archive").end == end
    assert list((tmp_path / "again").iterdir()) == []


def test_a_backup_is_one_moment_of_a_hub_at_work(
    database: Database, address: str, archives: Path, tmp_path: Path
) -> None:
    journal = Journal(database)
    journal.start()
    for number in range(200):
        with journal.together():
            journal.add(Record(number, "said", 7, 0, b"{}"))
            journal.put("count", b"%d" % (number + 1))
    assert journal.wait(journal.position, WAIT_S)
    reader = open_to_read(address)

    def goes_on(done: int, total: int) -> None:
        """The hub writes while its rows are copied."""
        with journal.together():
            journal.add(Record(0, "said", 7, 0, b"{}"))
            journal.put("count", b"%d" % (journal.head.number + 1))
        assert journal.wait(journal.position, WAIT_S)

    head = back_up(reader, archives, tmp_path / "backup", NOW_US, goes_on)
    reader.close()
    assert journal.head.number > head.number == 200
    journal.close()
    restore(tmp_path / "backup", tmp_path / "restored", NOW_US)
    restored = open_to_read(str(tmp_path / "restored" / "hub.db"))
    with restored.reading() as transaction:
        assert facts_table.load(transaction)["count"] == b"200"
        assert log_table.head(transaction).number == 201
    restored.close()


@pytest.fixture
def backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a backup with archives."""
    database = open_database(str(tmp_path / "hub.db"))
    fill(database, tmp_path / "archive", monkeypatch)
    back_up(database, tmp_path / "archive", tmp_path / "backup", NOW_US)
    database.close()
    return tmp_path / "backup"


def changed(backup: Path, member: str, content: bytes | None) -> Path:
    """Return a copy of a backup with other content of one of its files, None: without it."""
    path = backup.with_name("changed")
    with zipfile.ZipFile(backup) as file, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in file.namelist():
            if name != member:
                copy.writestr(name, file.read(name))
            elif content is not None:
                copy.writestr(name, content)
    return path


def manifest_of(backup: Path) -> dict[str, Any]:
    with zipfile.ZipFile(backup) as file:
        manifest: dict[str, Any] = json.loads(file.read("manifest.json"))
    return manifest


FIRST = "archive/log-000000000001-000000000010.parquet"


def without_an_archive(manifest: dict[str, Any]) -> None:
    del manifest["files"][FIRST]


def with_a_file_elsewhere(manifest: dict[str, Any]) -> None:
    manifest["files"]["../hub.db"] = manifest["files"]["hub.db"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_an_archive, "log is missing"),
        (with_a_file_elsewhere, r"\.\./hub\.db is no name of a backup's file"),
        (lambda manifest: manifest.update(head="1:00"), "does not end as its manifest says"),
        (lambda manifest: manifest.update(format=9), "format 9 with tables of version"),
        (lambda manifest: manifest.pop("head"), "no backup of a hub"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    backup: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    manifest = manifest_of(backup)
    change(manifest)
    path = changed(backup, "manifest.json", json.dumps(manifest).encode())
    with pytest.raises(BackupError, match=message):
        restore(path, tmp_path / "restored", NOW_US)
    assert list((tmp_path / "restored").iterdir()) == []


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("hub.db", b"?", "hub.db is not what was backed up"),
        (FIRST, b"?", f"{FIRST} is not what was backed up"),
        (FIRST, None, "There is no item named"),
        ("manifest.json", None, "no backup of a hub"),
        ("manifest.json", b"{", "no backup of a hub"),
    ],
)
def test_what_is_not_whole_is_not_restored(
    backup: Path, tmp_path: Path, member: str, content: bytes | None, message: str
) -> None:
    path = changed(backup, member, content)
    with pytest.raises(BackupError, match=message):
        restore(path, tmp_path / "restored", NOW_US)
    assert list((tmp_path / "restored").iterdir()) == []


def test_what_unpacks_to_more_than_is_free_is_not_unpacked(backup: Path, tmp_path: Path) -> None:
    manifest = manifest_of(backup)
    large = bytes(64 * 1024 * 1024)
    manifest["files"]["hub.db"]["bytes"] = len(large)
    with_large = changed(backup, "hub.db", None)
    with zipfile.ZipFile(with_large, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("hub.db", large)
    path = changed(
        with_large.rename(tmp_path / "bomb"), "manifest.json", json.dumps(manifest).encode()
    )
    unpacked: list[str] = []
    usage = shutil.disk_usage(tmp_path)._replace(free=len(large))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: usage)
        patch.setattr(shutil, "copyfileobj", lambda *_: unpacked.append("something"))
        with pytest.raises(BackupError, match=rf"bytes when unpacked, and {len(large)} are free"):
            restore(path, tmp_path / "restored", NOW_US)
    assert unpacked == []


def test_a_manifest_without_end_is_not_read(backup: Path, tmp_path: Path) -> None:
    path = changed(backup, "manifest.json", b'{"files": "' + bytes(20_000_000) + b'"}')
    with pytest.raises(BackupError, match=r"manifest\.json has more than 16777216 bytes"):
        restore(path, tmp_path / "restored", NOW_US)


def test_a_backup_cut_short_or_of_something_else_is_one_line(backup: Path, tmp_path: Path) -> None:
    for content in (b"", b"water", backup.read_bytes()[:-100]):
        path = tmp_path / "spoilt"
        path.write_bytes(content)
        with pytest.raises(BackupError, match="spoilt"):
            restore(path, tmp_path / "restored", NOW_US)
    with pytest.raises(BackupError, match="nowhere: No such file"):
        restore(tmp_path / "nowhere", tmp_path / "restored", NOW_US)


def test_a_head_kept_elsewhere_tells_another_backup(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="row 1000 is missing"):
        restore(backup, tmp_path / "restored", NOW_US, kept=Head(1000, bytes(32)))


def test_nothing_is_overwritten(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "restored"
    restore(backup, folder, NOW_US)
    content = (folder / "hub.db").read_bytes()
    with pytest.raises(BackupError, match="archive: exists, and nothing is overwritten"):
        restore(backup, folder, NOW_US)
    assert (folder / "hub.db").read_bytes() == content
    database = open_to_read(str(folder / "hub.db"))
    with pytest.raises(BackupError, match="backup: exists, and nothing is overwritten"):
        back_up(database, folder / "archive", backup, NOW_US)
    for each in (folder / "archive").iterdir():
        each.unlink()
    with pytest.raises(ArchiveError, match="is missing"):
        back_up(database, folder / "archive", tmp_path / "another", NOW_US)
    assert not (tmp_path / "another").exists()
    database.close()


class Side:
    """A hub on a database, with the one device that it serves, over a way that takes no time."""

    def __init__(self, path: Path, randomness: random.Random) -> None:
        self.path = path
        self.random = randomness.randbytes
        self.now = 0
        self.commands: list[int] = []
        self.terms: list[int] = []
        self.events = 0
        self.device = self._device()
        self.start()

    def _device(self) -> Link:
        root = keys.root_key(COMMUNITY_KEY, 1, 0)
        store = MemoryStore()
        association = DeviceAssociation(
            root, 1, codes.DOOR, store, self.random, lambda *_: None, {"join_spread_ms": 0}
        )
        link = Link(association, [Bearer("tcp", 240)], store, self.random)
        link.start(0)
        return link

    def start(self) -> None:
        self.database = open_database(str(self.path))
        self.journal = Journal(self.database)
        self.journal.start()
        self.hub = Hub(
            COMMUNITY_KEY,
            self.journal,
            self.random,
            lambda now: (UNIX_S + now // 1000, 480),
            lambda *_: None,
            term=term.begin(self.journal),
        )
        self.hub.enrol(1, [Bearer("tcp", 240)])

    def stop(self) -> None:
        self.journal.close()
        self.database.close()

    def talk(self, minutes: int) -> None:
        for _ in range(minutes * 6):
            for _ in range(20):
                up = self.device.poll(self.now)
                for _, data in up:
                    self.hub.receive("tcp", data, self.now)
                down = self.hub.poll(self.now)
                for _, _, data in down:
                    delivery = self.device.receive(0, data, self.now)
                    if delivery is not None and delivery.kind == messages.COMMAND:
                        self.commands.append(delivery.fields["id"])
                        self.terms.append(delivery.fields["term"])
                if not up and not down:
                    break
            self.now += 10_000

    def say(self) -> None:
        """Have the device report: a hub sends under a session once the device has."""
        self.events += 1
        fields = {"sequence": self.events, "time": 1, "code": codes.GRANTED}
        self.device.send(messages.EVENT, fields, self.now)

    def rejoin(self) -> None:
        self.device.association.rejoin(self.now)
        self.talk(2)
        self.say()
        self.talk(1)

    def command(self) -> None:
        self.hub.command(1, codes.RELEASE_DOOR, self.now, 3600)
        self.talk(1)


@pytest.fixture
def nonces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[bytes, bytes, bytes]]]:
    """Yield what was sealed meanwhile, as (key, nonce, packet)."""
    sealed: list[tuple[bytes, bytes, bytes]] = []

    class Listening:
        def __init__(self, key: bytes) -> None:
            self._key = key
            self._inner = Aead(key)
            self.open = self._inner.open

        def seal(self, nonce: bytes, header: bytes, body: bytes, tag_length: int) -> bytes:
            packet = self._inner.seal(nonce, header, body, tag_length)
            sealed.append((self._key, nonce, packet))
            return packet

    monkeypatch.setattr("linli_protocol.crypto.Aead", Listening)
    monkeypatch.setattr("linli_protocol.association.Aead", Listening)
    yield sealed


@pytest.mark.parametrize("joins_between", [False, True])
def test_a_restored_hub_uses_no_nonce_and_no_command_number_again(
    tmp_path: Path, nonces: list[tuple[bytes, bytes, bytes]], joins_between: bool
) -> None:
    side = Side(tmp_path / "hub.db", random.Random(7))
    body = {"device": 1, "kind": "door", "generation": 0, "ways": ["tcp"], "by": "lin"}
    side.journal.add(Record(NOW_US, ENROLLED, 1, 0, json.dumps(body).encode()))
    side.say()
    side.talk(1)
    side.command()
    assert side.journal.wait(side.journal.position, WAIT_S)
    reader = open_to_read(str(side.path))
    back_up(reader, tmp_path / "archive", tmp_path / "backup", NOW_US)
    reader.close()
    # The hub goes on, past what it had reserved, and what it does from here on is lost.
    for _ in range(100):
        side.command()
    if joins_between:
        side.rejoin()
        side.command()
    side.stop()
    # Started again as often as may be, the hub that was replaced is none that leads.
    for _ in range(300):
        side.start()
        side.stop()
    side.start()
    side.command()
    side.stop()
    given = len(side.commands)
    assert given == 103 if joins_between else 102
    restore(tmp_path / "backup", tmp_path / "restored", NOW_US)
    side.path = tmp_path / "restored" / "hub.db"
    side.start()
    side.command()
    side.say()
    side.talk(60)
    side.rejoin()
    side.command()
    side.stop()
    assert len(side.commands) == given + 2, "the device hears the restored hub"
    assert side.commands == sorted(set(side.commands))
    assert max(side.terms[:given]) > 300
    assert min(side.terms[given:]) > max(side.terms[:given])
    used: dict[tuple[bytes, bytes], bytes] = {}
    for key, nonce, packet in nonces:
        assert used.setdefault((key, nonce), packet) == packet
