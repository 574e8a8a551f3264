"""Runs the node; whatever ends it, the board starts anew. boot.py has chosen the image."""

import machine

from linli_firmware.boards.esp32 import Board
from linli_firmware.node.main import run

try:
    run(Board())
except KeyboardInterrupt:
    # Only a board under development lets ctrl-C through: leave it at its console.
    pass
except BaseException as error:
    import sys

    sys.print_exception(error)
    machine.reset()
else:
    machine.reset()
