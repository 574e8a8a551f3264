"""Which configuration a node starts with, and which mode.

    config.json works        normal operation; it becomes config.good.json once it is proven
    it does not              normal operation with config.good.json; CONFIG_REFUSED is reported
    neither works            safe mode: whatever bearers can be built; SAFE_MODE is reported

A door that works with yesterday's settings beats one that explains why it does not open. In safe
mode its strike and exit button still work, as far as a configuration says where they are.
"""

import gc

from linli_protocol import device_association, link

from ..event_log import LOG
from . import config as configs
from . import good_config
from .identity import Identity
from .node import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bearers.transport import Transport
    from ..storage.types import Files
    from ..types import Config
    from .build import Build
    from .types import Board, Json, Kind, KindModule, NodeStore


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


# Of a device that sleeps, unless it is a panic button: what it has to tell at once is repeated like
# all else while nobody answers. A tampered meter must not empty its battery calling a gateway that
# is down, every 30 s for days. Settings of the configuration take precedence.
PATIENCE = {
    "link": {"urgent_retry_max_ms": link.DEFAULTS["retry_max_ms"]},
    "association": {
        "join_retry_hurried_ms": device_association.DEFAULTS["join_retry_max_ms"],
    },
}

# In safe mode, besides those that are there.
EVENTS = 256


class Starter:
    """Builds the nodes of image `build` on `board`; `files` hold its configurations.

    Afterwards `refused` tells that a configuration did not work, `is_safe` that none did.
    """

    def __init__(self, board: "Board", build: "Build", files: "Files") -> None:
        self._board = board
        self._build = build
        self._files = files
        self.refused = False
        self.is_safe = False

    def node(self, device: int, root: bytes, store: "NodeStore") -> Node:
        """Return the node of address `device`, in safe mode if it cannot be otherwise."""
        kind = kind_module(self._build.app)
        identity = Identity(device, kind.KIND, self._build.version, root)
        for name in (configs.FILE, good_config.FILE):
            try:
                text = configs.read(self._files, name)
                if text is not None:
                    gc.collect()
                    return self._normal(identity, kind, text, store)
            except Exception as error:
                # Of whatever kind: no configuration keeps a board from starting.
                self._board.show("%s: %s" % (name, error))
                self.refused = True
        return self.safe(device, root, store)

    def safe(self, device: int, root: bytes, store: "NodeStore", is_silent: bool = False) -> Node:
        """Return the node of address `device` in safe mode; `is_silent`: it must send nothing."""
        self.is_safe = True
        identity = Identity(device, kind_module(self._build.app).KIND, self._build.version, root)
        config = self._readable()
        transports = self._known_transports(config, device, is_silent)
        # What is in the log already must not be overwritten for the little that is told now.
        kept = store.end(LOG) - store.first(LOG) + EVENTS
        settings = {"device": device, "events_kept": kept}
        try:
            kind, part = self._safe_part(config)
            return self._assembled(identity, kind, part, settings, transports, store)
        except Exception as error:
            self._board.show("safe mode: %s" % error)
        return self._assembled(identity, kind_module("safe"), {}, settings, transports, store)

    def _normal(
        self, identity: Identity, kind: "KindModule", text: bytes, store: "NodeStore"
    ) -> Node:
        config = configs.parse(text)
        settings = kind.adapt(config.get("settings", {}), identity.root)
        settings["device"] = identity.device
        transports = [transport(each, self._board, identity.device) for each in config["bearers"]]
        node = self._assembled(identity, kind, config, settings, transports, store)
        if "clock" in config:
            from .external_clock import ExternalClock

            node.parts.append(ExternalClock(config["clock"], self._board, node.clock))
        node.when_proven.append(good_config.keeper(self._files, text))
        return node

    def _assembled(
        self,
        identity: Identity,
        kind: "Kind",
        config: "Json",
        settings: "Config",
        transports: "list[Transport]",
        store: "NodeStore",
    ) -> Node:
        sleeping = None
        if "power" in config and not config["power"].get("mains"):
            sleeping = self._board.sleeping()
            if self._build.app != "panic":
                config = dict(config)
                for name, settings_ in PATIENCE.items():
                    config[name] = dict(settings_, **config.get(name, {}))
        board = sleeping or self._board
        node = Node(board, identity, kind, config, settings, transports, store)
        if sleeping is not None:
            from .sleeper import Sleeper

            node.parts.append(Sleeper(node, sleeping, config))
        return node

    def _readable(self) -> "Json":
        """Return the first configuration that can at least be read, {} when none can."""
        for name in (configs.FILE, good_config.FILE):
            try:
                text = configs.read(self._files, name)
                if text is not None:
                    return configs.parse(text)
            except Exception:
                # `node` has shown it.
                pass
        return {}

    def _known_transports(self, config: "Json", device: int, is_silent: bool) -> "list[Transport]":
        """Return the bearers of `config`, and the image's own, as far as they can be built."""
        found: "list[Json]" = config.get("bearers", [])
        found = found + [each for each in self._build.bearers if each not in found]
        transports: "list[Transport]" = []
        for each in [] if is_silent else found:
            try:
                transports.append(transport(each, self._board, device))
            except Exception as error:
                self._board.show("%s: %s" % (each, error))
        if not transports:
            from .silent import Silent

            self._board.show("no bearer for safe mode")
            transports.append(Silent())
        return transports

    def _safe_part(self, config: "Json") -> "tuple[Kind, Json]":
        """Return (kind, configuration) for what of the device goes on in safe mode."""
        pins = config.get("pins", {})
        if self._build.app == "door" and "strike" in pins:
            from .safe_kind import SafeKind

            names = [name for name in ("strike", "exit_button") if name in pins]
            kind = SafeKind(kind_module("door"))
            return kind, {"pins": {name: pins[name] for name in names}}
        if config and "power" not in config:
            return kind_module("safe"), {}
        # Without one, nobody knows whether it runs on a battery: it sleeps if its bearers let it.
        return kind_module("safe"), {"power": config.get("power", {})}
