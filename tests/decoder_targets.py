"""What takes bytes from outside, each with its property: the targets of fuzz_decoders.

A target takes any bytes and states which errors are allowed, what encodes back to what, what two
implementations agree on, and what stays bounded.
"""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cbor2

from linli_firmware.apps import wiegand
from linli_firmware.apps.credentials import Credentials
from linli_firmware.bearers.at import AtEngine
from linli_firmware.bearers.mqtt_client import MqttClient
from linli_firmware.legacy.cjt188 import Cjt188
from linli_firmware.legacy.dlt645 import Dlt645
from linli_firmware.legacy.modbus_rtu import ModbusRtu
from linli_firmware.node import config as node_config
from linli_firmware.storage import frames
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import RamFiles
from linli_firmware.store import MemoryStore
from linli_hostsim.card_reader import wiegand_frame
from linli_hostsim.scenario.errors import ScenarioError
from linli_hostsim.scenario.files import parse as parse_scenario
from linli_hub.configuration import ConfigurationError
from linli_hub.configuration import load as load_hub
from linli_hub.northbound.mqtt.commands import Commands
from linli_hub.northbound.mqtt.topics import Topics
from linli_protocol import access_list, cbor, cobs, codes, crypto, deltas, messages, packet
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


Target = Callable[[bytes], None]
TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        *(framing, packets, link, cbor_values, message_bodies, access_lists, differences),
        *(journal, bundles, board_configuration, toml, legacy_meters, wiegand_cards, at_lines),
        *(mqtt_server, mqtt_commands),
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
