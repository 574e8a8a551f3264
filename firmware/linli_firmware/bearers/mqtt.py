"""MQTT over TLS: packets as messages linli/<address>/up and .../down, the address in hex.

Both directions are sealed and acknowledged end to end by session and link, so TLS keeps the
broker's password, and the link's repetitions do what a persistent session would: it is clean, and a
broker does not pour out commands from before an outage. Upwards QoS 1 is the default: with it the
broker holds an alarm for a hub that is just starting anew, which otherwise had to wait for the
link's next repetition, for a PUBACK of four bytes. Downwards QoS 0 does.

The server must show a certificate for its `host` that the authority in `ca_file` has signed; there
is no way around that. Its dates are checked against the board's clock (mbedTLS is built with
MBEDTLS_HAVE_TIME_DATE on the esp32 and unix ports), which says 2000 after a loss of power; the node
therefore begins with the newest time that has passed for certain: that of the last event, or of the
image. A certificate that is not valid yet by that time is refused and counted as "untrusted".

The handshake goes through several polls as the network delivers, but a poll that has a signature to
check or a key to agree on takes as long as mbedTLS does. TLS's buffers lie outside the Python heap.

With several brokers it is the hub's answers that count, not the broker's: a device leaves one whose
hub says nothing.

micropython-lib's umqtt.simple waits for the broker in connect, subscribe and publish, notices no
dead peer, and parses straight from the socket, so that a fake is needed to test it at all.
"""

from linli_protocol.bearer import Bearer

from ..settings import NEEDED, merged
from . import wifi
from .backoff import Backoff
from .connection import ConnectedTransport, Connection, addresses
from .mqtt_client import ACCEPTED, SILENT, SUBSCRIBED, MqttClient
from .silence import SHORT_SILENCE_MS, Silence
from .stream import PACE_MS, READ_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..types import Config
    from .types import Board, ByteStream

DEFAULTS = {
    "host": NEEDED,  # as it stands in the certificate: a name, or a number; or a list
    "port": 8883,  # IANA: secure-mqtt
    "ca_file": NEEDED,  # path of the authority's certificate, DER
    "device": NEEDED,  # the device's address on the wire
    "user": "",  # none
    "password": "",
    "qos": 1,  # upwards: 0 or 1
    "keepalive_s": 60,  # our own figure
}
DEFAULTS.update(wifi.DEFAULTS)

MTU = 240
ACK_TIMEOUT_MS = 2_000

_TOPIC_BYTES = 32


class Mqtt(ConnectedTransport):
    """A session with a broker; up while it is subscribed to `down`.

    `counts` has also "refused": what was not MQTT, or a broker that said no; and "untrusted":
    certificates.
    """

    def __init__(
        self,
        bearer: Bearer,
        connection: Connection,
        client: MqttClient,
        up: bytes,
        down: bytes,
        qos: int,
    ) -> None:
        silence = Silence(SHORT_SILENCE_MS) if connection.has_choice else None
        super().__init__(bearer, connection, silence)
        self.counts["refused"] = 0
        self.counts["untrusted"] = 0
        self._client = client
        self._up = up
        self._down = down
        self._qos = qos
        self._unsent = b""

    def _opened(self, now: int) -> None:
        self._client.connect(now)
        self._unsent = b""

    def _exchange(self, socket: "ByteStream", now: int) -> "list[bytes]":
        packets: "list[bytes]" = []
        try:
            # A broker that does not take its acknowledgements is not listened to.
            if len(self._client.out) < READ_BYTES:
                data = socket.read(READ_BYTES)
                if data is not None:
                    packets = self._receive(data, now)
            self._write(socket, now)
        except ValueError:
            self.counts["untrusted"] += 1
            raise
        return packets

    def _receive(self, data: bytes, now: int) -> "list[bytes]":
        if not data:
            raise OSError("closed by the broker")
        packets = []
        for kind, topic, payload in self._client.feed(data, now):
            if kind == ACCEPTED:
                if self._silence is None:
                    self._connection.works()
                self._client.subscribe(self._down, 0, now)
            elif kind == SUBSCRIBED:
                self.is_up = True
            elif topic == self._down and len(payload) <= self.bearer.mtu:
                self._heard(now)
                packets.append(payload)
        return packets

    def _write(self, socket: "ByteStream", now: int) -> None:
        client = self._client
        client.tick(now)
        if client.failure:
            if client.failure != SILENT:
                self.counts["refused"] += 1
            raise OSError("the session failed")
        while True:
            if not self._unsent:
                if self.is_up and self._queue:
                    client.publish(self._up, self._queue.pop(0), self._qos, now)
                self._unsent = client.take()
                if not self._unsent:
                    break
            # TLS wants the same bytes again until it has taken them.
            count = socket.write(self._unsent)
            if not count:
                self._due = now + PACE_MS
                return
            self._unsent = self._unsent[count:]
        self._due = client.next_deadline()


def build(settings: "Config", board: "Board") -> Mqtt:
    """Return the transport of MQTT over TLS with `settings` over DEFAULTS.

    OSError when `ca_file` cannot be read, ValueError when it is no certificate.
    """
    import socket
    import ssl

    chosen = merged(DEFAULTS, settings)
    if chosen["qos"] not in (0, 1):
        raise ValueError("qos: 0 or 1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # MicroPython's default is CERT_NONE.
    context.verify_mode = ssl.CERT_REQUIRED
    with open(chosen["ca_file"], "rb") as file:
        context.load_verify_locations(cadata=file.read())
    connection = Connection(
        socket,
        socket.SOCK_STREAM,
        addresses(chosen["host"]),
        chosen["port"],
        wifi.station(chosen, board),
        Backoff(board.random),
        lambda raw: context.wrap_socket(
            raw, server_hostname=connection.host, do_handshake_on_connect=False
        ),
    )
    name = "linli/%08x" % chosen["device"]
    client = MqttClient(
        name, chosen["user"], chosen["password"], chosen["keepalive_s"], MTU + _TOPIC_BYTES
    )
    up = (name + "/up").encode()
    down = (name + "/down").encode()
    return Mqtt(Bearer("mqtt", MTU, ACK_TIMEOUT_MS), connection, client, up, down, chosen["qos"])
