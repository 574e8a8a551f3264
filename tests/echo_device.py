"""A device on MicroPython that says hello on its bearer and returns every packet.

micropython echo_device.py KIND SETTINGS [CONSTANTS]: the bearer's module, and its settings and any
constants of its module to change as JSON. Prints "up" and "down" as the way changes and its counts
when told to by a packet "counts". Ends after a packet "bye", or after a minute.
"""

import json
import os
import sys
import time

POLL_MS = 5
LIFE_MS = 60_000


class Board:
    @staticmethod
    def random(count):
        return os.urandom(count)


def main(kind, settings, constants="{}"):
    module = __import__("linli_firmware.bearers." + kind, None, None, ("build",))
    for name, value in json.loads(constants).items():
        setattr(module, name, value)
    transport = module.build(json.loads(settings), Board)
    begin = time.ticks_ms()
    transport.start(0)
    was_up = False
    while True:
        now = time.ticks_diff(time.ticks_ms(), begin)
        packets = transport.poll(now)
        if transport.is_up != was_up:
            was_up = transport.is_up
            print("up" if was_up else "down")
            if was_up:
                transport.send(b"hello", now)
        for packet in packets:
            if packet == b"counts":
                print(json.dumps(transport.counts))
            transport.send(packet, now)
        if packets and packets[-1] == b"bye":
            transport.poll(now)
            transport.stop()
            print("stopped")
            return
        if now > LIFE_MS:
            print("out of time")
            return
        time.sleep_ms(POLL_MS)


main(*sys.argv[1:])
