"""What commands ask of a hub that serves, over its API (docs/API.md)."""

import ipaddress
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from ..failure import Failure
from .logins import SERVER, TOKEN, Login, login

if TYPE_CHECKING:
    import httpx

Server = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar=SERVER,
        show_envvar=False,
        help=f"The hub to ask ({SERVER}), with the token in {TOKEN} or of linli hub login.",
    ),
]
_API = "/api/v1"
# A household is erased, or a log verified, within this.
_PATIENCE_S = 120.0


class Client:
    """Asks the hub of `login`; Failure tells in one line what it did not do."""

    def __init__(self, login: Login) -> None:
        try:
            import httpx
        except ImportError as error:
            raise Failure("asking a hub needs more than is installed: linli[hub]") from error
        self._server = login.server.rstrip("/")
        _refuse_open_ways(self._server)
        try:
            context = ssl.create_default_context(cafile=login.ca)
        except (OSError, ssl.SSLError) as error:
            raise Failure(f"{login.ca}: {error}") from error
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {login.token}"} if login.token else {},
            verify=context,
            timeout=_PATIENCE_S,
            trust_env=False,
        )

    def get(self, path: str, **query: object) -> Any:
        """Return what is at a path of the API; what is None is not asked."""
        return self._ask("GET", path, params=_asked(query))

    def post(self, path: str, **body: object) -> Any:
        """Return what the hub answers; None when that is nothing."""
        return self._ask("POST", path, json=body)

    def send(self, path: str, data: bytes, **query: object) -> Any:
        """Return what the hub answers to bytes."""
        headers = {"Content-Type": "application/octet-stream"}
        return self._ask("POST", path, content=data, headers=headers, params=_asked(query))

    def put(self, path: str, **body: object) -> None:
        """Have something be as `body` says."""
        self._ask("PUT", path, json=body)

    def zone(self) -> str:
        """Return the time zone of the site."""
        return str(self.get("/site")["time_zone"])

    def _ask(self, method: str, path: str, **asked: Any) -> Any:
        import httpx

        try:
            answer = self._http.request(method, f"{self._server}{_API}{path}", **asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failure(f"{self._server}: {error or type(error).__name__}") from error
        if answer.is_success:
            return answer.json() if answer.content else None
        raise Failure(f"{self._server}: {_detail(answer)}")


def client(server: str | None) -> Client:
    """Return a client of a hub; Failure when nothing says which, or no token is there."""
    found = login(server)
    if found is None:
        raise Failure("which hub? --server URL, or linli hub login once")
    if not found.token:
        raise Failure(f"{found.server}: no token: linli hub login, or set {TOKEN}")
    return Client(found)


def _refuse_open_ways(server: str) -> None:
    """Raise Failure when a token could be read on its way, or there is no way at all."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise Failure(f"{server}: no address of a hub, as http://127.0.0.1:8431")
    if parts.scheme == "http" and not _is_this_host(host):
        raise Failure(f"{server}: only a hub on this host is asked without TLS: https://...")


def _is_this_host(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _asked(query: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _detail(answer: "httpx.Response") -> str:
    """Return what a problem says, or what is there instead of one."""
    if answer.headers.get("Content-Type") == "application/problem+json":
        return str(answer.json()["detail"])
    return f"{answer.status_code} {answer.reason_phrase}, which is no hub's answer"
