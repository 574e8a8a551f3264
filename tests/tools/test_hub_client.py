"""Commands that ask a hub while it serves: the same tables, over its API, as whoever logs in."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

import updates
from linli_hub.people import Role
from linli_protocol import codes, messages
from linli_tools.cli import app
from linli_tools.failure import Failure
from web_site import BUTTON, DOOR, HOLDER_NUMBER, METER, PASSWORD, Served, told

NOW_S = 1_800_000_000


def linli(*words: str, code: int = 0, **environment: str) -> Result:
    done = CliRunner().invoke(app, ["hub", *words], env=environment)
    if isinstance(done.exception, Failure):
        assert code == 1, done.exception
    else:
        assert done.exit_code == code, (done.output, done.exception)
    return done


def failure(*words: str, **environment: str) -> str:
    return str(linli(*words, code=1, **environment).exception)


class Person:
    """Somebody at a terminal, with a token of their own."""

    def __init__(self, site: Served, role: Role) -> None:
        self.environment = {"LINLI_SERVER": site.address, "LINLI_TOKEN": site.token(role)}

    def does(self, *words: str) -> str:
        return linli(*words, **self.environment).output

    def told(self, *words: str) -> Any:
        return json.loads(self.does(*words, "--json"))

    def may_not(self, *words: str) -> str:
        return failure(*words, **self.environment)


def at_terminal(story: Callable[[Served], None], folder: Path) -> None:
    """Have a story happen beside the site that is served, where commands block."""

    async def whole(site: Served) -> None:
        async with (
            site.device(DOOR) as door,
            site.device(METER) as meter,
            site.device(BUTTON) as button,
            site.client(Role.OPERATOR) as client,
        ):
            granted = {"sequence": 0, "time": NOW_S, "code": codes.GRANTED}
            door.send(messages.EVENT, {**granted, "subject": HOLDER_NUMBER})
            reading = {"time": NOW_S, "volume_l": 900, "flags": codes.FLAG_LEAK, "battery_mv": 3600}
            meter.send(messages.READING, reading)
            alarm = {"incident": 1, "time": NOW_S, "cause": codes.FALL, "presses": 2}
            button.send(messages.ALARM, alarm)
            for what in ("passages", "meters", "incidents"):
                while not (await client.get(f"/api/v1/{what}")).json():
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(story, site)

    told(whole, folder)


def test_what_happened_is_listed_as_it_is_by_hand(tmp_path: Path) -> None:
    def story(site: Served) -> None:
        operator = Person(site, Role.OPERATOR)
        [passage] = operator.told("doors")
        assert (passage["event"], passage["holders"]) == ("granted", [HOLDER_NUMBER])
        assert operator.told("doors", "00000012") == []
        [incident] = operator.told("incidents")
        assert (incident["cause"], incident["presses"], incident["state"]) == ("fall", 2, "raised")
        [meter] = operator.told("meters")
        assert (meter["volume_l"], list(meter["conditions"])) == (900, ["leak"])
        assert operator.told("meters", "00000022", "--hours") == []
        assert [each["device"] for each in operator.told("fleet")] == [
            "00000011",
            "00000022",
            "00000033",
        ]
        assert "granted" in operator.does("doors")
        assert "3 devices" in operator.does("fleet")
        assert "indicators" in operator.does("radar")
        deeds = Person(site, Role.AUDITOR).told("audit", "--person", "operator")
        assert {"doors", "meters", "incidents"} <= {each["told"].get("what") for each in deeds}
        assert "may not: see audit" in operator.may_not("audit")

    at_terminal(story, tmp_path)


def test_a_call_is_acknowledged_and_closed(tmp_path: Path) -> None:
    def story(site: Served) -> None:
        operator = Person(site, Role.OPERATOR)
        row = str(operator.told("incidents")[0]["row"])
        assert operator.told("acknowledge", row, "--grade", "2")[0]["state"] == "received"
        assert operator.told("acknowledge", row, "--coming")[0]["state"] == "help is coming"
        assert operator.told("close", row)[0]["by"] == "operator"
        assert operator.told("incidents") == []
        assert len(operator.told("incidents", "--closed")) == 1
        assert "does not go back" in operator.may_not("acknowledge", row)

    at_terminal(story, tmp_path)


def test_two_persons_have_a_key_exported(tmp_path: Path) -> None:
    def story(site: Served) -> None:
        installer, admin = Person(site, Role.INSTALLER), Person(site, Role.ADMIN)
        reason = ("--reason", "the board burnt")
        made = installer.told("propose", "key-export", "00000011", *reason)
        number = str(made["number"])
        assert made["arguments"] == {"device": "00000011"}
        assert "may not: approve" in installer.may_not("approve", number)
        assert "waits for installer" in admin.does("approve", number)
        assert json.loads(installer.does("collect", number))["device"] == "00000011"
        again = installer.told("propose", "decommission", "00000011", "--lost", *reason)
        assert "withdrawn" in admin.does("withdraw", str(again["number"]))
        states = [each["state"] for each in admin.told("proposals")]
        assert states == ["proposal withdrawn", "proposal done"]
        operator = Person(site, Role.OPERATOR)
        days = ("--begin", "2026-01-01", "--end", "2026-02-01")
        wanted = operator.told("propose", "bulk-export", "readings", *days, *reason)["arguments"]
        # From midnight to midnight in Shanghai.
        assert wanted["begin_s"] % 86_400 == 16 * 3600
        assert wanted["end_s"] - wanted["begin_s"] == 31 * 86_400
        valve = operator.told("propose", "valve", "00000022", "closed", *reason)
        assert valve["arguments"]["state"] == "closed"
        assert "is a door, not a meter" in operator.may_not(
            "propose", "valve", "00000011", "open", *reason
        )

    at_terminal(story, tmp_path)


def test_households_and_devices_are_looked_after(tmp_path: Path) -> None:
    def story(site: Served) -> None:
        admin = Person(site, Role.ADMIN)
        admin.does("enrol", "00000044", "--kind", "meter", "--way", "tcp")
        assert admin.told("place", "00000044", "a/1/2/4", "--household", "13") == {
            "device": "00000044",
            "household": 13,
            "place": "a/1/2/4",
        }
        assert "there is no way 'bus'" in admin.may_not(
            "enrol", "00000045", "--kind", "meter", "--way", "bus"
        )
        word = ("consent", "12", "door history", "--withdrawn", "--how", "by telephone")
        assert "withdrawn" in admin.does(*word)
        words = {each["purpose"]: each["given"] for each in admin.told("consent", "12")}
        assert words["door history"] is False
        linli("consent", "12", "door history", code=2, **admin.environment)
        assert Person(site, Role.OPERATOR).told("doors")[0]["holders"] == []
        assert "erased" in admin.does("erase", "12", "--reason", "moved out", "--yes")
        assert Person(site, Role.OPERATOR).told("doors") == []

    at_terminal(story, tmp_path)


def test_cards_are_given_and_taken_back(tmp_path: Path) -> None:
    def story(site: Served) -> None:
        installer, operator = Person(site, Role.INSTALLER), Person(site, Role.OPERATOR)
        door, whose = ("--door", "00000011"), ("--household", "12")
        card = ("--card", "26:7:1234", "--until", "2027-01-01")
        [held] = installer.told("cards", "give", "104", *door, *whose, *card)
        assert (held["door"], held["household"], held["has_pin"]) == ("00000011", 12, False)
        # Midnight in Shanghai.
        assert held["valid_until"] == 1_798_732_800
        assert operator.told("cards", "list", "--door", "00000011") == [held]
        assert operator.told("cards", "revoke", "104", *door) == {"revoked": 1}
        assert operator.told("cards", "list", "--holder", "104") == []
        assert "lets holder 104 in" in operator.may_not("cards", "revoke", "104")
        assert "is a meter, not a door" in installer.may_not(
            "cards", "give", "104", "--door", "00000022", *whose, *card
        )
        linli("cards", "give", "104", *door, "--card", "1234", code=2, **installer.environment)

    at_terminal(story, tmp_path)


def test_an_update_is_begun_with_a_bundle_and_ended(tmp_path: Path) -> None:
    bundle = tmp_path / "door.linli"
    bundle.write_bytes(b"no bundle")

    def story(site: Served) -> None:
        installer = Person(site, Role.INSTALLER)
        assert "the bundle is no use" in installer.may_not("update", "begin", str(bundle))
        assert installer.told("update", "list") == []
        bundle.write_bytes(updates.NEW_BUNDLE)
        number = installer.told("update", "begin", str(bundle), "--device", "00000011")["number"]
        [update] = installer.told("update", "list")
        assert (update["kind"], list(update["fates"])) == ("door", ["00000011"])
        assert "is being updated" in installer.may_not("update", "begin", str(bundle))
        installer.does("update", "end", str(number))
        assert installer.told("update", "list")[0]["ended_by"] == "installer"
        assert "there is no update 7" in installer.may_not("update", "end", "7")

    at_terminal(story, tmp_path)


def test_people_are_managed_and_change_at_once(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("another horse battery\n")
    file = ("--password-file", str(password))

    def story(site: Served) -> None:
        admin = Person(site, Role.ADMIN)
        admin.does("people", "add", "wang li", "--role", "viewer", *file)
        admin.does("people", "role", "wang li", "--role", "operator")
        people = {each["name"]: each["role"] for each in admin.told("people", "list")}
        assert people["wang li"] == "operator"
        linli("login", "--server", site.address, "--name", "wang li", *file)
        assert "wang li, operator" in linli("whoami").output
        admin.does("people", "password", "wang li", *file)
        assert "log in" in failure("whoami")
        admin.does("people", "remove", "wang li")
        assert "no such name" in failure(
            "login", "--server", site.address, "--name", "wang li", *file
        )

    at_terminal(story, tmp_path)


def test_who_has_logged_in_needs_to_say_neither_hub_nor_token(tmp_path: Path, home: Path) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    file = ("--password-file", str(password))

    def story(site: Served) -> None:
        linli("login", "--server", site.address, "--name", "operator", *file)
        kept = home / "linli" / "hub.json"
        assert kept.stat().st_mode & 0o777 == 0o600
        assert "operator, operator" in linli("whoami").output
        assert len(json.loads(linli("incidents", "--json").output)) == 1
        token = linli("token", "--days", "2").output.strip()
        assert "log in" in failure("whoami", LINLI_TOKEN="wrong")
        assert "logged out" in linli("logout").output
        assert not kept.exists()
        assert "which hub?" in failure("whoami")
        assert "nobody is logged in" in failure("logout")
        words = ("whoami", "--server", site.address)
        assert "no token" in failure(*words)
        assert "operator" in linli(*words, LINLI_TOKEN=token).output

    at_terminal(story, tmp_path)


def test_a_token_goes_to_no_other_hub_and_over_no_open_way(home: Path) -> None:
    (home / "linli").mkdir(parents=True)
    kept = home / "linli" / "hub.json"
    kept.write_text('{"server": "https://hub.example", "token": "secret"}')
    assert "http://127.0.0.1:9: no token" in failure("whoami", "--server", "http://127.0.0.1:9")
    for address in ("http://192.0.2.1:8431", "http://hub.example"):
        told = failure("whoami", "--server", address, LINLI_TOKEN="secret")
        assert told == f"{address}: only a hub on this host is asked without TLS: https://..."
    for address in ("hub.example", "ftp://hub.example", ""):
        told = failure("whoami", "--server", address, LINLI_TOKEN="secret")
        assert "no address of a hub" in told
    kept.write_text("[]")
    assert "not what linli hub login has written" in failure("whoami")


def test_a_hub_that_is_not_there_is_one_line() -> None:
    server = "http://127.0.0.1:9"
    told = failure("fleet", "--server", server, LINLI_TOKEN="secret")
    assert told.startswith(f"{server}: ")
    assert "\n" not in told


def test_a_hub_that_is_served_by_command_says_where_and_ends_when_told(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    file = ("--password-file", str(password))
    linli("init", str(tmp_path / "site"), "--admin", "lin", *file)
    config = tmp_path / "site" / "hub.toml"
    config.write_text('ways = [{ kind = "tcp", port = 0 }]\n[web]\nport = 0\n')
    command = [sys.executable, "-m", "linli_tools", "hub", "serve", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        said = ""
        while not (found := re.search(r"page at (http://127\.0\.0\.1:\d+)", said)):
            said = serving.stderr.readline()
            assert said, "it has ended"
        linli("login", "--server", found[1], "--name", "lin", *file)
        assert "lin, admin" in linli("whoami").output
        assert json.loads(linli("fleet", "--json").output) == []
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0
        assert "Traceback" not in serving.stderr.read()
    assert found[1] in failure("whoami")
    # Nobody is asked when files are named.
    assert json.loads(linli("fleet", "--json", "--config", str(config)).output) == []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config.write_text(f"[web]\nport = {port}\n")
        assert f"web 127.0.0.1:{port}: " in failure("serve", "--config", str(config))
