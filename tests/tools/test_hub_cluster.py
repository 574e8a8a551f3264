"""`linli hub cluster`: boxes are given their files, and the last of them goes on alone."""

import asyncio
import json
import socket
import ssl
import urllib.error
import urllib.request
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from hub_command import linli
from linli_hub.cluster.promotion import PROMOTED
from linli_hub.configuration import load
from linli_hub.site import read_key
from linli_hub.storage import leads, log_table, open_to_read
from linli_protocol import codes, messages
from linli_tools.cli import app
from linli_tools.cluster.local import LocalNode
from linli_tools.failure import Failure
from local_cluster import (
    ADMIN,
    MISSING,
    PASSWORD,
    WAIT_S,
    as_node,
    lose,
    revive,
    running,
    silence,
    until,
)
from tcp_device import TcpDevice, joined, unacknowledged, until_acknowledged

SECOND = "wang"
BUTTON = 0x33


def said(done: Result) -> str:
    return str(done.exception) if isinstance(done.exception, Failure) else done.output


@pytest.fixture
def password(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    return str(path)


def test_each_box_is_given_its_files(tmp_path: Path, password: str) -> None:
    site, folder = tmp_path / "site", tmp_path / "cluster"
    linli("init", str(site), "--admin", ADMIN, "--password-file", password)
    boxes = {f"box{n}": f"10.1.0.{n}" for n in range(1, 5)}
    nodes = [word for each in boxes.items() for word in ("--node", "=".join(each))]
    linli("cluster", "init", str(folder), *nodes, "--config", str(site / "hub.toml"))
    for name, host in boxes.items():
        settings = load(folder / name / "hub.toml")
        assert settings.cluster is not None
        assert settings.cluster.node == name
        assert {key: str(at) for key, at in settings.cluster.nodes.items()} == boxes
        assert f"@{host}:5432/" in settings.database
        assert settings.community_key.read_text() == (site / "community.key").read_text()
        assert {path.stat().st_mode & 0o077 for path in (folder / name).iterdir()} == {0}
    assert _voters(folder) == ["box1", "box2", "box3"]
    assert (folder / "site.zip").exists()
    words = [str(folder), *nodes, "--config", str(site / "hub.toml")]
    again = linli("cluster", "init", *words, code=2)
    assert "is not empty" in again.output


def test_a_witness_has_a_vote_and_no_secret_of_the_site(tmp_path: Path, password: str) -> None:
    site, folder = tmp_path / "site", tmp_path / "cluster"
    linli("init", str(site), "--admin", ADMIN, "--password-file", password)
    boxes = {f"box{n}": f"10.1.0.{n}" for n in range(1, 4)}
    nodes = [word for each in boxes.items() for word in ("--node", "=".join(each))]
    words = [str(folder), *nodes, "--witness", "cloud=10.9.0.1", "--config", str(site / "hub.toml")]
    linli("cluster", "init", *words)
    assert _voters(folder) == ["box1", "box2", "cloud"]
    assert {path.name for path in (folder / "cloud").iterdir()} == {
        *("ca.pem", "node.pem", "node.key", "etcd.yml", "linli-etcd.service")
    }
    assert "User=etcd\n" in (folder / "cloud" / "linli-etcd.service").read_text()
    assert "User=postgres\n" in (folder / "box1" / "linli-etcd.service").read_text()
    assert '"10.9.0.1:2379"' in (folder / "box3" / "patroni.yml").read_text()
    assert "10.9.0.1" not in (folder / "box3" / "hub.toml").read_text()


def _voters(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/etcd.yml"))


@pytest.mark.parametrize(
    ("nodes", "code", "why"),
    [
        (["box1"], 2, "NAME=ADDRESS"),
        (["box1=somewhere"], 2, "no address"),
        (["box1=10.0.0.1", "box2=10.0.0.2"], 1, "3 nodes or more"),
        (["box1=10.0.0.1", "box2=10.0.0.2", "box3=10.0.0.1"], 1, "the address 10.0.0.1"),
    ],
)
def test_boxes_that_cannot_be_are_refused(
    nodes: list[str], code: int, why: str, tmp_path: Path, password: str
) -> None:
    site = tmp_path / "site"
    linli("init", str(site), "--admin", ADMIN, "--password-file", password)
    words = [word for each in nodes for word in ("--node", each)]
    folder = str(tmp_path / "cluster")
    done = linli("cluster", "init", folder, *words, "--config", str(site / "hub.toml"), code=code)
    assert why in said(done)


def test_a_cluster_has_a_database_with_standbys(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('[cluster]\nnode = "box1"\nnodes = { box1 = "10.0.0.1" }\n')
    done = linli("serve", "--config", str(path), code=1)
    assert "postgresql://" in said(done)


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_lead_goes_from_a_full_box_and_from_lost_ones_to_the_last_if_two_persons_decide(
    tmp_path: Path, password: str
) -> None:
    async def story() -> None:
        async with running(tmp_path / "cluster", 3) as cluster:
            leader = await asyncio.to_thread(cluster.leader)
            assert leader is not None
            await asyncio.to_thread(_refuse_strangers, cluster.nodes[0])
            full = leader
            await asyncio.to_thread(_fill, full)
            await until(lambda: (leader := cluster.leader()) and leader is not full)
            leader = await asyncio.to_thread(cluster.leader)
            assert leader is not None
            await until(lambda: _serves(leader))
            await asyncio.to_thread(_empty, leader)
            await asyncio.to_thread(_add_second, leader, password)
            last, lost = [each for each in cluster.nodes if each is not leader]
            await _leave_alone(leader, last, lost)
            await until(lambda: _told(last)["row"] == _told(leader)["row"])
            before = _told(last)
            lose(leader)
            lose(lost)
            await asyncio.to_thread(_go_on, last, password)
            await until(lambda: _told(last)["term"] == before["term"] // 65_536 * 65_536 + 65_537)
            database = open_to_read(last.database())
            rows = [each.record for each in log_table.read(database)]
            database.close()
            (promoted,) = [json.loads(each.body) for each in rows if each.kind == PROMOTED]
            assert promoted["by"] == [ADMIN, SECOND]
            assert promoted["away"] == sorted([leader.node.name, lost.node.name])
            assert promoted["row"] == before["row"]

    asyncio.run(story())


def _refuse_strangers(node: LocalNode) -> None:
    """Hold that only TLS with a certificate of this cluster has an answer of a node's programs."""
    known = as_node(node)
    unknown = ssl.create_default_context(cafile=str(node.folder / "ca.pem"))
    for port, path in ((2379, "health"), (8008, "patroni")):
        address = f"{node.node.host}:{port}/{path}"
        assert httpx.get(f"https://{address}", verify=known).status_code == HTTPStatus.OK
        with pytest.raises(httpx.TransportError):
            httpx.get(f"https://{address}", verify=unknown)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://{address}").raise_for_status()
    with socket.create_connection((node.node.host, 2380), 5) as peer:
        assert known.wrap_socket(peer, server_hostname=node.node.host).version() == "TLSv1.3"
    with psycopg.connect(node.database()) as connection:
        assert connection.pgconn.ssl_in_use
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(make_conninfo(node.database(), sslmode="disable"))


def _fill(node: LocalNode) -> None:
    """Have a node's database fail as one whose disk is full, and its hub find that out."""
    with psycopg.connect(node.database(), autocommit=True) as connection:
        connection.execute(
            f"""
            CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF host(inet_server_addr()) = '{node.node.host}' THEN
                    RAISE 'no room' USING ERRCODE = 'disk_full';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON log EXECUTE FUNCTION fill()
        """.encode()
        )
    # What the hub does then is on record, and there is no room for that.
    with suppress(httpx.TimeoutException):
        body = {"name": ADMIN, "password": PASSWORD}
        httpx.post(f"http://{node.node.host}:8431/api/v1/log-in", json=body, timeout=1)


def _empty(node: LocalNode) -> None:
    with psycopg.connect(node.database(), autocommit=True) as connection:
        connection.execute("DROP TRIGGER full_disk ON log")


def _serves(node: LocalNode) -> bool:
    try:
        answer = httpx.get(f"http://{node.node.host}:8431/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == HTTPStatus.OK


def _add_second(leader: LocalNode, password: str) -> None:
    server = f"http://{leader.node.host}:8431"
    linli("login", "--server", server, "--name", ADMIN, "--password-file", password)
    linli("people", "add", SECOND, "--role", "operator", "--password-file", password)


async def _leave_alone(leader: LocalNode, *others: LocalNode) -> None:
    """Have a button call a leader that has lost its standbys, and hear of it when one is back."""
    key = read_key(leader.folder / "community.key")
    await asyncio.to_thread(_enrol_button)
    button = TcpDevice(key, BUTTON, codes.PANIC)
    async with joined(button, 4731, leader.node.host):
        for each in others:
            silence(each)
        button.send(messages.ALARM, {"incident": 1, "time": 1, "cause": codes.PRESS})
        await until(lambda: "takes nothing" in _readiness(leader))
        assert unacknowledged(button) == 1
        for each in others:
            revive(each)
        async with asyncio.timeout(WAIT_S):
            await until_acknowledged(button)
    await until(lambda: "takes nothing" not in _readiness(leader))


def _enrol_button() -> None:
    linli("enrol", f"{BUTTON:08x}", "--kind", "panic", "--way", "tcp")


def _readiness(node: LocalNode) -> str:
    try:
        with urllib.request.urlopen(f"http://{node.node.host}:8431/readyz") as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def _told(node: LocalNode) -> dict:
    done = CliRunner().invoke(
        app, ["hub", "cluster", "status", "--json", "--config", str(node.folder / "hub.toml")]
    )
    (told,) = [each for each in json.loads(done.output) if each["node"] == node.node.name]
    return told


def _go_on(last: LocalNode, password: str) -> None:
    config = str(last.folder / "hub.toml")
    promote = ["cluster", "promote", "--config", config]

    def decide(*by: str, code: int = 0) -> str:
        words = [word for name in by for word in ("--by", name, "--password-file", password)]
        return said(linli(*promote, *words, code=code))

    linli("cluster", "status", "--config", config, code=1)
    assert "two persons" in decide(ADMIN, code=2)
    assert "not two" in decide(ADMIN, ADMIN, code=1)
    assert "no such name" in decide(ADMIN, "nobody", code=1)
    # etcd has no majority, and decides nothing.
    decide(ADMIN, SECOND, code=1)
    assert not leads(last.database())
    assert last.etcd is not None
    with (last.folder / "etcd.yml").open("a") as file:
        file.write("force-new-cluster: true\n")
    last.etcd.kill()
    assert "goes on" in decide(ADMIN, SECOND)
