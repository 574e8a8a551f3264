"""What a cluster consists of: its nodes, where each keeps its files, and its passwords."""

import ipaddress
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from ..failure import Failure

# etcd's members: two of three decide. A fourth would not survive any more losses.
VOTERS = 3
_FILE = "cluster.json"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Node:
    """One box: its name, and its address, a number."""

    name: str
    host: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of a cluster's roles."""

    superuser: str
    replication: str
    rewind: str
    hub: str
    patroni: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A cluster; `scope` is its name in etcd. A `witness` has a member of etcd and nothing else."""

    scope: str
    nodes: tuple[Node, ...]
    secrets: Secrets
    witness: Node | None = None

    @property
    def voters(self) -> tuple[Node, ...]:
        """Those with a member of etcd."""
        if self.witness is None:
            return self.nodes[:VOTERS]
        return (*self.nodes[: VOTERS - 1], self.witness)

    @property
    def all(self) -> tuple[Node, ...]:
        """The nodes, and the witness if there is one."""
        return self.nodes if self.witness is None else (*self.nodes, self.witness)

    def write(self, folder: Path) -> None:
        """Keep it in `folder`."""
        write_private(folder / _FILE, json.dumps(asdict(self), indent=1) + "\n")


def designed(nodes: tuple[Node, ...], witness: Node | None = None) -> Layout:
    """Return a new cluster of `nodes`; Failure says what is wrong with them."""
    if len(nodes) < VOTERS:
        raise Failure(f"a cluster has {VOTERS} nodes or more, not {len(nodes)}")
    random = secrets.token_hex
    passwords = Secrets(*(random(16) for _ in range(5)))
    layout = Layout("linli-" + random(4), nodes, passwords, witness)
    names, hosts = zip(*((each.name, each.host) for each in layout.all), strict=True)
    for what, values in (("name", names), ("address", hosts)):
        for value in values:
            if values.count(value) > 1:
                raise Failure(f"two nodes have the {what} {value}")
    return layout


def read(folder: Path) -> Layout:
    """Return the cluster in `folder`; Failure when there is none."""
    path = folder / _FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        nodes = tuple(Node(**each) for each in told["nodes"])
        witness = Node(**told["witness"]) if told["witness"] else None
        return Layout(told["scope"], nodes, Secrets(**told["secrets"]), witness)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Failure(f"{path}: no cluster: {error!r}") from error


def parse_node(text: str) -> Node:
    """Return the node in NAME=ADDRESS; ValueError says what is wrong."""
    name, equals, host = text.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise ValueError(f"{text!r} is not NAME=ADDRESS, with a name like box1")
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise ValueError(f"{host!r} is no address like 10.0.0.1") from None
    return Node(name, host)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads; one that is there is written anew."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
