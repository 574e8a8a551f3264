"""What the hub's web server is told."""

import ipaddress
import ssl
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class WebError(Exception):
    """The web server cannot begin; the message says why."""


class Web(BaseModel):
    """Where people and programs reach the hub, and how much each may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """Where it listens. Without TLS that is this host, and nowhere else."""
    port: int = Field(default=8431, ge=0, le=65_535)
    certificate: Path | None = None
    """The server's certificate, in PEM, with those that lead to its authority; and its `key`."""
    key: Path | None = None
    person_requests_min: int = Field(default=600, ge=10, le=1_000_000)
    """Requests a minute of one person. Assumption: a page with live parts makes some 60."""
    address_requests_min: int = Field(default=1800, ge=10, le=1_000_000)
    """Requests a minute from one address. Assumption: three persons may share one."""
    streams: int = Field(default=64, ge=1, le=1000)
    """Clients that follow what happens at once."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        if self.certificate is None and not _is_this_host(self.host):
            raise ValueError(
                f"host: without certificate and key the hub listens on 127.0.0.1, ::1 or "
                f"localhost, not {self.host!r}"
            )
        return self

    @property
    def tls(self) -> bool:
        """Whether what is said goes encrypted."""
        return self.certificate is not None

    def within(self, folder: Path) -> "Web":
        """Return the settings with their paths made to begin at `folder`."""
        paths = {"certificate": self.certificate, "key": self.key}
        return self.model_copy(update={name: folder / path for name, path in paths.items() if path})

    def tls_context(self) -> ssl.SSLContext | None:
        """Return what TLS is to show; WebError names files that are no use."""
        if self.certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise WebError(f"{self.certificate}, {self.key}: {error}") from error
        return context


def _is_this_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
