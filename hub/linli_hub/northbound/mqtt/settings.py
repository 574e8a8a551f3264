"""What an uplink to an MQTT broker is told."""

import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from linli_protocol import codes
from linli_protocol.words import COMMANDS

from ...privacy import Sensitivity
from ..forwarder import Limits

# A topic's level, and an identifier in Home Assistant's discovery.
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=64)]
_THIS_HOST = frozenset({"127.0.0.1", "::1", "localhost"})

# None of them opens a door or moves a valve, nor ends what keeps doors open in an emergency.
_ACCEPTABLE = frozenset({codes.READ_NOW, codes.REPORT_HEALTH, codes.REKEY})
_BY_WORD = {word: operation for operation, word in COMMANDS.items()}


class SettingsError(ValueError):
    """A file that settings name cannot be used; the message names it and says why."""


class Mqtt(BaseModel):
    """A broker, who the hub is to it, and what it is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: _Name
    """Names the hub among others on the broker."""
    host: str
    port: int = Field(default=8883, ge=1, le=65_535)
    tls: bool = True
    """Only a broker on the hub's own host may do without."""
    ca: Path | None = None
    """Whose certificate the broker must have; the system's authorities if left out."""
    certificate: Path | None = None
    """The hub's own, in PEM, with its `key`."""
    key: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    """Its first line is the password."""
    keepalive_s: int = Field(default=30, ge=5, le=3600)
    session_expiry_s: int = Field(default=0, ge=0, le=86_400)
    """How long the broker keeps commands for a hub that is away."""
    window: int = Field(default=20, ge=1, le=1000)
    """Messages under way at once. Source: Mosquitto's default Receive Maximum."""
    discovery: _Name | None = None
    """The prefix of Home Assistant's discovery, its default is "homeassistant"; None: none."""
    sealed: tuple[Literal["personal", "health"], ...] = ()
    """The classes of sealed records that may leave the hub. Alarms are "health"."""
    commands: tuple[str, ...] = ()
    """The commands that are accepted from the broker."""
    silent_after_s: int = Field(default=90_000, ge=60)
    """A device that was not heard for so long is offline. Source: EN 50136-1, DP1: 25 h."""
    waiting_rows: int = Field(default=Limits.waiting_rows, ge=1000)
    """Rows kept for the broker while it is away."""
    backlog_rows_s: float = Field(default=Limits.backlog_rows_s, gt=0)
    history: bool = False
    """Whether a new uplink begins with what the log has from before."""

    @field_validator("commands")
    @classmethod
    def _acceptable(cls, commands: tuple[str, ...]) -> tuple[str, ...]:
        for word in commands:
            if _BY_WORD.get(word) not in _ACCEPTABLE:
                known = ", ".join(sorted(COMMANDS[each] for each in _ACCEPTABLE))
                raise ValueError(
                    f"{word!r} is not accepted from a broker, which cannot tell two persons apart; "
                    f"accepted: {known}"
                )
        return commands

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.tls and self.host not in _THIS_HOST:
            raise ValueError(f"tls: without it, only a broker on this host, not {self.host}")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together")
        return self

    def within(self, folder: Path) -> "Mqtt":
        """Return the settings with their paths made to begin at `folder`."""
        names = ("ca", "certificate", "key", "password_file")
        paths = {name: getattr(self, name) for name in names}
        return self.model_copy(update={name: folder / path for name, path in paths.items() if path})

    def operations(self) -> frozenset[int]:
        """Return the accepted commands by their codes."""
        return frozenset(_BY_WORD[word] for word in self.commands)

    def classes(self) -> frozenset[Sensitivity]:
        """Return the classes of sealed records that may leave."""
        return frozenset(Sensitivity[name.upper()] for name in self.sealed)

    def limits(self) -> Limits:
        """Return what waits, and how fast a backlog goes."""
        return Limits(self.waiting_rows, self.backlog_rows_s)

    def password(self) -> str | None:
        """Return the password; SettingsError when its file cannot be read."""
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{self.password_file}: {error}") from error

    def tls_context(self) -> ssl.SSLContext | None:
        """Return what TLS is to check and to show; SettingsError names a file that is no use."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"{self.ca}: {error}") from error
        if self.certificate is not None:
            try:
                context.load_cert_chain(self.certificate, self.key)
            except (OSError, ssl.SSLError) as error:
                raise SettingsError(f"{self.certificate}, {self.key}: {error}") from error
        return context
