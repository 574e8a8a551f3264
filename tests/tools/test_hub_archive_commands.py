"""`linli hub archive`, `retire`, `backup`, `restore`, `verify`: what is kept, and what is not."""

import json
import shutil
import time
from pathlib import Path

import pytest

from hub_command import linli
from linli_hub.configuration import load
from linli_hub.site import Site

DAY_NS = 86_400_000_000_000


def failure(*words: str) -> str:
    return str(linli(*words, code=1).exception)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the configuration of a site with two rows, which are 40 days old."""
    now_ns = time.time_ns()
    password = tmp_path / "password"
    password.write_text("correct horse battery\n")
    folder = str(tmp_path / "site")
    linli("init", folder, "--admin", "lin", "--password-file", str(password))
    config = f"{folder}/hub.toml"
    enrol(config, "01020304")
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + 40 * DAY_NS)
    return config


def enrol(config: str, device: str) -> None:
    linli("enrol", device, "--kind", "door", "--way", "tcp", "--by", "lin", "--config", config)


def devices(config: str) -> list[str]:
    listed = json.loads(linli("devices", "--config", config, "--json").stdout)
    return [each["device"] for each in listed]


def head(config: str) -> str:
    return str(json.loads(linli("verify", "--config", config, "--json").stdout)["head"])


def archived(config: str) -> dict[str, str]:
    (told,) = json.loads(linli("archive", "--config", config, "--json").stdout)
    return dict(told)


def test_a_log_is_verified_through_its_archives(hub: str) -> None:
    before = head(hub)
    told = archived(hub)
    assert (told["first"], told["last"]) == (1, 2)
    assert before == f"2:{told['hash']}"
    linli("verify", "--config", hub, "--head", before)
    assert "3 rows, each after" in linli("verify", "--config", hub).stdout
    assert "0 rows in 0 files" in linli("archive", "--config", hub).stdout
    enrol(hub, "01020305")
    assert devices(hub) == ["01020304", "01020305"]


def test_a_missing_archive_is_told(hub: str) -> None:
    before = head(hub)
    told = archived(hub)
    (Path(hub).parent / "archive" / told["file"]).unlink()
    assert f"{told['file']}: an archive of the log is missing" in failure("verify", "--config", hub)
    found = linli("verify", "--config", hub, "--head", before)
    assert "1 rows after row 2" in found.stdout
    assert f"{told['file']} is missing" in found.stderr
    forged = "2:" + "00" * 32
    assert "row 2 is" in failure("verify", "--config", hub, "--head", forged)


def test_a_site_moves_to_another_box(hub: str, tmp_path: Path) -> None:
    archived(hub)
    enrol(hub, "01020305")
    backup = str(tmp_path / "backup")
    made = json.loads(linli("backup", backup, "--config", hub, "--json").stdout)
    assert made["head"] == head(hub)
    new = tmp_path / "new"
    new.mkdir()
    for name in ("hub.toml", "community.key", "master.key"):
        shutil.copy(Path(hub).parent / name, new / name)
    linli("restore", backup, str(new), "--head", made["head"])
    config = str(new / "hub.toml")
    enrol(config, "01020306")
    assert devices(config) == ["01020304", "01020305", "01020306"]
    linli("verify", "--config", config, "--head", made["head"])
    assert "exists, and nothing is overwritten" in failure("restore", backup, str(new))
    assert "exists, and nothing is overwritten" in failure("backup", backup, "--config", hub)


def test_what_is_past_its_term_is_retired(hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(load(Path(hub)))
    site.journal.start([site.keeper])
    now_us = time.time_ns() // 1000
    site.journal.add(site.vault.sealed(now_us, "said", 1, "household 12", b'{"a":1}', 90))
    site.close()
    before = head(hub)
    assert linli("retire", "--config", hub).stdout == "0 data keys destroyed\n"
    assert head(hub) == before
    now_ns = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now_ns + 98 * DAY_NS)
    assert json.loads(linli("retire", "--config", hub, "--json").stdout) == {"keys": 1}
    linli("verify", "--config", hub, "--head", before)


def test_wrong_words_are_explained(hub: str, tmp_path: Path) -> None:
    linli("archive", "--older-than", "1", "--config", hub, code=2)
    linli("restore", "backup", "site", "--head", "two", code=2)
    assert "No such file" in failure("restore", str(tmp_path / "nothing"), str(tmp_path / "new"))
    (tmp_path / "water").write_text("water")
    assert "water: File is not a zip" in failure(
        "restore", str(tmp_path / "water"), str(tmp_path / "new")
    )
