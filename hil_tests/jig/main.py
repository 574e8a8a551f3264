"""The jig: a second board that plays what is wired to a device under test, and watches its outputs.

    mpremote connect PORT fs cp hil_tests/jig/*.py :

The host asks over the USB serial port, a line a request (docs/HIL.md has them); ctrl-C ends in the
console as on any board.
"""

import select
import sys

from jig_commands import Jig
from jig_lines import Lines

jig = Jig()
lines = Lines(sys.stdin.buffer, sys.stdout, jig.obey)
keyboard = select.poll()
keyboard.register(sys.stdin, select.POLLIN)
while True:
    if keyboard.poll(1):
        lines.read()
    for change in jig.changes():
        lines.tell(change)
