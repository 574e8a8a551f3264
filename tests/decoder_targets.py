"""What takes bytes from outside, each with its property: the targets of fuzz_decoders.

A target takes any bytes and states which errors are allowed, what encodes back to what, what two
implementations agree on, and what stays bounded.
"""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cbor2

import updates
from linli_firmware.apps import wiegand
from linli_firmware.apps.credentials import Credentials
from linli_firmware.bearers import nbiot
from linli_firmware.bearers.at import AtEngine
from linli_firmware.bearers.mqtt_client import MqttClient
from linli_firmware.bearers.rs485 import Rs485
from linli_firmware.event_log import EventLog
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu
from linli_firmware.node import config as node_config
from linli_firmware.storage import frames
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.store import MemoryStore
from linli_firmware.update.manifest import Manifest
from linli_firmware.update.receiver import Receiver
from linli_hostsim.card_reader import wiegand_frame
from linli_hostsim.scenario.errors import ScenarioError
from linli_hostsim.scenario.files import parse as parse_scenario
from linli_hub.configuration import ConfigurationError
from linli_hub.configuration import load as load_hub
from linli_hub.northbound.mqtt.commands import Commands
from linli_hub.northbound.mqtt.topics import Topics
from linli_protocol import access_list, cbor, cobs, codes, crypto, deltas, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_tools import bundle
from linli_tools.failure import Failure
from pair import DEVICE, Pair


def framing(data: bytes) -> None:
    """COBS agrees with the native core; splits change nothing; a found packet makes its frame."""
    assert cobs.decode(data) == crypto.cobs_decode(data)
    cut = data[0] % len(data) if data else 0
    whole, pieces = FrameDecoder(64), FrameDecoder(64)
    found = whole.feed(data)
    assert found == pieces.feed(data[:cut]) + pieces.feed(data[cut:])
    assert whole.refused == pieces.refused
    for each in found:
        assert FrameDecoder(64).feed(encode_frame(each)) == [each]


def packets(data: bytes) -> None:
    """Both ends refuse every packet and count it once."""
    for link in (_PAIR.hub, _PAIR.device):
        before = link.association.refused.total()
        assert link.receive(0, data, _PAIR.now) is None
        assert link.association.refused.total() == before + 1
        header = bytes((packet.VERSION << 6 | data[0] & 0x3F if data else 0,))
        addressed = header + data[1:2] + DEVICE.to_bytes(4, "big") + data[2:]
        assert link.receive(0, addressed, _PAIR.now) is None
        assert link.association.refused.total() == before + 2


def link(data: bytes) -> None:
    """Whatever an authentic peer says, nothing raises and what is kept is bounded."""
    kinds = [kind for kind in messages.CATALOGUE if messages.flags(kind) & messages.UP]
    pair = Pair().join()
    at = 0
    while at + 3 <= len(data):
        kind, flags, length = kinds[data[at] % len(kinds)], data[at + 1] & 0x0C, data[at + 2]
        text = data[at + 3 : at + 3 + length]
        at += 3 + length
        sealed = pair.device.association.seal(kind, flags, text)
        assert sealed is not None
        pair.hub.receive(0, sealed, pair.now)
        pair.hub.poll(pair.now)
    for stream in pair.hub._streams.values():
        assert len(stream._partial) <= 2 * 64


def cbor_values(data: bytes) -> None:
    """CborError, or a value that encodes to the same bytes and that cbor2 reads alike."""
    try:
        value = cbor.decode(data)
    except cbor.CborError:
        return
    assert cbor.encode(value) == data
    assert cbor2.loads(data) == value


def message_bodies(data: bytes) -> None:
    """MessageError, or fields that survive encoding."""
    for kind in messages.CATALOGUE:
        try:
            fields = messages.decode(kind, data)
        except messages.MessageError:
            continue
        fields = {name: value for name, value in fields.items() if value is not None}
        assert messages.decode(kind, messages.encode(kind, fields)) == fields


def access_lists(data: bytes) -> None:
    """ValueError, or changes that encode back; a door's list takes all of them or none."""
    list_ = Credentials(MemoryStore(), 8)
    refusal = list_.apply(0, 1, data)
    assert (list_.version, bool(refusal)) in ((1, False), (0, True))
    try:
        changes = access_list.decode_changes(data)
    except ValueError:
        assert refusal
        return
    again = [
        (kind, token if record is None else access_list.decode_credential(record))
        for kind, token, record in changes
    ]
    assert access_list.encode_changes(again) == data


def differences(data: bytes) -> None:
    """ValueError, or numbers that survive encoding."""
    with suppress(ValueError):
        numbers = deltas.decode(data)
        assert deltas.decode(deltas.encode(numbers)) == numbers


def journal(data: bytes) -> None:
    """A store starts on any file content, loses at most what was damaged, and goes on."""
    files = RamFiles()
    store = FlashStore(files)
    for number in range(4):
        store.put(f"value{number}", bytes(number + 3))
        store.append("events", bytes((number,)) * 16)
    name = files.names()[0]
    content = bytearray(files.read(name, 0, 4096))
    for at in range(0, len(data) - 1, 2):
        content[data[at] % len(content)] ^= data[at + 1]
    files.replace(name, [content if len(data) % 2 else data])
    again = FlashStore(files)
    for number in range(4):
        assert again.get(f"value{number}") in (None, bytes(number + 3))
    again.put("after", b"1")
    assert FlashStore(files).get("after") == b"1"
    assert sum(end - start for start, end, *_ in frames.scan(data)) <= len(data)


def event_log(data: bytes) -> None:
    """Events on a damaged flash are lost or delivered once, and the next one is delivered."""
    files = RamFiles()
    log = EventLog(FlashStore(files), [], 64)
    for number in range(4):
        log.append(codes.GRANTED, number, detail=number)
    name = files.names()[0]
    content = bytearray(files.read(name, 0, 4096))
    for at in range(0, len(data) - 1, 2):
        content[data[at] % len(content)] ^= data[at + 1]
    files.replace(name, [content])
    sent: list[Any] = []
    again = EventLog(FlashStore(files), sent, 64)
    newest = again.append(codes.GRANTED, 4)
    again.forward()
    sequences = [each.fields["sequence"] for each in sent]
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == newest
    for each in sent[:-1]:
        assert each.fields["time"] == each.fields["detail"] < 4


def bundles(data: bytes) -> None:
    """Failure, with a sound head or without."""
    signed = cbor.encode(
        {1: 1, 2: 2, 3: 1, 4: 1, 5: bytes(4), 6: len(data), 7: crypto.sm3(data), 8: 0}
    )
    head = b"LNLB" + len(signed).to_bytes(2, "big") + signed + bytes(64)
    magic = bundle.wire.MAGIC
    for whole in (data, magic + data, magic + head[4:] + data):
        with suppress(Failure):
            bundle.inspect(whole)


def update_receiver(data: bytes) -> None:
    """Of pieces of a bundle, damaged or not, only the bundle becomes an image; then it can."""
    board = updates.running_old()
    whole, image = updates.NEW_BUNDLE, updates.image_of(updates.NEW_BUNDLE)
    receiver = _receiver(board)
    for at in range(0, len(data) - 5, 6):
        what, where, count, place, mask, other = data[at : at + 6]
        offset = where * len(whole) // 256
        piece = bytearray(whole[offset : offset + 3 * count])
        if piece and what & 1:
            piece[place % len(piece)] ^= mask
        fields = {
            "image": other if what & 6 == 6 else image,
            "offset": other if what & 24 == 24 else offset,
            "total": other if what & 96 == 96 else len(whole),
            "data": bytes(piece),
        }
        receiver.on_update(fields)
        board.poll()
    for _ in range(3):
        if board.boot() == 1:
            break
        _receiver(board)
        board.take(whole)
    assert board.slot == 1
    for name, content in updates.app(updates.NEW).items():
        assert board.files.read(name, 0, 8192) == content


def board_configuration(data: bytes) -> None:
    """ValueError, or an object with bearers."""
    for text in (data, b"[" * 5 * len(data) + data):
        with suppress(ValueError):
            assert node_config.parse(text)["bearers"]


def toml(data: bytes) -> None:
    """A scenario and a hub's configuration are told to be wrong by their own errors."""
    text = data.decode(errors="replace")
    for each in (text, "x = " + "[" * 5 * len(data)):
        with suppress(ScenarioError):
            parse_scenario(each, "fuzz")
        HUB_TOML.write_text(each, encoding="utf-8")
        with suppress(ConfigurationError):
            load_hub(HUB_TOML)


def legacy_meters(data: bytes) -> None:
    """An answer or None; also of what has the right sum or checksum by itself."""
    for driver in _METERS:
        for step in range(driver.steps):
            driver.encode(step)
            driver.decode(step, data)
            frame = b"\x68" + data
            driver.decode(step, frame + bytes((sum(frame) & 0xFF, 0x16)))


def wiegand_cards(data: bytes) -> None:
    """None, or the one card whose frame it is."""
    bits = (26, 34, 37, data[0] if data else 0)
    number = int.from_bytes(data[:5], "big")
    for count in bits:
        frame = number & ((1 << count) - 1)
        card = wiegand.parse(frame, count)
        assert card is None or wiegand_frame(count, *card) == frame


def at_lines(data: bytes) -> None:
    """Splits change nothing, and a line that is kept has its bound."""
    whole, pieces = AtEngine(40), AtEngine(40)
    for engine in (whole, pieces):
        engine.begin(b"AT+X", b"+X:", 100, 0)
    cut = data[0] % len(data) if data else 0
    lines = whole.feed(data)
    assert lines == pieces.feed(data[:cut]) + pieces.feed(data[cut:])
    assert whole.answer == pieces.answer and whole.poll(1) == pieces.poll(1)
    assert len(whole._line) <= 40


def modem(data: bytes) -> None:
    """Whatever a modem says, nothing raises, what is kept is bounded, and it is asked again."""
    port = Port()
    bearer = Bearer("nbiot", nbiot.MTU, nbiot.ACK_TIMEOUT_MS)
    radio = nbiot.NbIot(port, bearer, "127.0.0.1", 4731, "apn", [b"AT+CEREG=1"])
    radio.start(0)
    now = 0
    for line in data.split(b"\n"):
        port.heard += line + (b"\r\nOK\r\n" if len(line) % 2 else b"\r\n")
        radio.send(b"packet", now)
        packets = radio.poll(now)
        assert len(packets) <= nbiot.RECEIVED_LIMIT
        assert all(len(each) <= nbiot.MTU + 16 for each in packets)
        deadline = radio.next_deadline()
        assert deadline is not None
        now = max(now + 1, deadline)


def bus_polls(data: bytes) -> None:
    """A device takes packets that are for it, and speaks when asked, at most once each time."""
    own, port = 0x85, Port()
    line = b"".join(
        encode_frame(piece) if len(piece) % 2 else piece for piece in data.split(b"\xff")
    )
    bus = Rs485(Bearer("rs485", 240, 1000), lambda: port, None, 115_200, own, 200, 10_000)
    bus.start(0)
    taken: list[bytes] = []
    for now, at in enumerate(range(0, len(line) + 64, 32)):
        port.heard += line[at : at + 32]
        bus.send(b"answer", 4 * now)
        taken += bus.poll(4 * now)
    polls = [each[1:] for each in FrameDecoder(241).feed(line) if each[:1] == bytes([own])]
    assert not Counter(taken) - Counter(polls)
    assert FrameDecoder(240).feed(port.said).count(b"answer") <= len(polls)


def mqtt_server(data: bytes) -> None:
    """What a server sends neither raises nor grows what is kept."""
    client = MqttClient("linli/1", "", "", 60, 272)
    client.connect(0)
    client.subscribe(b"t", 1, 0)
    client.feed(b"\x20\x02\x00\x00", 0)
    client.feed(data, 0)
    assert len(client._received) <= 272 + 5


def mqtt_commands(data: bytes) -> None:
    """A command that is refused is counted; what is carried out is an accepted one."""
    done: list[tuple[int, int, int]] = []
    commands = Commands(
        Topics("s"), (codes.READ_NOW,), lambda *command: done.append(command), lambda: 1000
    )
    commands.take("linli/s/device/00000001/command", data, False)
    with suppress(ValueError, RecursionError):
        told = json.loads(data)
        commands.take(f"linli/s/device/{told}/command", data, False)
    assert len(done) + commands.refused.total() >= 1
    assert all(operation == codes.READ_NOW for _, operation, _ in done)


class Port:
    """A serial port: `heard` is still to be read, `said` has been written."""

    def __init__(self) -> None:
        self.heard = b""
        self.said = b""

    def any(self) -> int:
        return len(self.heard)

    def read(self, count: int) -> bytes:
        found, self.heard = self.heard[:count], self.heard[count:]
        return found

    def write(self, data: bytes) -> int:
        self.said += data
        return len(data)

    def txdone(self) -> bool:
        return True

    def deinit(self) -> None:
        pass


def _receiver(board: Any) -> Receiver:
    identity = {"device_kind": codes.DOOR, "firmware": board.version, "abi": updates.ABI}
    board.receiver = Receiver(board.record, board.folders[1:], identity, _is_genuine, board.room)
    return board.receiver


def _is_genuine(manifest: Manifest) -> Generator[None, None, bool]:
    yield
    return updates.NEW_BUNDLE.startswith(manifest.head)


Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        *(framing, packets, link, cbor_values, message_bodies, access_lists, differences),
        *(journal, bundles, board_configuration, toml, legacy_meters, wiegand_cards, at_lines),
        *(mqtt_server, mqtt_commands, event_log, update_receiver, modem, bus_polls),
    )
}

_PAIR = Pair().join()
_METERS = (
    Cjt188("78330011223344"),
    Cjt188("AA" * 7, profile="2004"),
    Dlt645("000000000161", ["00010000"]),
    Dlt645("AA" * 6, ["02030000"]),
    ModbusRtu(17, [{"address": 5, "type": "s32"}]),
)
HUB_TOML = Path(tempfile.gettempdir()) / f"linli-fuzz-{os.getpid()}.toml"
