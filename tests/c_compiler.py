"""The C compiler of this machine; where there is one, the native core must be compiled."""

import shutil

CC = shutil.which("gcc") or shutil.which("cc")
NO_CC = "no C compiler (gcc or cc)"
