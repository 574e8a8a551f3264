"""Freezes Linli into a MicroPython of your own, where its code takes no heap (docs/FIRMWARE.md).

    make -C ports/esp32 BOARD=ESP32_GENERIC_S3 FROZEN_MANIFEST=…/firmware/manifest.py

Of the port's own modules come those that Linli needs; `_boot.py` is frozen/_boot.py.
"""

import os

# For hosts and type checkers only.
HOST_ONLY = ("catalogue.py", "types.py", "words.py")


def board_files(package_path):
    """Return the files of a package that boards run, relative to it."""
    found = []
    for folder, _, names in os.walk(package_path):
        inside = os.path.relpath(folder, package_path)
        found += [
            os.path.normpath(os.path.join(inside, name))
            for name in names
            if name.endswith(".py") and name not in HOST_ONLY
        ]
    return sorted(found)


freeze("$(PORT_DIR)/modules", ("flashbdev.py", "inisetup.py", "machine.py"))
include("$(MPY_DIR)/extmod/asyncio")
require("ssl")
require("lora-sync")
require("lora-sx126x")
require("lora-sx127x")
freeze("frozen", "_boot.py")
# As firmware.boot and firmware.main: under their own names the port would run them once more.
package("firmware", ("boot.py", "main.py"), base_path="..", opt=3)
package("linli_protocol", board_files("../protocol/linli_protocol"), base_path="../protocol", opt=3)
module("linli_main.py", opt=3)
package("linli_firmware", board_files("linli_firmware"), opt=3)
