"""The os module of the emulated board: in virtual time, chance is the same in every run."""

import chip
import registers
from uhashlib import sha256 as _sha256
from uos import *
from uos import urandom as _urandom


def urandom(n):
    if not chip.words[registers.IS_VIRTUAL]:
        return _urandom(n)
    drawn = b""
    while len(drawn) < n:
        # Never the same again, not even after a restart.
        chip.words[registers.DRAWN] += 1
        drawn += _sha256(b"%d" % chip.words[registers.DRAWN]).digest()
    return drawn[:n]
