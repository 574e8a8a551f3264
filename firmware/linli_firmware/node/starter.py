"""Which configuration a node starts with, and which mode.

    config.json works        normal operation; it becomes config.good.json once it is proven
    it does not              normal operation with config.good.json; CONFIG_REFUSED is reported
    neither works            safe mode: no app, whatever bearers can be built; SAFE_MODE is reported

A door that works with yesterday's settings beats one that explains why it does not open.
"""

import gc

from . import config as configs
from . import good_config
from .identity import Identity
from .node import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bearers.transport import Transport
    from ..storage.types import Files
    from .build import Build
    from .types import Board, Json, KindModule, NodeStore


def kind_module(app: str) -> "KindModule":
    """Return the module of a kind; ImportError when there is none."""
    return __import__("linli_firmware.node.kinds." + app, None, None, ("wire",))


def transport(settings: "Json", board: "Board", device: int) -> "Transport":
    """Return the bearer that an entry of "bearers" describes."""
    options = {key: settings[key] for key in settings if key != "kind"}
    name = "linli_firmware.bearers." + settings["kind"]
    module = __import__(name, None, None, ("build",))
    if "device" in module.DEFAULTS:
        options["device"] = device
    built: "Transport" = module.build(options, board)
    return built


class Starter:
    """Builds the node of image `build` on `board`; `files` hold its configurations.

    Afterwards `refused` tells that a configuration did not work, `is_safe` that none did.
    """

    def __init__(
        self,
        board: "Board",
        build: "Build",
        files: "Files",
        store: "NodeStore",
    ) -> None:
        self._board = board
        self._build = build
        self._files = files
        self._store = store
        self.refused = False
        self.is_safe = False

    def node(self, device: int, root: bytes) -> Node:
        """Return the node of address `device`; ValueError: not even safe mode can be."""
        kind = kind_module(self._build.app)
        identity = Identity(device, kind.KIND, self._build.version, root)
        for name in (configs.FILE, good_config.FILE):
            text = configs.read(self._files, name)
            if text is None:
                continue
            gc.collect()
            try:
                node = self._normal(identity, kind, text)
            except Exception as error:
                # Of whatever kind: no configuration keeps a board from starting.
                self._board.show("%s: %s" % (name, error))
                self.refused = True
                continue
            return node
        self.is_safe = True
        return self._safe(identity)

    def _normal(self, identity: Identity, kind: "KindModule", text: bytes) -> Node:
        config = configs.parse(text)
        settings = kind.adapt(config.get("settings", {}), identity.root)
        settings["device"] = identity.device

        transports = [transport(each, self._board, identity.device) for each in config["bearers"]]
        sleeping = None
        if "power" in config and not config["power"].get("mains"):
            sleeping = self._board.sleeping()
        board = sleeping or self._board
        node = Node(board, identity, kind, config, settings, transports, self._store)
        if sleeping is not None:
            from .sleeper import Sleeper

            node.add(Sleeper(node, sleeping, config))
        if "clock" in config:
            from .external_clock import ExternalClock

            node.add(ExternalClock(config["clock"], self._board, node.clock))
        node.when_proven.append(good_config.keeper(self._files, text))
        return node

    def _safe(self, identity: Identity) -> Node:
        transports: "list[Transport]" = []
        for each in self._known_bearers():
            try:
                transports.append(transport(each, self._board, identity.device))
            except Exception as error:
                self._board.show("%s: %s" % (each, error))
        if not transports:
            raise ValueError("no configuration, and no bearer for safe mode")
        settings = {"device": identity.device}
        kind = kind_module("safe")
        return Node(self._board, identity, kind, {}, settings, transports, self._store)

    def _known_bearers(self) -> "list[Json]":
        """Return the image's own bearers, and those of the first configuration that has any."""
        for name in (configs.FILE, good_config.FILE):
            text = configs.read(self._files, name)
            try:
                if text is not None:
                    found: "list[Json]" = configs.parse(text)["bearers"]
                    return found + [each for each in self._build.bearers if each not in found]
            except Exception:
                pass
        return self._build.bearers
