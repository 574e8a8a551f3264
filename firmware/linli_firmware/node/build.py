"""What a slot's image says about itself: `build.json`, covered by the update's signature.

    {"app": "door", "version": 256, "built": 1790000000, "production": true,
     "vendor_keys": ["04…"], "bearers": [{"kind": "uart", "number": 1, "tx": 17, "rx": 16}],
     "service_pin": 15}

"version" is major << 16 | minor << 8 | patch, "built" a Unix time. "vendor_keys" are the SM2 keys
whose updates are taken, 130 hexadecimal digits each; there is no default key, and without one the
image takes no update. "bearers" are those of safe mode, for when the configuration is of no use.
With the jumper "service_pin" to ground, the console key opens a production image's console; null:
nothing does.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Json

FILE = "build.json"


class Build:
    """The image that runs; ValueError or KeyError when `text` does not describe one."""

    def __init__(self, text: bytes) -> None:
        fields = json.loads(text)
        self.app: str = fields["app"]
        self.version: int = fields["version"]
        self.built: int = fields["built"]
        self.production: bool = fields["production"]
        self.vendor_keys = [bytes.fromhex(each) for each in fields["vendor_keys"]]
        self.bearers: "list[Json]" = fields["bearers"]
        self.service_pin: "int | None" = fields["service_pin"]
