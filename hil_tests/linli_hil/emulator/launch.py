"""Becomes an account without rights, then a MicroPython: launch.py ARGUMENTS of micropython.

The interpreter from PyPI is a module of CPython and lies where only its owner may read; so it is
loaded first, and the rights are given up before it runs anything.
"""

import os
import sys

from micropython_unix import main

# "nobody" on Debian.
UNPRIVILEGED = 65534

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(UNPRIVILEGED)
    os.setuid(UNPRIVILEGED)
sys.exit(main())
