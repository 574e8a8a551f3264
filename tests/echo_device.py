"""A device on MicroPython that says hello on its bearer and returns every packet.

micropython echo_device.py KIND SETTINGS CONSTANTS: the bearer's module; its settings, and constants
of the package to change ({"tcp.SILENCE_MS": 300}), as JSON. Prints "up" and "down" as the way
changes, what is "refused" or "untrusted", and its counts when told to by a packet "counts". Ends
after a packet "bye", or after a minute.
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


def bearer_module(name):
    return __import__("linli_firmware.bearers." + name, None, None, ("build",))


def main(kind, settings, constants):
    for name, value in json.loads(constants).items():
        module, _, constant = name.partition(".")
        setattr(bearer_module(module), constant, value)
    transport = bearer_module(kind).build(json.loads(settings), Board)
    begin = time.ticks_ms()
    transport.start(0)
    was_up = False
    complaints = {"refused": 0, "untrusted": 0}
    while True:
        now = time.ticks_diff(time.ticks_ms(), begin)
        packets = transport.poll(now)
        if transport.is_up != was_up:
            was_up = transport.is_up
            print("up" if was_up else "down")
            if was_up:
                transport.send(b"hello", now)
        for name in complaints:
            count = transport.counts.get(name, 0)
            if count != complaints[name]:
                complaints[name] = count
                print(name)
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
