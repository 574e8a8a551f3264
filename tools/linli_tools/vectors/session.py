"""Vectors of packet, session and link: one device's join and first exchange, byte by byte."""

from linli_protocol import keys, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.counters import restore
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from linli_protocol.types import Random

COMMUNITY_KEY = bytes(range(16))  # test key
DEVICE = 0x01020304
DEVICE_NONCE = bytes.fromhex("0102030405060708")
HUB_NONCE = bytes.fromhex("1112131415161718")
UNIX_S = 1_790_000_000
MTU = 51


class _Memory(dict[str, bytes]):
    def put(self, key: str, value: bytes) -> None:
        self[key] = value

    def delete(self, key: str) -> None:
        self.pop(key, None)


def _fixed(nonce: bytes) -> Random:
    return lambda count: (nonce * 2)[:count]


def generate() -> dict[str, object]:
    """Return the content of session.json."""
    root = keys.root_key(COMMUNITY_KEY, DEVICE)
    device_store, hub_store = _Memory(), _Memory()
    device_random, hub_random = _fixed(DEVICE_NONCE), _fixed(HUB_NONCE)
    device_end = DeviceAssociation(
        root, DEVICE, 2, device_store, device_random, lambda *_: None, {"join_spread_ms": 0}
    )
    hub_end = HubAssociation(root, DEVICE, hub_store, hub_random, lambda now: (UNIX_S, 480))
    device = Link(device_end, [Bearer("line", MTU)], device_store, device_random)
    hub = Link(hub_end, [Bearer("line", MTU)], hub_store, hub_random)
    exchange: list[dict[str, object]] = []

    def pass_on() -> None:
        moving = True
        while moving:
            moving = False
            for name, sender, receiver in (("device", device, hub), ("hub", hub, device)):
                for _, data in sender.poll(0):
                    moving = True
                    delivery = receiver.receive(0, data, 0)
                    step: dict[str, object] = {"from": name, "packet": data.hex()}
                    if delivery is not None:
                        step["kind"] = delivery.kind
                        step["fields"] = {
                            label: value.hex() if isinstance(value, bytes) else value
                            for label, value in delivery.fields.items()
                        }
                    exchange.append(step)

    device.start(0)
    pass_on()
    device.send(messages.EVENT, {"sequence": 0, "time": UNIX_S, "code": 86}, 0)
    device.send(messages.ALARM, {"incident": 1, "time": UNIX_S, "cause": 1}, 0)
    pass_on()
    hub.send(messages.COMMAND, {"id": 1, "expires": UNIX_S + 30, "operation": 6}, 0)
    pass_on()
    device.send(messages.LOG_CHUNK, {"log": 2, "first": 0, "records": bytes(range(70))}, 0)
    pass_on()
    device.send(messages.HEALTH, {"time": UNIX_S, "uptime_s": 60}, 0)
    pass_on()

    assert device_end.current is not None
    epoch = device_end.current.epoch
    up, down = keys.session_keys(root, DEVICE_NONCE, HUB_NONCE, epoch)
    return {
        "keys": {
            "community": COMMUNITY_KEY.hex(),
            "device": DEVICE,
            "root": root.hex(),
            "join": keys.join_key(root).hex(),
            "device_nonce": DEVICE_NONCE.hex(),
            "hub_nonce": HUB_NONCE.hex(),
            "epoch": epoch,
            "up": up.hex(),
            "down": down.hex(),
        },
        "headers": [
            {
                "kind": kind,
                "flags": flags,
                "device": device_address,
                "epoch": epoch_number,
                "counter": counter,
                "header": packet.pack_header(
                    kind, flags, device_address, epoch_number, counter
                ).hex(),
            }
            for kind, flags, device_address, epoch_number, counter in (
                (messages.EVENT, packet.RELIABLE, DEVICE, 0, 0),
                (messages.COMMAND, 0x38, 0xFFFFFFFF, 0xFFFFFF, 0xFFFFFFFF),
                (messages.LOG_CHUNK, 0x0C, 1, 6, 0x12345),
            )
        ],
        "counters": [
            {"low": low, "highest": highest, "counter": restore(low, 16, highest)}
            for low, highest in (
                (0, -1),
                (5, -1),
                (65_535, -1),
                (0, 65_535),
                (65_535, 65_536),
                (32_768, 0),
                (32_770, 0),
                (0, 2**32 - 2),
            )
        ],
        "nonces": [
            {
                "downlink": downlink,
                "device": DEVICE,
                "epoch": 5,
                "counter": 9,
                "nonce": (keys.nonce_prefix(downlink, DEVICE, 5) + (9).to_bytes(4, "big")).hex(),
            }
            for downlink in (False, True)
        ],
        "mtu": MTU,
        "exchange": exchange,
    }
