"""The session vectors: this implementation opens and answers what they hold, byte by byte."""

from linli_protocol import keys, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.counters import restore
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from stores import Store
from support import vectors

SESSION = vectors("session")
KEYS = SESSION["keys"]


def key(name):
    return bytes.fromhex(KEYS[name])


def test_keys():
    root = keys.root_key(key("community"), KEYS["device"])
    assert root == key("root")
    assert keys.join_key(root) == key("join")
    pair = keys.session_keys(root, key("device_nonce"), key("hub_nonce"), KEYS["epoch"])
    assert pair == (key("up"), key("down"))


def test_headers():
    for vector in SESSION["headers"]:
        header = packet.pack_header(
            vector["kind"], vector["flags"], vector["device"], vector["epoch"], vector["counter"]
        )
        assert header == bytes.fromhex(vector["header"])
        parsed = packet.parse_header(header + bytes(16))
        assert parsed.kind == vector["kind"] and parsed.flags == vector["flags"]
        assert parsed.device == vector["device"]
        assert parsed.epoch_low == vector["epoch"] & 3
        assert parsed.counter_low == vector["counter"] & 0xFFFF


def test_counters_and_nonces():
    for vector in SESSION["counters"]:
        assert restore(vector["low"], 16, vector["highest"]) == vector["counter"]
    for vector in SESSION["nonces"]:
        prefix = keys.nonce_prefix(vector["downlink"], vector["device"], vector["epoch"])
        nonce = prefix + vector["counter"].to_bytes(4, "big")
        assert nonce == bytes.fromhex(vector["nonce"])


def test_the_hub_takes_what_the_device_sent():
    replay("device", "hub")


def test_the_device_takes_what_the_hub_sent():
    replay("hub", "device")


def replay(sender, receiver):
    """Let a fresh receiver take the sender's packets; it must deliver and answer as recorded."""
    store = Store()

    def random(count):
        return (key("device_nonce" if receiver == "device" else "hub_nonce") * 2)[:count]

    if receiver == "hub":
        end = HubAssociation(key("root"), KEYS["device"], store, random, lambda now: (0, 0))
    else:
        end = DeviceAssociation(
            key("root"), KEYS["device"], 2, store, random, lambda *_: None, {"join_spread_ms": 0}
        )
    link = Link(end, [Bearer("line", SESSION["mtu"])], store, random)
    link.start(0)
    delivered = 0
    for step in SESSION["exchange"]:
        if step["from"] == receiver:
            continue
        if receiver == "device" and not delivered:
            # Its join request must be out before the answer comes.
            link.poll(0)
        delivery = link.receive(0, bytes.fromhex(step["packet"]), 0)
        assert (delivery is not None) == ("fields" in step), step
        if delivery is not None:
            delivered += 1
            fields = {
                name: value.hex() if isinstance(value, bytes) else value
                for name, value in delivery.fields.items()
            }
            assert (delivery.kind, fields) == (step["kind"], step["fields"])
    assert delivered == len(
        [1 for step in SESSION["exchange"] if step["from"] == sender and "fields" in step]
    )
    assert end.refused.total() == 0


def test_the_exchange_holds_a_message_in_fragments():
    kinds = [step["kind"] for step in SESSION["exchange"] if "fields" in step]
    assert messages.LOG_CHUNK in kinds and messages.COMMAND in kinds
