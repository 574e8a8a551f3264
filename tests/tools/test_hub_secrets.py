"""No key, password or token of a hub is where it does not belong, whatever goes wrong."""

import asyncio
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from linli_hub.live import logs
from linli_hub.people.accounts import Accounts
from linli_protocol import keys
from linli_tools.cli import app
from web_site import Served, told

PASSWORD, WRONG = "correct horse battery", "another horse battery"
DEVICE = 0x11


def linli(*words: str | Path, code: int = 0) -> str:
    """Run a command; return all that it says."""
    done = CliRunner().invoke(app, ["hub", *map(str, words)])
    assert done.exit_code == code, (done.output, done.exception)
    return f"{done.output}{done.stderr}{done.exception}"


def found(secrets: dict[str, bytes], places: dict[str, bytes]) -> list[str]:
    """Return which secrets are in which places, as they are or in hexadecimal."""
    return [
        f"{name} in {place}"
        for name, secret in secrets.items()
        for place, content in places.items()
        if any(form in content for form in (secret, secret.hex().encode()))
    ]


def test_a_day_at_a_hub_leaves_no_secret_behind(tmp_path: Path) -> None:
    password, wrong = tmp_path / "password", tmp_path / "wrong"
    password.write_text(PASSWORD)
    wrong.write_text(WRONG)
    folder = tmp_path / "site"
    said = [linli("init", folder, "--admin", "lin", "--password-file", password)]
    config = folder / "hub.toml"
    config.write_text('ways = [{ kind = "tcp", port = 0 }]\n[web]\nport = 0\n')
    by = ("--config", config, "--by", "lin")
    said.append(linli("enrol", f"{DEVICE:08x}", "--kind", "door", "--way", "tcp", *by))
    serve = [sys.executable, "-m", "linli_tools", "hub", "serve", "--log-json"]
    serve += ["--config", str(config)]
    with ExitStack() as stack:
        pipe = subprocess.PIPE
        serving = stack.enter_context(subprocess.Popen(serve, stdout=pipe, stderr=pipe))
        stack.callback(serving.kill)
        assert serving.stdout is not None and serving.stderr is not None
        first = b""
        while not (address := re.search(rb"page at (http://127\.0\.0\.1:\d+)", first)):
            first = serving.stderr.readline()
            assert first, "it has ended"
            said.append(first.decode())
        server = address[1].decode()
        log_in = ("login", "--server", server, "--name", "lin", "--password-file")
        said += [linli(*log_in, wrong, code=1), linli(*log_in, password)]
        token = json.loads((tmp_path / "home/linli/hub.json").read_text())["token"]
        other = linli("token", "--days", "1").split()[0]
        for words in (("whoami",), ("fleet",), ("people", "list"), ("proposals",)):
            said.append(linli(*words, "--json"))
        said.append(linli("audit", "--json", code=1))
        with httpx.Client(base_url=server) as nobody:
            for guess in (token[:-1] + "x", "x"):
                header = {"Authorization": f"Bearer {guess}"}
                said.append(nobody.get("/api/v1/me", headers=header).text)
            # Nothing that was sent is in what is said to be wrong with it.
            mistaken = {"name": "lin", "password": WRONG, "pin": "4711"}
            said.append(nobody.post("/api/v1/log-in", json=mistaken).text)
            said.append(nobody.post("/api/v1/log-in", content=json.dumps(WRONG)).text)
        process = Path(f"/proc/{serving.pid}")
        limits = (process / "limits").read_text()
        places = {name: (process / name).read_bytes() for name in ("cmdline", "environ")}
        serving.send_signal(signal.SIGTERM)
        rest = serving.stdout.read() + serving.stderr.read()
        assert serving.wait(20) == 0
    places |= {"what was said": "\n".join(said).encode() + rest}
    for path in folder.iterdir():
        if path.is_file() and path.suffix != ".key":
            places[path.name] = path.read_bytes()
    assert {"hub.db", "hub.toml"} <= places.keys()
    community = bytes.fromhex((folder / "community.key").read_text())
    secrets = {
        "password": PASSWORD.encode(),
        "what was typed for it": WRONG.encode(),
        "token": token.encode(),
        "another token": other.encode(),
        "community key": community,
        "master key": bytes.fromhex((folder / "master.key").read_text()),
        "root key": keys.root_key(community, DEVICE, 0),
    }
    assert found(secrets, places) == []
    # It would have been noticed: each is where it belongs.
    assert found(secrets, {"keys": b"".join(files(folder, "*.key"))}) == [
        "community key in keys",
        "master key in keys",
    ]
    assert found(secrets, {"login": (tmp_path / "home/linli/hub.json").read_bytes()}) == [
        "token in login"
    ]
    # A crash leaves no image of the memory that has the keys.
    assert re.search(r"Max core file size +0 +0 ", limits)


def files(folder: Path, pattern: str) -> Iterable[bytes]:
    for path in folder.glob(pattern):
        assert path.stat().st_mode & 0o777 == 0o600
        yield path.read_bytes()


def test_a_hub_that_fails_at_a_password_says_it_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(accounts: Accounts, name: str, password: str) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(Accounts, "with_password", fails)
    log = io.StringIO()
    answers = []

    async def story(site: Served) -> None:
        async with site.client() as client:
            asked = {"name": "operator", "password": PASSWORD}
            answers.append(await client.post("/api/v1/log-in", json=asked))
            answers.append(await client.post("/login", data=asked))
        await asyncio.sleep(0)

    with logs.written(log, as_json=True):
        told(story, tmp_path)
    assert [each.status_code for each in answers] == [500, 500]
    assert "made to fail" in log.getvalue()
    for text in (log.getvalue(), *(each.text for each in answers)):
        assert PASSWORD not in text
    assert all("made to fail" not in each.text for each in answers)
