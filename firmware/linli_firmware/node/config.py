"""The node's configuration: one JSON file, checked before anything is built from it.

    {"bearers": [{"kind": "uart", "number": 1, "tx": 17, "rx": 16}],
     "pins": {"strike": 18, "contact": {"number": 4, "pull": "up", "inverted": true}},
     "settings": {"release_s": 5},
     "clock": {"sda": 21, "scl": 22}, "link": {}, "association": {}, "power": {}}

"settings" are the app's (docs/DEVICES.md), "link" and "association" those of the protocol, and each
bearer's are its module's DEFAULTS. A device with "power", whose settings are power/sleep_plan's,
runs on a battery and sleeps unless "mains" is true there. Who the device is does not stand here but
beside its key, so that many devices can share one file.

A configuration that has worked is kept beside it, and takes over when a newer one does not.
"""

import json

from linli_protocol import device_association, link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..storage.types import Files
    from .types import Json

FILE = "config.json"

# A configuration of 4 KiB is long; a longer one would not leave the heap for anything else.
MAX_BYTES = 8192

# What a configuration may hold, and of which type.
_SHAPE = {
    "bearers": list,
    "pins": dict,
    "settings": dict,
    "clock": dict,
    "link": dict,
    "association": dict,
    "power": dict,
}

_KNOWN = {"link": link.DEFAULTS, "association": device_association.DEFAULTS}

BEARERS = ("uart", "rs485", "tcp", "udp", "mqtt", "ble", "lora", "nbiot")


def parse(text: bytes) -> "Json":
    """Return the configuration in `text`; ValueError says where it is wrong."""
    if len(text) > MAX_BYTES:
        raise ValueError("longer than %d bytes" % MAX_BYTES)
    try:
        config = json.loads(text)
    except (ValueError, RuntimeError) as error:
        # RuntimeError: nested too deep for the interpreter.
        raise ValueError("no JSON: " + str(error))
    if not isinstance(config, dict):
        raise ValueError("not an object")
    for key, value in config.items():
        shape = _SHAPE.get(key)
        if shape is None:
            raise ValueError(key + ": no such setting")
        if not isinstance(value, shape):
            raise ValueError(key + ": must be " + shape.__name__)
        if key in _KNOWN:
            for name in value:
                if name not in _KNOWN[key]:
                    raise ValueError("%s.%s: no such setting" % (key, name))
                if type(value[name]) is not int or value[name] < 0:
                    raise ValueError("%s.%s: a number, not negative" % (key, name))
    bearers = config.get("bearers")
    if not bearers:
        raise ValueError("bearers: at least one")
    for number, bearer in enumerate(bearers):
        kind = bearer.get("kind") if isinstance(bearer, dict) else None
        if kind not in BEARERS:
            raise ValueError("bearers[%d].kind: one of %s" % (number, ", ".join(BEARERS)))
    return config


def read(files: "Files", name: str) -> "bytes | None":
    """Return the content of a configuration file, None when there is none."""
    # A board takes the memory for all that is asked for.
    return files.read(name, 0, min(files.size(name), MAX_BYTES + 1)) or None
