"""A device's configuration, checked as far as that goes without the board."""

from importlib import import_module

from linli_firmware.bearers.connection import addresses
from linli_firmware.node import config as configuration
from linli_firmware.node.types import Json
from linli_firmware.settings import merged

_ON_IP = ("tcp", "udp", "mqtt")


def parse(text: bytes) -> Json:
    """Return the configuration in `text`; ValueError says where it is wrong.

    Beside what the firmware looks at first, the settings of bearers, which it comes to when it
    builds them: then it is in safe mode for what is found here.
    """
    config = configuration.parse(text)
    for number, bearer in enumerate(config["bearers"]):
        settings = {key: value for key, value in bearer.items() if key != "kind"}
        defaults = import_module(f"linli_firmware.bearers.{bearer['kind']}").DEFAULTS
        if "device" in defaults:
            settings["device"] = 0  # The node sets it.
        try:
            merged(defaults, settings)
            if bearer["kind"] in _ON_IP:
                addresses(settings["host"])
        except ValueError as error:
            raise ValueError(f"bearers[{number}].{error}") from None
    return config
