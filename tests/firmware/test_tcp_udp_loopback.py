"""The IP bearers in a real MicroPython interpreter, against sockets of this host."""

import socket
import time
from collections.abc import Iterator

import pytest

from echo_devices import WAIT_S, EchoDevice, needs_micropython
from linli_protocol.framing import FrameDecoder, encode_frame

pytestmark = needs_micropython


class Server:
    """A listening TCP socket on a free port, or on `port`."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(WAIT_S)
        self.port = self._listener.getsockname()[1]

    def accept(self) -> "Peer":
        connection, _ = self._listener.accept()
        connection.settimeout(WAIT_S)
        return Peer(connection)

    def close(self) -> None:
        self._listener.close()


class Peer:
    """The server's end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._decoder = FrameDecoder()
        self._packets: list[bytes] = []

    def receive(self) -> bytes:
        """Return the next packet."""
        while not self._packets:
            data = self.connection.recv(4096)
            assert data, "closed by the device"
            self._packets += self._decoder.feed(data)
        return self._packets.pop(0)

    def send(self, packet: bytes) -> None:
        self.connection.sendall(encode_frame(packet))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def settings(port: int) -> dict[str, object]:
    return {"host": "127.0.0.1", "port": port}


def test_tcp_carries_packets_both_ways_whatever_the_pieces(server: Server) -> None:
    with EchoDevice("tcp", settings(server.port)) as device:
        peer = server.accept()
        assert device.line() == "up"
        assert peer.receive() == b"hello"
        for byte in encode_frame(bytes(range(240))):
            peer.connection.sendall(bytes([byte]))
        assert peer.receive() == bytes(range(240))
        packets = [bytes([number]) * 200 for number in range(60)]
        for first in range(0, 60, 6):
            peer.connection.sendall(b"".join(map(encode_frame, packets[first : first + 6])))
            assert [peer.receive() for _ in range(6)] == packets[first : first + 6]
        peer.send(b"bye")
        assert device.line() == "stopped"
        assert device.ends() == 0
        peer.connection.close()


def test_tcp_comes_back_after_the_hub_has_restarted(server: Server) -> None:
    with EchoDevice("tcp", settings(server.port)) as device:
        peer = server.accept()
        assert device.line() == "up"
        # With an RST, as after the end of a process that has not read everything.
        peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        server.close()
        peer.connection.close()
        assert device.line() == "down"
        again = Server(server.port)
        peer = again.accept()
        assert device.line() == "up"
        assert peer.receive() == b"hello"
        peer.connection.shutdown(socket.SHUT_RDWR)
        peer.connection.close()
        assert device.line() == "down"
        peer = again.accept()
        assert device.line() == "up"
        assert peer.receive() == b"hello"
        peer.connection.close()
        again.close()


def test_tcp_waits_for_a_hub_that_is_not_there_yet() -> None:
    server = Server()
    server.close()
    with EchoDevice("tcp", settings(server.port)) as device:
        time.sleep(0.5)
        later = Server(server.port)
        peer = later.accept()
        assert device.line() == "up"
        peer.send(b"counts")
        assert peer.receive() == b"hello"
        assert device.counts()["faults"] > 0
        peer.connection.close()
        later.close()


def test_tcp_leaves_a_connection_whose_other_end_has_forgotten_it(server: Server) -> None:
    quick = {"silence.ANSWER_MS": 0, "tcp.SILENCE_MS": 300, "silence.UNANSWERED": 1}
    with EchoDevice("tcp", settings(server.port), quick) as device:
        silent = server.accept()
        assert device.line() == "up"
        assert device.line() == "down"
        peer = server.accept()
        assert device.line() == "up"
        assert peer.receive() == b"hello"
        peer.connection.close()
        silent.connection.close()


@pytest.fixture
def hub() -> Iterator[socket.socket]:
    hub = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hub.bind(("127.0.0.1", 0))
    hub.settimeout(WAIT_S)
    yield hub
    hub.close()


def test_udp_carries_packets_as_they_are_and_hears_nobody_else(hub: socket.socket) -> None:
    with EchoDevice("udp", settings(hub.getsockname()[1])) as device:
        data, address = hub.recvfrom(2048)
        assert data == b"hello" and device.line() == "up"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.sendto(b"bye", address)
        hub.sendto(b"x" * 241, address)
        assert device.line() == "refused"
        packets = [bytes([number]) * 240 for number in range(5)]
        for packet in packets:
            hub.sendto(packet, address)
        assert [hub.recv(2048) for _ in range(5)] == packets
        hub.sendto(b"counts", address)
        assert device.counts() == {"dropped": 0, "faults": 0, "refused": 1}


def test_udp_survives_an_empty_datagram_and_a_hub_that_is_away(hub: socket.socket) -> None:
    with EchoDevice("udp", settings(hub.getsockname()[1])) as device:
        _, address = hub.recvfrom(2048)
        assert device.line() == "up"
        hub.sendto(b"", address)
        assert device.line() == "down"
        data, address = hub.recvfrom(2048)
        assert data == b"hello" and device.line() == "up"
        # Nobody is at the hub's port for what the device sends next.
        hub.sendto(b"anyone?", address)
        port = hub.getsockname()[1]
        hub.close()
        assert device.line() == "down"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(("127.0.0.1", port))
            again.settimeout(WAIT_S)
            _, address = again.recvfrom(2048)
            again.sendto(b"bye", address)
            while device.line() != "stopped":
                pass
