"""Turns a MicroPython process into a board.

    start.py IMAGE_FD HISTORY_FD NVS_FD RTC_FD UART_FD CUT_AT TORN [PIN=LEVEL ...]

The process gets open files by number, takes down the host's file system, mounts the LittleFS image
as /, and then does what the ESP32 port does: boot.py, then main.py. It ends with one of the codes
in `power`.
"""

import os
import sys

import vfs

FOLDER = __file__.rpartition("/")[0]
sys.path.insert(0, FOLDER)

# Imported while the host's files can still be seen; found in sys.modules ever after.
import esp32
import flash
import machine

import power

image, history, nvs, rtc, uart = [open(int(number), "r+b") for number in sys.argv[1:6]]
cut_at, torn = [int(argument) for argument in sys.argv[6:8]]
levels = [[int(each) for each in argument.split("=")] for argument in sys.argv[8:]]
device = flash.FileFlash(image, history, cut_at, torn)
esp32.setup(device, nvs)
machine.setup(rtc, uart, dict(levels))

vfs.umount("/")
vfs.mount(vfs.VfsLfs2(device), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]


def run(name):
    try:
        with open(name) as file:
            source = file.read()
    except OSError:
        return
    exec(compile(source, name, "exec"), {"__name__": "__main__"})


try:
    # boot.py and main.py share nothing but what they import.
    run("boot.py")
    run("main.py")
except power.Off as off:
    code = off.code
except Exception as error:
    sys.print_exception(error)
    code = power.CRASHED
else:
    code = power.ENDED
sys.exit(code)
