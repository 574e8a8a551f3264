"""The files of a cluster's nodes: a folder a node, with all that its programs are told."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import jinja2

from ..failure import Failure
from .layout import Layout, Node, write_private

_OF_NODES = ("patroni.yml", "bootstrap.sql", "hub.toml", "patroni.service", "hub.service")
_OF_VOTERS = ("etcd.yml", "etcd.service")
HUB_WATCHDOG_S = 10
"""A hub that has not said for so long that it lives is ended."""

# Debian keeps the server's programs out of PATH.
_SERVERS = "*/bin/postgres"
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """Where a node finds what it runs; `postgres` is the folder of the server's programs."""

    etcd: str
    patroni: str
    linli: str
    psql: str
    postgres: str


BOX = Programs(
    "/usr/bin/etcd",
    "/opt/linli/bin/patroni",
    "/opt/linli/bin/linli",
    "/usr/bin/psql",
    "/usr/lib/postgresql/15/bin",
)
"""As docs/CLUSTER.md sets up a box."""


def here() -> Programs:
    """Return where this machine has them; Failure names what is missing."""
    beside = Path(sys.executable).parent
    servers = sorted(_DEBIAN.glob(_SERVERS), reverse=True)
    found = {
        "etcd": shutil.which("etcd"),
        "patroni": shutil.which("patroni", path=str(beside)) or shutil.which("patroni"),
        "linli": shutil.which("linli", path=str(beside)) or shutil.which("linli"),
        "psql": shutil.which("psql"),
        "postgres": str(servers[0].parent) if servers else _folder(shutil.which("postgres")),
    }
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise Failure(
            f"not installed: {', '.join(missing)}. "
            "apt-get install etcd-server postgresql; pip install 'linli[standbys]'"
        )
    return Programs(**{name: str(path) for name, path in found.items()})


def write(
    layout: Layout,
    node: Node,
    folder: Path,
    place: Path,
    keys: dict[str, str],
    programs: Programs,
    time_zone: str,
    local: bool = False,
) -> None:
    """Write the files of `node` to `folder`, from which they come to `place` on its box.

    `keys` are those it has, by the names of their files. All nodes are on one machine if `local`,
    which needs no units of systemd.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "", "templates"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    names = [
        *(_OF_NODES if node in layout.nodes else ()),
        *(_OF_VOTERS if node in layout.voters else ()),
    ]
    for name in names:
        is_unit = name.endswith(".service")
        if is_unit and local:
            continue
        template = environment.get_template(f"{name}.jinja")
        text = template.render(
            scope=layout.scope,
            node=node,
            nodes=layout.nodes,
            voters=layout.voters,
            secrets=layout.secrets,
            folder=str(place),
            programs=programs.postgres,
            psql=programs.psql,
            etcd=programs.etcd,
            patroni=programs.patroni,
            linli=programs.linli,
            time_zone=time_zone,
            local=local,
            hub_watchdog_s=HUB_WATCHDOG_S,
        )
        write_private(folder / (f"linli-{name}" if is_unit else name), text)
    for name, key in keys.items():
        write_private(folder / name, key)


def _folder(program: str | None) -> str | None:
    return None if program is None else str(Path(program).parent)
