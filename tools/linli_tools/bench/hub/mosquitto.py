"""Clients of a Mosquitto that publish at QoS 1, for a measure of what a broker does.

Each message is retained under its client's own topic, so that the broker has to store it; it does
so in memory, and acknowledges then.
"""

import os

from linli_firmware.bearers.mqtt_client import ACCEPTED, MqttClient

PERSISTENT = "persistence true\nautosave_on_changes true\nautosave_interval 1000\n"
"""Settings of a broker that writes its store to disk after each thousand changes."""

_PUBLISH_AT_1_RETAINED = 0x33
_PUBACK = b"\x40\x02"
_KEEP_ALIVE_S = 600
_KIND = 0


class Publisher:
    """The publisher number `index` of messages with `length` bytes."""

    def __init__(self, index: int, length: int) -> None:
        self.ready = False
        self._client = MqttClient(f"device{index}", "", "", _KEEP_ALIVE_S, 64)
        self._topic = f"linli/{index:08x}/up".encode()
        self._payload = os.urandom(length)
        self._number = 0
        self._received = b""

    def begin(self) -> bytes:
        """See load.Client."""
        self._client.connect(0)
        return self._client.take()

    def say(self) -> tuple[int, int, bytes]:
        """See load.Client."""
        self._number = self._number % 0xFFFF + 1
        topic = len(self._topic).to_bytes(2, "big") + self._topic
        body = topic + self._number.to_bytes(2, "big") + self._payload
        assert len(body) < 128, "one byte tells the length"
        return _KIND, self._number, bytes((_PUBLISH_AT_1_RETAINED, len(body))) + body

    def hear(self, data: bytes) -> tuple[bytes, list[int]]:
        """See load.Client."""
        if not self.ready:
            events = self._client.feed(data, 0)
            self.ready = any(kind == ACCEPTED for kind, _, _ in events)
            return b"", []
        data = self._received + data
        whole = len(data) - len(data) % 4
        self._received = data[whole:]
        answers = [data[at : at + 4] for at in range(0, whole, 4)]
        assert all(each.startswith(_PUBACK) for each in answers)
        return b"", [int.from_bytes(each[2:], "big") for each in answers]
