"""A hub's configuration is read with its defaults, and every mistake in it is told."""

from pathlib import Path

import pytest

from linli_hub.configuration import ConfigurationError, load
from linli_hub.ways import Bus, Line, Tcp, Udp


def written(folder: Path, text: str) -> Path:
    path = folder / "hub.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    found = load(written(tmp_path, ""))
    assert found.database == str(tmp_path / "hub.db")
    assert found.community_key == tmp_path / "community.key"
    assert found.ways == ()


def test_paths_and_urls_are_kept(tmp_path: Path) -> None:
    text = 'database = "postgresql://linli@127.0.0.1/hub"\nmaster_key = "/etc/linli/master.key"\n'
    found = load(written(tmp_path, text))
    assert found.database == "postgresql://linli@127.0.0.1/hub"
    assert found.master_key == Path("/etc/linli/master.key")


def test_ways_are_opened_as_described(tmp_path: Path) -> None:
    text = """
        ways = [
            { kind = "tcp", port = 1 },
            { kind = "udp", host = "::1", port = 2 },
            { kind = "line", path = "/dev/serial/by-id/one" },
            { kind = "bus", path = "/dev/serial/by-id/two", devices = [5, 6], baud = 9600 },
        ]
    """
    tcp, udp, line, bus = [way.open() for way in load(written(tmp_path, text)).ways]
    assert isinstance(tcp, Tcp) and tcp.port == 1
    assert isinstance(udp, Udp) and udp.host == "::1"
    assert isinstance(line, Line) and line.name == "line /dev/serial/by-id/one"
    assert isinstance(bus, Bus) and bus.route(6) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 1", "port: unknown key; known here: database, archive, community_key"),
        ('time_zone = "Mars/Olympus"', "time_zone: 'Mars/Olympus' is no time zone known here"),
        (
            'ways = [{ kind = "tcp", port = 70000 }]',
            "ways[0].tcp.port: Input should be less than or equal to 65535 "
            "(accepted: from 0 up to 65,535)",
        ),
        ('ways = [{ kind = "pigeon" }]', "ways[0]: Input tag 'pigeon'"),
        (
            'ways = [{ kind = "line", baud = 9600, speed = 1, path = "x" }]',
            "ways[0].line.speed: unknown key; known here: kind, path, baud",
        ),
        (
            'ways = [{ kind = "bus", path = "x", devices = [5, 133] }]',
            "00000005 and 00000085 have the same low seven bits",
        ),
        ('ways = [{ kind = "bus", path = "x", devices = [] }]', "ways[0].bus.devices"),
        ("= 1", "hub.toml: not TOML: "),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "hub.toml"))
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"hub\.toml: No such file"):
        load(tmp_path / "hub.toml")


def test_upkeep_has_limits(tmp_path: Path) -> None:
    found = load(written(tmp_path, "[upkeep]\nhour = 4\narchive_after_days = 90\n")).upkeep
    assert (found.hour, found.archive_after_days) == (4, 90)
    # What an uplink may have to catch up with is in the database: 96 h and some.
    with pytest.raises(
        ConfigurationError, match=r"upkeep\.archive_after_days: .*\(accepted: from 7"
    ):
        load(written(tmp_path, "[upkeep]\narchive_after_days = 1\n"))
