"""Mounts the flash and runs boot.py and main.py, in the place of the port's own _boot.py.

The port lets ctrl-C through as soon as it begins with boot.py or main.py, some moments before these
can shut it out. It runs this file, and this one only, deaf; so here the two run as modules, and who
holds ctrl-C down during a reset gets nothing.

A flash that cannot be mounted is never formatted, for it may hold what a meter has counted, and
opens no console, for whether the board is in production stands on it. Only one that is erased does:
that board is new.
"""

import os
import sys
import time

import machine
import vfs
from flashbdev import bdev

# Between tries to mount. After the last the board resets, and begins with the first.
WAITS_S = (1, 4, 16, 64)


def is_erased():
    """Tell whether nothing has been written where LittleFS has its superblocks."""
    piece = bytearray(512)
    for block in (0, 1):
        bdev.readblocks(block, piece)
        if piece != b"\xff" * len(piece):
            return False
    return True


def mount():
    """Mount the flash; return whether the board is new instead."""
    for wait_s in WAITS_S:
        try:
            vfs.mount(bdev, "/")
            return False
        except OSError as error:
            if is_erased():
                return True
            print("linli: the flash cannot be mounted:", error)
            time.sleep(wait_s)
    raise OSError("the flash cannot be mounted")


try:
    is_new = mount()
    if not is_new:
        from firmware import boot

        boot.start(machine)
        import firmware.main  # noqa: F401 runs the node
except BaseException as error:
    sys.print_exception(error)
    time.sleep(1)
    machine.reset()
if not is_new:
    # The console was opened. The port now looks for files of these names, which must not run again.
    os.chdir("/config")
