"""The web server itself: what it listens to, what it tells browsers, metrics, the API's page."""

import asyncio
import io
import json
import re
import socket
import ssl
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import chromium
from linli_hub.configuration import ConfigurationError, load
from linli_hub.live import logs
from linli_hub.people import Role
from linli_hub.web import connections, docs
from linli_hub.web.server import _listening
from linli_hub.web.settings import Web, WebError
from linli_protocol import codes, messages, packet
from mosquitto import Authority
from web_site import BUTTON, WAIT_S, Served, told

Labels = tuple[tuple[str, str], ...]
ROOT = Path(__file__).parents[2]


def test_without_tls_only_this_host_is_served(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    for host in ("127.0.0.1", "127.8.9.10", "::1", "localhost"):
        path.write_text(f'[web]\nhost = "{host}"\n')
        assert load(path).web == Web(host=host)
    for host in ("0.0.0.0", "::", "192.0.2.1", "hub.example"):
        path.write_text(f'[web]\nhost = "{host}"\n')
        with pytest.raises(ConfigurationError, match="without certificate and key the hub listens"):
            load(path)
    path.write_text('[web]\nhost = "0.0.0.0"\ncertificate = "a.pem"\n')
    with pytest.raises(ConfigurationError, match="certificate and key go together"):
        load(path)
    path.write_text('[web]\nhost = "0.0.0.0"\ncertificate = "a.pem"\nkey = "/b.key"\n')
    web = load(path).web
    assert web is not None
    assert (web.certificate, web.key) == (tmp_path / "a.pem", Path("/b.key"))
    with pytest.raises(WebError, match=r"a\.pem"):
        web.tls_context()


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(WebError, match=rf"web 127\.0\.0\.1:{port}: .*in use"):
            _listening(Web(port=port))


def test_with_tls_what_is_said_goes_encrypted(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.issue("localhost")

    async def story(site: Served) -> None:
        assert site.address.startswith("https://localhost:")
        served = Web(certificate=certificate, key=key).tls_context()
        assert served is not None and served.minimum_version >= ssl.TLSVersion.TLSv1_2
        context = ssl.create_default_context(cafile=authority.pem)
        async with httpx.AsyncClient(verify=context) as client:
            assert (await client.get(f"{site.address}/healthz")).status_code == 200
            plain = site.address.replace("https", "http")
            with pytest.raises(httpx.TransportError):
                await client.get(f"{plain}/healthz")

    told(story, tmp_path, f'host = "localhost"\ncertificate = "{certificate}"\nkey = "{key}"\n')


def test_browsers_are_told_to_run_nothing_of_anybody_else(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client() as client:
            for path in ("/healthz", "/api/v1/me", "/nothing", "/static/js/api-docs.js"):
                headers = (await client.get(path)).headers
                policy = headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'self'; ")
                assert "unsafe" not in policy
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["X-Frame-Options"] == "DENY"
                caching = "no-cache" if path.startswith("/static/") else "no-store"
                assert headers["Cache-Control"] == caching
                assert "Server" not in headers

    told(story, tmp_path)


def test_metrics_are_what_prometheus_reads_and_say_how_the_hub_does(tmp_path: Path) -> None:
    async def story(site: Served) -> None:
        async with site.client(Role.OPERATOR) as client, site.device(BUTTON) as button:
            assert (await client.get("/metrics", headers={"Authorization": ""})).status_code == 401
            alarm = {"incident": 1, "time": 1_800_000_000, "cause": codes.PRESS, "presses": 1}
            button.send(messages.ALARM, alarm)
            unknown = packet.pack_header(messages.HELLO, packet.LONG, 0x99, 0, 1) + bytes(20)
            site.running.engine.receive("tcp", unknown, lambda packet: False)
            while not (await figures(client)).get(("linli_incidents_open", ())):
                await asyncio.sleep(0.05)
            found = await figures(client)
            assert found["linli_devices", (("kind", "panic"),)] == 1
            assert found["linli_packets_received_total", (("way", "tcp"),)] >= 3
            assert found["linli_packets_sent_total", (("way", "tcp"),)] >= 1
            assert found["linli_packets_refused_total", (("reason", "unknown device"),)] == 1
            assert 0 < found["linli_incidents_oldest_waiting_seconds", ()] < 60
            assert found["linli_log_rows", ()] == site.running.site.journal.head.number
            assert found["linli_journal_commit_seconds_count", ()] >= 1
            assert found["linli_trouble", (("part", "database"),)] == 0
            of_metrics = ("method", "GET"), ("operation", "metrics-told")
            assert found["linli_http_requests_total", (*of_metrics, ("status", "401"))] == 1
            assert found["linli_http_requests_total", (*of_metrics, ("status", "200"))] >= 1

    told(story, tmp_path)


async def figures(
    client: httpx.AsyncClient,
) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = (await client.get("/metrics")).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_one_address_cannot_take_all_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ADDRESS", 3)

    async def story(site: Served) -> None:
        opened = [await connect(site) for _ in range(4)]
        assert await asyncio.wait_for(opened[3][0].read(), WAIT_S) == b""
        opened[0][1].close()
        async with site.client() as client:
            while not await answers(client):
                await asyncio.sleep(0.05)

    told(story, tmp_path)


def test_who_does_not_say_a_whole_request_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_LOOK_S", 0.2)

    async def story(site: Served) -> None:
        head = b"POST /api/v1/log-in HTTP/1.1\r\nHost: hub\r\n"
        begun = [b"", b"GET /healthz HT", head + b"Content-Length: 9\r\n\r\n{"]
        slow = [await connect(site) for _ in begun]
        for (_, writer), said in zip(slow, begun, strict=True):
            writer.write(said)
        async with site.client(Role.VIEWER) as client:
            for _ in range(20):
                assert await answers(client)
                await asyncio.sleep(0.1)
            async with client.stream("GET", "/api/v1/events") as stream:
                await asyncio.sleep(1)
                assert site.running.site.journal.head.number
                assert not stream.is_closed
        for reader, _ in slow:
            assert await asyncio.wait_for(reader.read(), WAIT_S) == b""

    told(story, tmp_path)


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000,
    ],
    ids=["TLS", "negative", "huge", "two", "long path", "long header"],
)
def test_what_is_no_http_is_a_problem_and_not_a_line_of_the_log(
    said: bytes, tmp_path: Path
) -> None:
    log = io.StringIO()

    async def story(site: Served) -> None:
        reader, writer = await connect(site)
        writer.write(said)
        answer = await asyncio.wait_for(reader.read(), WAIT_S)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in head
        assert json.loads(body)["status"] == 400
        writer.close()
        async with site.client() as client:
            assert await answers(client)

    with logs.written(log, as_json=True):
        told(story, tmp_path)
    assert "Invalid" not in log.getvalue()


def test_who_takes_nothing_of_an_answer_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_LOOK_S", 0.3)

    async def story(site: Served) -> None:
        deaf = socket.create_connection(("127.0.0.1", site.server.port))
        path = "/static/vendor/swagger-ui-dist/swagger-ui-bundle.js"
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode() * 8)
        open_now = site.server._server.server_state.connections
        async with asyncio.timeout(WAIT_S):
            while not open_now:
                await asyncio.sleep(0.01)
            while open_now:
                await asyncio.sleep(0.05)
        deaf.close()
        # Who takes it slowly has all of it.
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, limit=4096)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.findall(rb"content-length: (\d+)", head.lower())[0])
        for _ in range(10):
            await reader.readexactly(length // 10)
            await asyncio.sleep(0.1)
        await reader.readexactly(length % 10)
        writer.close()

    told(story, tmp_path)


async def connect(site: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", site.server.port)


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(chromium.CHROMIUM is None, reason=chromium.MISSING)
def test_the_api_s_page_shows_every_route_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    def look(address: str) -> None:
        with chromium.Chromium(tmp_path / "chromium") as browser:
            page = browser.open(address + docs.PATH, 1280)
            while not (shown := page.value(_SHOWN)):
                pass
            assert {"/api/v1/incidents", "/api/v1/log-in", "/metrics"} <= set(shown)
            page.value("document.querySelector('.opblock-summary-control').click()")
            assert page.complaints == []
            hosts = {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")}
            assert hosts == {urlsplit(address).netloc}

    async def story(site: Served) -> None:
        await asyncio.to_thread(look, site.address)

    told(story, tmp_path)


_SHOWN = """Array.from(
  document.querySelectorAll(".opblock-summary-path"), path => path.dataset.path
)"""


def test_what_comes_with_the_hub_is_in_its_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["linli_hub"]
    assert {"web/static/**/*", "web/templates/**/*", "web/wording/*.toml"} <= set(patterns)
    page = re.findall(r'(?:src|href)="/(static/[^"]+)"', docs._PAGE)
    assert len(page) == 3
    for path in page:
        assert (ROOT / "hub/linli_hub/web" / path).is_file()
