"""Turns a MicroPython process into a board.

    -m start IMAGE_FD HISTORY_FD NVS_FD RTC_FD UART_FD CUT_AT TORN [PIN=LEVEL ...]

The process gets open files by number, takes down the host's file system, mounts the LittleFS image
as /, and then does what the ESP32 port does: boot.py, then main.py. It ends with one of the codes
in `power`.
"""

import os
import sys

import esp32
import flash
import machine
import vfs

import power


def assemble(arguments):
    """Connect the board's parts to their files, and mount the flash."""
    image, history, nvs, rtc, uart = [open(int(number), "r+b") for number in arguments[:5]]
    cut_at, torn = [int(argument) for argument in arguments[5:7]]
    levels = [[int(each) for each in argument.split("=")] for argument in arguments[7:]]
    device = flash.FileFlash(image, history, cut_at, torn)
    esp32.setup(device, nvs)
    machine.setup(rtc, uart, dict(levels))
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(device), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def run():
    """Run boot.py and main.py, which share nothing but what they import; return how it ended."""
    try:
        for name in ("boot.py", "main.py"):
            try:
                os.stat(name)
            except OSError:
                continue
            execfile(name, {"__name__": "__main__"})  # noqa: F821 MicroPython has it
    except power.Off as off:
        return off.code
    except Exception as error:
        sys.print_exception(error)
        return power.CRASHED
    return power.ENDED


assemble(sys.argv[1:])
sys.exit(run())
