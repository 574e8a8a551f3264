"""Mounts the flash and runs boot.py and main.py, in the place of the port's own _boot.py.

The port lets ctrl-C through as soon as it begins with boot.py or main.py, some moments before these
can shut it out. It runs this file, and this one only, deaf; so here the two run as modules, and who
holds ctrl-C down during a reset gets nothing.
"""

import os
import sys
import time

import machine
import vfs
from flashbdev import bdev

try:
    vfs.mount(bdev, "/")
    from firmware import boot

    boot.start(machine)
    import firmware.main  # noqa: F401 runs the node
except BaseException as error:
    sys.print_exception(error)
    time.sleep(1)
    machine.reset()
# The console was opened. The port now looks for files of these names, which must not run again.
os.chdir("/config")
