"""A cluster is made of a site: its nodes' files, and a backup of what the site has so far."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from linli_hub.archive import back_up
from linli_hub.configuration import load
from linli_hub.site import make
from linli_hub.storage import open_to_read

from . import files
from .certificates import Authority
from .layout import Layout, Node, designed

SITE = "site.zip"
"""The backup, until it has been restored into the cluster's database."""

BOX_FOLDER = Path("/var/lib/linli")
"""Where a box has the files of its node."""

# What nodes of one machine speak from.
_LOOPBACK = "127.0.0.1"


def boxes(
    folder: Path, nodes: Sequence[Node], witness: Node | None, config: Path, time_us: int
) -> Layout:
    """Make a cluster of boxes in `folder`, of the site with that configuration."""
    layout = designed(tuple(nodes), witness)
    return _made(folder, layout, config, time_us, files.BOX, local=False)


def local(folder: Path, nodes: Sequence[Node], admin: str, password: str, time_us: int) -> Layout:
    """Make a cluster on this machine in `folder`, of a new site with one administrator."""
    with tempfile.TemporaryDirectory() as name:
        config = make(Path(name) / "site", admin, password, time_us)
        layout = designed(tuple(nodes))
        return _made(folder, layout, config, time_us, files.here(), local=True)


def _made(
    folder: Path,
    layout: Layout,
    config: Path,
    time_us: int,
    programs: files.Programs,
    local: bool,
) -> Layout:
    site = load(config)
    folder.mkdir(parents=True, exist_ok=True)
    database = open_to_read(site.database)
    try:
        back_up(database, site.archive, folder / SITE, time_us)
    finally:
        database.close()
    of_site = {
        "community.key": site.community_key.read_text(),
        "master.key": site.master_key.read_text(),
    }
    authority = Authority(layout.scope)
    for node in layout.all:
        certificate = authority.issue(node, *([_LOOPBACK] if local else []))
        keys = certificate | (of_site if node in layout.nodes else {})
        written = folder / node.name
        place = written.absolute() if local else BOX_FOLDER
        files.write(layout, node, written, place, keys, programs, site.time_zone, local)
    layout.write(folder)
    return layout
