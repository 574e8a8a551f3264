"""Where a campaign's nodes live: each with a network, a disk and a clock of its own.

All of it is in namespaces of the campaign's processes, and goes with them however they end:

* network: a namespace each for nodes and devices, joined by a bridge in that of the campaign. No
  route leads out. Nodes have loopback addresses that the kernel is told to route, so that the
  cluster is made as `linli hub cluster up` makes it, and its API needs no TLS;
* disk: a file system of its own in a file, which can be filled and held;
* clock: `clock.c` before all programs of a node but etcd, whose runtime it does not reach.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from linli_tools.cluster.layout import Node

_INSIDE = "LINLI_FAULTS_WORLD"
_NETWORK = "127.0.9"
_CAMPAIGN = 254
_DEVICES = 200
# Sparse. The hub warns below 1 GB, and PostgreSQL may keep as much of its log for standbys.
_DISK = 4 << 30
_TOOLS = ("unshare", "nsenter", "ip", "sysctl", "mount", "mke2fs", "fsfreeze", "cc")
_NO_ADDRESS = "02:00:00:00:00:01"
_CLOCK_SOURCE = Path(__file__).with_name("clock.c")
# The first of its process namespace: what Patroni leaves behind has to be waited for.
_INIT = 'trap "kill -TERM $child" TERM INT; "$@" & child=$!; wait $child; wait $child'


def missing() -> list[str]:
    """Return what this machine lacks for a world."""
    lacking = [name for name in _TOOLS if shutil.which(name) is None]
    return lacking if os.geteuid() == 0 else ["root", *lacking]


def enter(module: str, arguments: list[str]) -> int:
    """Run `module` inside new namespaces, and return its exit code; it finds `is_inside`."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command += ["sh", "-c", _INIT, "sh", sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env={**os.environ, _INSIDE: "1"}, check=False).returncode


def is_inside() -> bool:
    """Tell whether `enter` has run this process."""
    return _INSIDE in os.environ


class World:
    """The networks, disks and clocks of nodes whose files come to `folder`."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.nodes = [Node(f"node{n}", f"{_NETWORK}.{n}") for n in range(1, count + 1)]
        for place in ("/run", "/dev/shm"):
            _run("mount", "-t", "tmpfs", "linli", place)
        _run("ip", "link", "add", "name", "linli", "type", "bridge")
        _prepare([], "linli", f"{_NETWORK}.{_CAMPAIGN}")
        self._library = folder / "clock.so"
        _run("cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_CLOCK_SOURCE), "-ldl")
        self._join("devices", f"{_NETWORK}.{_DEVICES}")
        for number, node in enumerate(self.nodes, 1):
            self._join(node.name, f"{_NETWORK}.{number}")
            self._give_disk(node)
            self.set_clock(node, 0)

    def prefix(self, node: Node) -> list[str]:
        """Return what goes before the commands of a node."""
        settings = [f"LD_PRELOAD={self._library}", f"LINLI_CLOCK={self._clock(node)}"]
        return [*_inside(node.name), "env", *settings]

    def devices_prefix(self) -> list[str]:
        """Return what goes before the command of the devices."""
        return _inside("devices")

    def plug(self, node: Node, is_in: bool) -> None:
        """Pull a node's cable, or put it in again."""
        _run("ip", "link", "set", f"to-{node.name}", "up" if is_in else "down")

    def deafen(self, of: Node, to: str) -> None:
        """Lose, without a word, all that `of` sends to the address `to`."""
        _run(*_inside(of.name), "ip", "neigh", "replace", to, "lladdr", _NO_ADDRESS, "dev", "eth0",
             "nud", "permanent")  # fmt: skip

    def mend(self, of: Node, to: str) -> None:
        """End `deafen`."""
        _run(*_inside(of.name), "ip", "neigh", "del", to, "dev", "eth0", check=False)

    @property
    def devices_host(self) -> str:
        """The address of all devices."""
        return f"{_NETWORK}.{_DEVICES}"

    def fill_disk(self, node: Node) -> None:
        """Leave no room on a node's disk."""
        with (self._disk(node) / "filled").open("wb", buffering=0) as file:
            free = os.statvfs(file.fileno())
            size = free.f_bavail * free.f_frsize
            try:
                os.posix_fallocate(file.fileno(), 0, max(size - (1 << 20), 1))
                file.seek(0, os.SEEK_END)
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free_disk(self, node: Node) -> None:
        """End `fill_disk`."""
        (self._disk(node) / "filled").unlink(missing_ok=True)

    def slow_disk(self, node: Node, seconds: float) -> subprocess.Popen[bytes]:
        """Let a node's disk take writes for a tenth of a second in each 1.1 s only, for a while."""
        # Not this process: what it would write there would wait for itself.
        turns = max(round(seconds / 1.1), 1)
        script = (
            'for turn in $(seq "$1"); do '
            'fsfreeze -f "$2"; sleep 1; fsfreeze -u "$2"; sleep 0.1; done'
        )
        return subprocess.Popen(["sh", "-c", script, "sh", str(turns), str(self._disk(node))])

    def set_clock(self, node: Node, ahead_s: int) -> None:
        """Have a node's clock be so far ahead."""
        clock = self._clock(node)
        # Those who run have mapped it.
        with clock.open("r+b" if clock.exists() else "wb") as file:
            file.write(ahead_s.to_bytes(8, sys.byteorder, signed=True))

    def _clock(self, node: Node) -> Path:
        return self.folder / f"{node.name}.clock"

    def _disk(self, node: Node) -> Path:
        return self.folder / node.name

    def _join(self, name: str, address: str) -> None:
        _run("ip", "netns", "add", name)
        _run(
            "ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name
        )
        _run("ip", "link", "set", f"to-{name}", "master", "linli", "up")
        _prepare(_inside(name), "eth0", address)

    def _give_disk(self, node: Node) -> None:
        image = self.folder / f"{node.name}.img"
        with image.open("wb") as file:
            file.truncate(_DISK)
        _run("mke2fs", "-q", "-t", "ext4", "-m", "0", "-F", str(image))
        self._disk(node).mkdir()
        _run("mount", "-o", "loop", str(image), str(self._disk(node)))
        # It goes with the last who uses it.
        image.unlink()


def _prepare(inside: list[str], device: str, address: str) -> None:
    """Let a network namespace use loopback addresses of other namespaces, too."""
    _run(*inside, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1")
    _run(*inside, "ip", "link", "set", "lo", "up")
    _run(*inside, "ip", "address", "del", "127.0.0.1/8", "dev", "lo")
    _run(*inside, "ip", "address", "add", "127.0.0.1/32", "dev", "lo")
    _run(*inside, "ip", "address", "add", f"{address}/24", "dev", device)
    _run(*inside, "ip", "link", "set", device, "up")


def _inside(name: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/{name}", "--"]


def _run(*command: str, check: bool = True) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
