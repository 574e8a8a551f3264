"""Turns a MicroPython process into a board.

    import start, arguments PROMPT IMAGE_FD HISTORY_FD NVS_FD UART_FD BELL_FD CUT_AT TORN ADDRESS

The process gets open files by number, takes down the host's file system, mounts the LittleFS image
as /, and then does what the ESP32 port does: boot.py, then main.py unless PROMPT is "raw", then the
prompt unless it is "none". It ends with one of the codes of `registers`; a soft reset ends it too.
"""

import micropython

# Nothing is there yet that ctrl-C could break into.
micropython.kbd_intr(-1)

import os
import select  # noqa: F401 the chip's own take the place of the interpreter's
import sys
import time  # noqa: F401

import chip
import esp32
import flash
import machine
import registers
import vfs


def assemble(arguments):
    """Connect the board's parts to their files, and mount the flash."""
    image, history, nvs, uart, bell = [open(int(number), "r+b") for number in arguments[:5]]
    cut_at, torn, address = [int(argument) for argument in arguments[5:]]
    chip.setup(address, bell, uart)
    device = flash.FileFlash(image, history, cut_at, torn)
    esp32.setup(device, nvs)
    machine.setup(uart)
    vfs.umount("/rom")
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(device), "/")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def run(names):
    """Run files, in the namespace of the prompt; return how it ended."""
    shared = __import__("__main__").__dict__
    try:
        for name in names:
            try:
                os.stat(name)
            except OSError:
                continue
            # The port lets ctrl-C through until the file says otherwise.
            micropython.kbd_intr(3)
            execfile(name, shared)  # noqa: F821 MicroPython has it
    except (Exception, KeyboardInterrupt) as error:
        sys.print_exception(error)
        return registers.CRASHED
    return registers.FINISHED


prompt = sys.argv[1]
assemble(sys.argv[2:])
chip.words[registers.LISTENS] = 1
ended = run(("boot.py",) if prompt == "raw" else ("boot.py", "main.py"))
if prompt == "none":
    sys.exit(ended)
# What the interpreter looks for when a program has ended.
os.putenv("MICROPYINSPECT", "1")
