"""The hub's log: one line for each trouble, as text or JSON, and no secret in any."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli_hub.live import logs
from linli_hub.live.running import RunningSite
from linli_hub.privacy import PLACED
from linli_hub.storage import StorageError, Transaction, open_database
from linli_protocol import codes, messages
from live_site import WAIT_S, at_work, made, speaking
from tcp_device import until_acknowledged

BUTTON = 0x21
BROKER_PASSWORD = "0pen sesame"
ALARM = {"incident": 7, "time": 0, "cause": codes.FALL, "presses": 173}


class Log:
    """What is logged, as `written` has it."""

    def __init__(self, as_json: bool) -> None:
        self.stream = io.StringIO()
        self.as_json = as_json

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def told(self) -> list[dict]:
        return [json.loads(line) for line in self.lines()]


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    made = Log(request.param == "json")
    with logs.written(made.stream, made.as_json):
        yield made


def test_each_record_is_one_line_whatever_it_says(log: Log) -> None:
    logger = logging.getLogger("linli_hub.somewhere")
    logger.info("page at %s", "http://127.0.0.1:8431")
    logger.warning("two\nlines", extra={"part": "disk"})
    try:
        raise ValueError("a\nmistake")
    except ValueError:
        logger.exception("it failed")
    assert len(log.lines()) == 3
    if log.as_json:
        first, second, third = log.told()
        assert (first["level"], first["message"]) == ("info", "page at http://127.0.0.1:8431")
        assert (second["level"], second["part"]) == ("warning", "disk")
        assert third["logger"] == "linli_hub.somewhere"
        assert "ValueError: a\nmistake" in third["error"]
    else:
        first, second, third = (line.split(" ", 1)[1] for line in log.lines())
        assert first == "page at http://127.0.0.1:8431"
        assert second == "warning: two lines"
        assert third.startswith("error: it failed: ValueError('a\\nmistake') in")
        assert Path(__file__).name in third


def test_a_trouble_is_told_as_it_begins_and_as_it_ends(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_LOOK_S", 0)
    course: list[dict[str, str]] = [
        {},
        {"disk": "500 MB free"},
        {"disk": "499 MB free", "uplink": "refused"},
        {"uplink": "no route"},
        {},
        {},
    ]

    async def watch() -> None:
        over = asyncio.Event()

        def look() -> dict[str, str]:
            if len(course) == 1:
                over.set()
            return course.pop(0) if len(course) > 1 else course[0]

        task = asyncio.create_task(logs.watch(look))
        await over.wait()
        task.cancel()

    asyncio.run(watch())
    said = [line.partition("disk")[1] + line.partition("uplink")[1] for line in log.lines()]
    assert said == ["disk", "uplink", "uplink", "disk", "uplink"]
    assert ["well again" in line for line in log.lines()] == [False, False, False, True, True]


def test_no_secret_and_nothing_of_a_household_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything goes wrong at once, while somebody calls for help."""
    log = Log(as_json=True)
    monkeypatch.setattr(logs, "_LOOK_S", 0.01)
    monkeypatch.setattr("linli_hub.site._DURABLE_S", 0.2)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mqtt.password").write_text(BROKER_PASSWORD)
    settings = (
        '[mqtt]\nsite = "hemu"\nhost = "127.0.0.1"\nport = 9\ntls = false\nusername = "hub"\n'
        'password_file = "mqtt.password"\nsealed = ["health"]\n'
        "[upkeep]\nwarn_free_mb = 1000000000\nreserve_mb = 0\n"
    )
    site = made(tmp_path / "site", settings, {BUTTON: "panic"})
    site.tell(PLACED, {"device": BUTTON, "household": 12, "place": "a/1/2/3"}, 0)

    def refuse(transaction: Transaction) -> None:
        raise StorageError("the disk is full")

    async def story(running: RunningSite) -> None:
        async with speaking(running, BUTTON) as button:
            button.send(messages.ALARM, ALARM)
            await until_acknowledged(button)
            site.journal.carry_out(refuse)
            parts = {"disk", "uplink", "database"}
            while {line.get("part") for line in log.told()} < parts:
                await asyncio.sleep(0.01)

    async def told() -> None:
        async with at_work(site) as running:
            await story(running)

    with logs.written(log.stream, as_json=True):
        asyncio.run(told())
    with pytest.raises(Exception, match="not all was written"):
        site.close()
    secrets = [
        BROKER_PASSWORD,
        "correct horse",
        *(
            (tmp_path / "site" / name).read_text().strip()
            for name in ("master.key", "community.key")
        ),
        "household",
        "presses",
        f"{BUTTON:08x}",
    ]
    text = log.stream.getvalue()
    assert [secret for secret in secrets if secret in text] == []


def test_a_database_s_password_is_in_no_message(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        open_database("postgresql://hub:0pensesame@127.0.0.1:9/hub")
    assert "0pensesame" not in str(refused.value)


def test_a_trouble_of_a_site_at_work_is_logged_once(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_LOOK_S", 0.01)
    settings = "[upkeep]\nwarn_free_mb = 1000000000\nreserve_mb = 0\n"
    site = made(tmp_path / "site", settings)

    async def story() -> None:
        async with at_work(site):
            async with asyncio.timeout(WAIT_S):
                while not log.lines():
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)

    asyncio.run(story())
    (line,) = log.lines()
    assert "MB free: make room, or readings will not be taken in" in line
    site.close()
