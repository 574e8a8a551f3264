"""Runs the node; whatever ends it, the board starts anew. boot.py has chosen the image."""

import gc
import time

import machine
import micropython

try:
    # The port lets ctrl-C through while it runs a file; whether it may is for the node to say.
    micropython.kbd_intr(-1)
    # One that was typed before that comes up here.
    time.sleep_ms(0)
except KeyboardInterrupt:
    pass

# Garbage that waits until the heap is full leaves only pieces of it, too small for what comes.
gc.collect()
gc.threshold(4096)

try:
    from linli_main import run

    run()
except KeyboardInterrupt:
    # Only an open console lets ctrl-C through: leave the board at it.
    pass
except BaseException as error:
    import sys

    sys.print_exception(error)
    machine.reset()
else:
    machine.reset()
