"""A device of the load: it joins as every device does, and then seals what it has to say.

It has the session of a device and not its link: nothing is sent a second time, so that each packet
that gets no acknowledgement is counted.
"""

import os
import time
from collections.abc import Iterator

from linli_firmware.store import MemoryStore
from linli_protocol import keys, messages, packet
from linli_protocol.device_association import DeviceAssociation
from linli_protocol.framing import FrameDecoder, encode_frame
from linli_protocol.stream import SEQUENCE_BITS, SEQUENCE_MASK

from . import mix

_AT_ONCE = {"join_spread_ms": 0}


class Device:
    """The device number `index` of the mix, of the community with that key."""

    def __init__(self, community_key: bytes, index: int) -> None:
        self.index = index
        self.address = mix.FIRST + index
        self.ready = False
        root = keys.root_key(community_key, self.address)
        self._association = DeviceAssociation(
            root,
            self.address,
            mix.kind_of(index),
            MemoryStore(),
            os.urandom,
            lambda *_: None,
            _AT_ONCE,
        )
        self._decoder = FrameDecoder()
        self._count = 0
        self._sequences = [0] * len(messages.PRIORITIES)

    def begin(self) -> bytes:
        """Return what it sends first on its connection."""
        self._association.start(0)
        request = self._association.take_packet(0)
        assert request is not None
        return encode_frame(request)

    def say(self) -> tuple[int, int, bytes]:
        """Return its next message: the kind, what its acknowledgement will name, the frame."""
        self._count += 1
        kind, fields = mix.said(self.index, self._count, int(time.time()))
        return kind, *self._sealed(kind, messages.encode(kind, fields))

    def hear(self, data: bytes) -> tuple[bytes, list[int]]:
        """Take bytes of the hub; return what it answers, and what was acknowledged."""
        answer = b""
        acknowledged: list[int] = []
        for each in self._decoder.feed(data):
            opened = self._association.open(each, 0)
            if opened is None:
                continue
            if opened.kind == messages.JOIN_ACCEPT:
                answer = self._hello()
            elif opened.kind == messages.ACKNOWLEDGEMENT:
                acknowledged += _marks(opened.body)
        self.ready = self.ready or bool(acknowledged)
        return answer, acknowledged

    def _hello(self) -> bytes:
        fields = {
            "device_kind": mix.kind_of(self.index),
            "firmware": 1,
            "boots": 1,
            "reset_cause": 1,
        }
        return self._sealed(messages.HELLO, messages.encode(messages.HELLO, fields))[1]

    def _sealed(self, kind: int, body: bytes) -> tuple[int, bytes]:
        priority = messages.flags(kind) & messages.PRIORITY
        sequence = self._sequences[priority]
        self._sequences[priority] = sequence + 1
        mark = priority << SEQUENCE_BITS | sequence & SEQUENCE_MASK
        sealed = self._association.seal(kind, packet.RELIABLE, mark.to_bytes(2, "big") + body)
        assert sealed is not None
        return mark, encode_frame(sealed)


def _marks(body: bytes) -> Iterator[int]:
    ids = messages.decode(messages.ACKNOWLEDGEMENT, body).get("ids", b"")
    for at in range(0, len(ids), 2):
        yield ids[at] << 8 | ids[at + 1]
