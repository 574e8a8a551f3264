"""Shuts itself away from the host's files, then becomes a MicroPython.

    launch.py PARENT FOLDER ROM_FD SHARED_FD HEAP ARGUMENTS of micropython/start.py

The interpreter is loaded first: it is a module of CPython and lies where only its owner may read.
Then the process gives up what it may, for good, before it runs anything; FOLDER, which is
empty, is all it can still open. Whatever runs on the board, machine code included, cannot
get back what the kernel no longer grants.

* As root: FOLDER becomes the root directory, the account one without rights.
* As anybody else: Landlock (Linux 5.13, landlock(7)) forbids every access to files outside FOLDER.
  What can still be asked is whether a path exists.

Files that it inherits open stay open: the board's own flash, keys and lines. Two are mapped: a ROM
with the board's modules, of which it gets a copy, and the registers that it shares with the host.
It ends with the process PARENT.
"""

import ctypes
import mmap
import os
import signal
import sys
from pathlib import Path

# The process's name once it is the interpreter's turn, at most 15 characters.
NAME = "linli-board"
# "nobody" on Debian.
UNPRIVILEGED = 65534

# Runs the ROM's modules where they lie.
BOOTSTRAP = """
import sys, uctypes, vfs
vfs.mount(vfs.VfsRom(uctypes.bytearray_at(%d, %d)), "/rom")
sys.path[:] = ["/rom", ".frozen"]
import start
"""

# linux/prctl.h
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
# linux/landlock.h and the numbers of its system calls, the same on every processor.
_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
# The rights over files that each version has brought in: rename across folders, truncate, ioctl.
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def shut_away(folder: str) -> None:
    """Keep this process from every file outside `folder`, where it goes; OSError if it cannot."""
    os.chdir(folder)
    if os.geteuid() == 0:
        os.chroot(".")
        os.setgroups([])
        os.setgid(UNPRIVILEGED)
        os.setuid(UNPRIVILEGED)
    else:
        _restrict()


def _restrict() -> None:
    """Forbid all access to files but to read those of the working directory."""
    version = _call(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    handled = sum(right for since, right in _RIGHTS.items() if since <= version)
    rules = _call(_CREATE_RULESET, ctypes.byref(ctypes.c_uint64(handled)), 8, 0)
    here = os.open(".", os.O_PATH)
    allowed = _Beneath(_READ_FILE | _READ_DIR, here)
    _call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(allowed), 0)
    if ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError("prctl(PR_SET_NO_NEW_PRIVS)")
    _call(_RESTRICT_SELF, rules, 0)
    os.close(here)
    os.close(rules)


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    result: int = library.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock: " + os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":
    from micropython_unix import main

    # Only MicroPython is to be interrupted, when it says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path("/proc/self/comm").write_text(NAME)
    parent, folder, rom, shared, heap, *arguments = sys.argv[1:]
    modules = mmap.mmap(int(rom), 0, access=mmap.ACCESS_COPY)
    registers = mmap.mmap(int(shared), 0)
    rom_at, registers_at = (
        ctypes.addressof(ctypes.c_char.from_buffer(each)) for each in (modules, registers)
    )
    os.close(int(rom))
    os.close(int(shared))
    try:
        shut_away(folder)
    except OSError as error:
        sys.exit(f"the board cannot be kept from the host's files: {error}")
    # Only now: a change of the account takes it back.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the board's parent has gone")
    start = BOOTSTRAP % (rom_at, len(modules))
    sys.argv[1:] = ["-X", f"heapsize={heap}", "-c", start, *arguments, str(registers_at)]
    sys.exit(main())
