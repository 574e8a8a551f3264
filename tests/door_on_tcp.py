"""A whole door over TCP, on MicroPython or CPython, to which strangers come all the time.

door_on_tcp.py COUNT INTERVAL_MS SETTINGS CONSTANTS: how many unknown cards are shown, and how fast;
the bearer's settings and constants of bearers to change, as in echo_device.py. It goes on for ever.
"""

import json
import os
import sys
import time

from linli_firmware.apps.door import Door
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes, keys

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = 7
FRAME_26 = 0b10111101100010001110101110
POLL_S = 0.005


class Board:
    @staticmethod
    def random(count):
        return os.urandom(count)


def main(count, interval_ms, settings, constants):
    for name, value in json.loads(constants).items():
        module, _, constant = name.partition(".")
        found = __import__("linli_firmware.bearers." + module, None, None, ("build",))
        setattr(found, constant, value)
    transport = __import__("linli_firmware.bearers.tcp", None, None, ("build",)).build(
        json.loads(settings), Board
    )
    store = MemoryStore()
    clock = Clock()
    door = Door({"device": DEVICE}, store, clock)
    device = Device(
        {"device": DEVICE, "device_kind": codes.DOOR, "firmware": 1},
        keys.root_key(COMMUNITY_KEY, DEVICE),
        door,
        clock,
        [transport.bearer],
        store,
        os.urandom,
        {"association": {"join_spread_ms": 0}, "link": {"recovery_spread_ms": 100}},
    )
    begin = time.time()
    device.start(0, codes.POWER_ON)
    transport.start(0)
    device.link.set_up(0, False, 0)
    door.set_contact(False, 0)
    shown = 0
    was_up = False
    while True:
        now = int((time.time() - begin) * 1000)
        for packet in transport.poll(now):
            device.receive(0, packet, now)
        if transport.is_up != was_up:
            was_up = transport.is_up
            device.link.set_up(0, was_up, now)
        if shown < int(count) and now >= shown * int(interval_ms):
            shown += 1
            door.read_card(FRAME_26, 26, now)
        for _, packet in device.poll(now)[1]:
            transport.send(packet, now)
        time.sleep(POLL_S)


main(*sys.argv[1:])
