"""A door that goes on with a session and takes the packets in a file: attacked.py FILE.

It prints what it has refused by reason, whether that has changed its store, and how many of the
genuine packets at the end it has taken.
"""

import json
import sys

from linli_firmware.apps.door import Door
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes
from linli_protocol.bearer import Bearer


def content(store):
    return (
        dict(store._values),
        {name: (log.first, list(log.kept)) for name, log in store._logs.items()},
        dict(store._files),
    )


def run(scene):
    store = MemoryStore()
    for key, value in scene["values"].items():
        store.put(key, bytes.fromhex(value))
    store.retain("sleep", b"\x00" + bytes.fromhex(scene["asleep"]))
    clock = Clock()
    address = scene["device"]
    app = Door({"device": address}, store, clock)
    identity = {"device": address, "device_kind": codes.DOOR, "firmware": 1}
    root = bytes.fromhex(scene["root"])
    bearers = [Bearer("line", 240)]
    device = Device(identity, root, app, clock, bearers, store, lambda count: bytes(count))
    device.start(0, codes.DEEP_SLEEP, scene["unix_s"])
    device.poll(0)
    refused = device.link.association.refused
    before = content(store)
    for packet in scene["packets"]:
        device.receive(0, bytes.fromhex(packet), 0)
    counts = list(refused.counts)
    changed = content(store) != before
    for packet in scene["genuine"]:
        device.receive(0, bytes.fromhex(packet), 0)
    taken = len(scene["genuine"]) - refused.total() + sum(counts)
    return {"refused": counts, "changed": changed, "taken": taken}


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(json.dumps(run(json.load(file))))
