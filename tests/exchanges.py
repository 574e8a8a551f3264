"""What passes between a device and its hub, made by the protocol's own code."""

from linli_protocol import codes, deltas, messages
from linli_protocol.framing import encode_frame
from pair import Pair

TIME = 1_800_000_000
BANNER = "MicroPython v1.29.0 on 2027-01-01; Linli with ESP32"
LOG = "\x1b[0;32mI (1234) node: joined\x1b[0m"


def exchange() -> list[bytes]:
    """Return the packets of a join, an alarm, readings, an access list in three pieces."""
    pair = Pair().join()
    alarm = {"incident": 5, "time": TIME, "cause": codes.PRESS, "presses": 2}
    readings = {"time": TIME, "volume_l": 5_000, "deltas": deltas.encode([1, 2, 3])}
    changes = {"base": 1, "version": 2, "changes": bytes(range(100))}
    for link, kind, fields in (
        (pair.device, messages.ALARM, alarm),
        (pair.device, messages.READINGS, readings),
        (pair.hub, messages.ACCESS_LIST, changes),
    ):
        link.send(kind, fields, pair.now)
        pair.run(1_000)
    return [data for _, _, data in pair.air]


def console() -> bytes:
    """Return what a console says that is also the line to the hub: text between the frames."""
    packets = exchange()
    stream = BANNER.encode() + b"\r\n"
    for number, data in enumerate(packets):
        stream += encode_frame(data)
        if number == 3:
            stream += LOG.encode() + b"\r\n"
    return stream + b">>> "


def damaged(data: bytes) -> bytes:
    """Return the frame of a packet with one byte changed on the way."""
    frame = bytearray(encode_frame(data))
    at = len(frame) // 2
    frame[at] = frame[at] % 255 + 1
    return bytes(frame)
