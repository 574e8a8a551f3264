"""Captures, read back by Wireshark's own programs, with the dissector of tools/wireshark."""

import io
import random
import runpy
import subprocess
from pathlib import Path

import pytest

from exchanges import BANNER, console, damaged, exchange
from linli_firmware.bearers.rs485 import ADDRESS_BASE
from linli_firmware.node.config import BEARERS as FIRMWARE_BEARERS
from linli_protocol import cbor, keys, messages, packet
from linli_protocol.framing import encode_frame
from linli_tools.capture.link_type import BEARERS, USER0, CaptureWriter, interfaces
from linli_tools.capture.pcapng import INBOUND, OUTBOUND, UNKNOWN, PcapngWriter
from linli_tools.capture.records import Packet, Recorder
from linli_tools.decode import Decoder
from linli_tools.layers import Layer
from linli_tools.listener import Listener
from pair import COMMUNITY_KEY, DEVICE
from wireshark import CAPINFOS, DISSECTOR, fields, needs_capinfos, needs_tshark, raw_bytes, tshark

ROOT = Path(__file__).parents[2]
TIME_US = 1_800_000_000_123_456


def capture(path: Path, stream: bytes, *, with_key: bool = True, bearer: str = "uart") -> Path:
    """Write what passes on a line."""
    listener = Listener(lambda device: keys.root_key(COMMUNITY_KEY, device) if with_key else None)
    recorder = Recorder(Decoder(listener), is_stream=True)
    with path.open("wb") as file:
        writer = CaptureWriter(PcapngWriter(file, USER0, interfaces(bearer), "linli"), bearer)
        for data in (stream, b""):
            for record in recorder.take(data, TIME_US):
                writer.write(record)
    return path


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A console's capture, made with the community key."""
    return capture(tmp_path_factory.mktemp("capture") / "opened.pcapng", console())


@needs_capinfos
def test_capinfos_takes_the_file_for_pcapng_with_an_interface_for_each_way(opened: Path) -> None:
    assert CAPINFOS
    run = subprocess.run([CAPINFOS, opened], capture_output=True, text=True, check=True, timeout=60)
    told = " ".join(run.stdout.split())
    assert "File type: Wireshark/... - pcapng File encapsulation: USER 0 " in told
    assert f" Number of packets: {len(exchange()) + 3} " in told
    for name in ("uart uplink", "uart downlink", "uart damaged", "uart log"):
        assert f"Name = {name}" in run.stdout


@needs_tshark
def test_join_alarm_readings_and_access_list_are_told_by_name(opened: Path) -> None:
    columns = ("linli.device", "linli.counter", "linli.body.message")
    rows = fields(opened, *columns, shown="linli.body.message")
    assert {device for device, _, _ in rows} == {f"0x{DEVICE:08x}"}
    assert [row[2] for row in rows if row[2] != "acknowledgement"] == [
        "join-request",
        "join-accept",
        "hello",
        "alarm",
        "readings",
        "access-list",
    ]
    assert len(fields(opened, "frame.number", shown="linli.body.piece")) == 3
    # All but the join's two.
    assert len(fields(opened, "frame.number", shown="linli.epoch == 0")) == len(exchange()) - 2
    alarm = ("linli.body.incident", "linli.body.cause", "linli.body.presses", "linli.body.number")
    assert fields(opened, *alarm, shown="linli.kind == 0x14") == [("5", "1", "2", "0")]
    changes = fields(opened, "linli.body.changes", shown="linli.body.changes")
    assert changes == [(bytes(range(100)).hex(),)]
    assert not fields(opened, "frame.number", shown="_ws.expert")


@needs_tshark
def test_words_stand_beside_numbers_and_the_list_reads_by_itself(opened: Path) -> None:
    details = tshark(opened, "-V", "-Y", "linli.kind == 0x14")
    assert "Priority: alarm (0)" in details
    assert "time: 1800000000 (2027-01-15 08:00:00 UTC)" in details
    assert "cause: 1 (press)" in details
    listed = tshark(opened)
    assert "01020304 → hub" in listed and "hub → 01020304" in listed
    assert "alarm #1 incident 5, time 2027-01-15 08:00:00 UTC, cause press, presses 2" in listed
    assert "acknowledgement #0 ids command 0" in listed
    assert BANNER in listed
    assert "I (1234) node: joined" in listed and "\x1b" not in listed


@needs_tshark
def test_times_ways_and_text_are_kept(opened: Path) -> None:
    rows = fields(
        opened, "frame.time_epoch", "frame.interface_name", "frame.packet_flags_direction"
    )
    assert {time[:17] for time, _, _ in rows} == {"1800000000.123456"}
    assert {(interface, way) for _, interface, way in rows} == {
        ("uart uplink", f"0x{INBOUND:08x}"),
        ("uart downlink", f"0x{OUTBOUND:08x}"),
        ("uart log", f"0x{INBOUND:08x}"),
    }
    assert fields(opened, "linli_capture.log")[0] == (BANNER,)


@needs_tshark
def test_without_keys_the_header_is_shown_and_the_body_stays_closed(tmp_path: Path) -> None:
    closed = capture(tmp_path / "closed.pcapng", console(), with_key=False)
    assert not fields(closed, "frame.number", shown="linli.body || linli.counter")
    rows = fields(closed, "linli.kind", "linli.counter_low", "linli.sealed", "linli.tag")
    assert ["0x14", "1"] in [list(row[:2]) for row in rows]
    assert b"".join(map(bytes.fromhex, rows[1][2:])) == exchange()[0][packet.HEADER_LENGTH :]


@needs_tshark
def test_damage_is_marked_and_commented(tmp_path: Path) -> None:
    path = capture(tmp_path / "damaged.pcapng", damaged(exchange()[0]))
    columns = ("frame.interface_name", "linli_capture.expert.damaged", "frame.comment")
    ((interface, _, comment),) = fields(path, *columns)
    assert interface == "uart damaged"
    assert "CRC is" in comment


@needs_tshark
def test_polls_of_a_bus_are_shown_with_the_packets_in_them(tmp_path: Path) -> None:
    poll = bytes([ADDRESS_BASE + 5])
    stream = encode_frame(poll) + encode_frame(poll + exchange()[1])
    path = capture(tmp_path / "bus.pcapng", stream, bearer="rs485")
    rows = fields(path, "linli_capture.bus_address", "frame.interface_name", "linli.kind")
    assert rows == [("5", "rs485 downlink", ""), ("5", "rs485 downlink", "0x02")]


def capture_packet(path: Path, data: bytes, body: bytes = b"", note: str = "") -> Path:
    """Write one packet, opened if it has a body."""
    layers = [Layer("packet", content=data, problem=note or None)]
    if body:
        session = Layer("session", content=body)
        session.add("counter", 7)
        layers.append(session)
    with path.open("wb") as file:
        writer = PcapngWriter(file, USER0, interfaces("udp"), "linli")
        CaptureWriter(writer, "udp").write(Packet(TIME_US, data, layers))
    return path


HEALTH = packet.pack_header(messages.HEALTH, 0, DEVICE, 1, 7) + bytes(20)
RELIABLE_HEALTH = bytes([HEALTH[0] | packet.RELIABLE]) + HEALTH[1:]


@needs_tshark
@pytest.mark.parametrize(
    ("data", "expert"),
    [
        (HEALTH[:5], "linli.expert.truncated"),
        (HEALTH[:15], "linli.expert.truncated"),
        (b"\x80" + HEALTH[1:], "linli.expert.version"),
        (HEALTH[:1] + b"\x7e" + HEALTH[2:], "linli.expert.kind"),
        (b"\x60" + HEALTH[1:], "linli.expert.direction"),
        (b"\x50" + HEALTH[1:], "linli.expert.tag"),
    ],
)
def test_a_packet_that_breaks_a_rule_is_marked(tmp_path: Path, data: bytes, expert: str) -> None:
    path = capture_packet(tmp_path / "one.pcapng", data)
    assert len(fields(path, "frame.number", shown=expert)) == 1


@needs_tshark
@pytest.mark.parametrize(
    ("body", "expert"),
    [
        (cbor.encode({1: 1_800_000_000}), "linli.body.expert.missing"),
        (cbor.encode({1: 1_800_000_000, 2: b"two"}), "linli.body.expert.cbor"),
        (cbor.encode({1: 1 << 40, 2: 2}), "linli.body.expert.cbor"),
        (cbor.encode([1, 2]), "linli.body.expert.cbor"),
        (cbor.encode({1: 1, 2: 2})[:-1], "linli.body.expert.cbor"),
        (cbor.encode({1: 1, 2: 2}) + b"\x00", "linli.body.expert.cbor"),
        (b"", "linli.body.expert.cbor"),
    ],
)
def test_a_body_that_breaks_a_rule_is_marked(tmp_path: Path, body: bytes, expert: str) -> None:
    path = capture_packet(tmp_path / "one.pcapng", RELIABLE_HEALTH, b"\x60\x01" + body)
    assert len(fields(path, "frame.number", shown=expert)) == 1


@needs_tshark
@pytest.mark.parametrize("flags", [packet.RELIABLE, packet.RELIABLE | packet.FRAGMENT])
def test_a_body_too_short_for_its_number_is_marked(tmp_path: Path, flags: int) -> None:
    data = bytes([HEALTH[0] | flags]) + HEALTH[1:]
    path = capture_packet(tmp_path / "one.pcapng", data, b"\x60")
    assert len(fields(path, "frame.number", shown="linli.body.expert.short")) == 1


@needs_tshark
def test_signed_values_and_fields_of_a_later_catalogue_are_shown(tmp_path: Path) -> None:
    body = cbor.encode({1: 1, 2: 2, 4: -12, 99: {"text": [None, True, -5]}})
    path = capture_packet(tmp_path / "one.pcapng", HEALTH, body)
    columns = ("linli.body.temperature_c", "linli.body.unknown")
    assert fields(path, *columns, shown="!_ws.expert") == [
        ("-12", (cbor.encode(99) + cbor.encode({"text": [None, True, -5]})).hex())
    ]


@needs_tshark
def test_an_acknowledgement_of_nothing_is_shown(tmp_path: Path) -> None:
    data = packet.pack_header(messages.ACKNOWLEDGEMENT, 0, DEVICE, 1, 7) + bytes(20)
    path = capture_packet(tmp_path / "one.pcapng", data, cbor.encode({1: b""}))
    assert "ids (empty)" in tshark(path)


@needs_tshark
def test_bytes_changed_and_cut_anywhere_never_trip_the_dissector(
    opened: Path, tmp_path: Path
) -> None:
    source = random.Random(1)
    good = raw_bytes(opened)
    file = io.BytesIO()
    writer = PcapngWriter(file, USER0, interfaces("uart"), "linli")
    for _ in range(4_000):
        data = bytearray(source.choice(good))
        for _ in range(source.randrange(4)):
            data[source.randrange(len(data))] = source.randrange(256)
        if source.random() < 0.3:
            del data[source.randrange(len(data)) :]
        writer.packet(0, TIME_US, bytes(data), UNKNOWN)
    path = tmp_path / "fuzzed.pcapng"
    path.write_bytes(file.getvalue())
    details = tshark(path, "-V")
    assert "Lua Error" not in details
    assert details.count("Linli capture") >= 4_000


@needs_tshark
def test_datagrams_and_frames_on_the_network_are_shown_by_decode_as(tmp_path: Path) -> None:
    packets = exchange()
    stream = b"\x00" + b"".join(map(encode_frame, packets)) + damaged(packets[0])
    text = "".join(f"000000 {data.hex(' ')}\n" for data in packets)
    udp = from_text(tmp_path / "udp.pcapng", text, "-u", "40000,7001")
    rows = fields_as(udp, "udp.port==7001,linli", "linli.kind")
    assert [int(row[0], 16) for row in rows] == [data[1] for data in packets]
    pieces = [stream[at : at + 50] for at in range(0, len(stream), 50)]
    text = "".join(f"000000 {data.hex(' ')}\n" for data in pieces)
    tcp = from_text(tmp_path / "tcp.pcapng", text, "-T", "40000,7002")
    rows = fields_as(tcp, "tcp.port==7002,linli.frames", "linli.kind")
    kinds = [int(kind, 16) for row in rows for kind in row[0].split(",") if kind]
    assert kinds == [data[1] for data in packets]


def from_text(path: Path, text: str, *options: str) -> Path:
    run = ["text2pcap", "-q", *options, "-", str(path)]
    subprocess.run(run, input=text, text=True, capture_output=True, check=True, timeout=60)
    return path


def fields_as(path: Path, rule: str, name: str) -> list[tuple[str, ...]]:
    lines = tshark(path, "-d", rule, "-T", "fields", "-e", name).splitlines()
    return [tuple(line.split("\t")) for line in lines]


def test_the_dissector_s_names_are_those_of_the_protocol() -> None:
    written = (DISSECTOR.parent / "linli_names.lua").read_text(encoding="utf-8")
    writer = runpy.run_path(str(ROOT / "tools/setup/wireshark_names.py"))
    assert written == writer["text"](), "write them anew: make wireshark"


def test_every_bearer_of_a_device_has_a_number_in_captures() -> None:
    assert set(FIRMWARE_BEARERS) == set(BEARERS) - {"line"}
    assert len(set(BEARERS.values())) == len(BEARERS)
