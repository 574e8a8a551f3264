"""What a hub is told in `hub.toml`: where it keeps things, and by which ways it reaches devices."""

import tomllib
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from .mistakes import explain
from .northbound.mqtt.settings import Mqtt
from .storage.opening import POSTGRES
from .ways import Bus, Line, Tcp, Udp, Way
from .web.settings import Web

_Port = Annotated[int, Field(ge=0, le=65_535)]
_Baud = Annotated[int, Field(ge=1200, le=3_000_000)]
_Address = Annotated[int, Field(ge=1, le=0xFFFFFFFE)]


class ConfigurationError(ValueError):
    """A configuration that cannot be used; one line for each mistake."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TcpWay(_Table):
    """Devices that connect over TCP."""

    kind: Literal["tcp"]
    host: str = "127.0.0.1"
    port: _Port = 4731

    def open(self) -> Way:
        """Return the way."""
        return Tcp(self.host, self.port)


class UdpWay(_Table):
    """Devices that send datagrams, NB-IoT among them."""

    kind: Literal["udp"]
    host: str = "127.0.0.1"
    port: _Port = 4731

    def open(self) -> Way:
        """Return the way."""
        return Udp(self.host, self.port)


class LineWay(_Table):
    """A serial line with one device."""

    kind: Literal["line"]
    path: Path
    baud: _Baud = 115_200

    def open(self) -> Way:
        """Return the way."""
        return Line(self.path, self.baud)


class BusWay(_Table):
    """An RS-485 bus, of which the hub is the master."""

    kind: Literal["bus"]
    path: Path
    devices: tuple[_Address, ...] = Field(min_length=1, max_length=128)
    baud: _Baud = 115_200

    @field_validator("devices")
    @classmethod
    def _one_answers(cls, devices: tuple[int, ...]) -> tuple[int, ...]:
        on_bus: dict[int, int] = {}
        for device in devices:
            other = on_bus.setdefault(device % 128, device)
            if other != device:
                raise ValueError(
                    f"{other:08x} and {device:08x} have the same low seven bits, and would both "
                    "answer one poll"
                )
        return devices

    def open(self) -> Way:
        """Return the way."""
        return Bus(self.path, self.devices, self.baud)


_AnyWay = Annotated[TcpWay | UdpWay | LineWay | BusWay, Field(discriminator="kind")]


class Upkeep(_Table):
    """What a hub at work does for itself every day, and how much of the disk it leaves."""

    hour: Annotated[int, Field(ge=0, le=23)] = 3
    """Local time of day."""
    archive_after_days: Annotated[int, Field(ge=7)] = 30
    """Rows of the log that are older go to archives, as soon as they fill a file."""
    warn_free_mb: Annotated[int, Field(ge=0)] = 1024
    """With less free, a warning."""
    reserve_mb: Annotated[int, Field(ge=0)] = 256
    """With less free, nothing is taken in that can wait in its device."""


class Cluster(_Table):
    """A hub that waits while its database is a standby's, and serves while that leads."""

    node: str
    """Which of `nodes` this hub is."""
    nodes: dict[str, IPv4Address]
    """The addresses of all databases, by the nodes' names."""
    patroni: Path = Path("patroni.yml")
    """The configuration of this node's Patroni."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.node not in self.nodes:
            raise ValueError(f"node: {self.node!r} is none of {', '.join(self.nodes)}")
        return self

    def within(self, folder: Path) -> "Cluster":
        """Return the settings with their paths made to begin at `folder`."""
        return self.model_copy(update={"patroni": folder / self.patroni})


class Configuration(_Table):
    """A hub's settings. Relative paths begin at the configuration's folder."""

    database: str = "hub.db"
    """A file for SQLite, or a `postgresql://` URL."""
    archive: Path = Path("archive")
    """The folder of what has left the log for files."""
    community_key: Path = Path("community.key")
    master_key: Path = Path("master.key")
    time_zone: str = "Asia/Shanghai"
    ways: tuple[_AnyWay, ...] = ()
    upkeep: Upkeep = Upkeep()
    cluster: Cluster | None = None
    mqtt: Mqtt | None = None
    web: Web | None = None

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"{name!r} is no time zone known here; Asia/Shanghai is one") from None
        return name

    @model_validator(mode="after")
    def _can_follow(self) -> Self:
        if self.cluster is not None and not self.database.startswith(POSTGRES):
            raise ValueError("[cluster] needs a database with standbys: postgresql://…")
        return self

    def within(self, folder: Path) -> "Configuration":
        """Return the configuration with its paths made to begin at `folder`."""
        database = self.database
        if not database.startswith(POSTGRES):
            database = str(folder / database)
        return self.model_copy(
            update={
                "database": database,
                "archive": folder / self.archive,
                "community_key": folder / self.community_key,
                "master_key": folder / self.master_key,
                "cluster": self.cluster and self.cluster.within(folder),
                "mqtt": self.mqtt and self.mqtt.within(folder),
                "web": self.web and self.web.within(folder),
            }
        )


def load(path: Path) -> Configuration:
    """Return the configuration in a file; ConfigurationError names the file and every mistake."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    try:
        return Configuration.model_validate(values).within(path.parent)
    except ValidationError as error:
        raise ConfigurationError(explain(error, Configuration, str(path))) from error
