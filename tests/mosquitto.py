"""A real Mosquitto broker with TLS on this host, and who signs certificates for it."""

import getpass
import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from linli_firmware.bearers.mqtt_client import MESSAGE, SUBSCRIBED, MqttClient

SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
MOSQUITTO = shutil.which("mosquitto", path=SEARCH)
MOSQUITTO_PASSWD = shutil.which("mosquitto_passwd", path=SEARCH)
START_S = 10
WAIT_S = 20


class Authority:
    """Signs certificates; its own is written to `folder`/`name`.der and .pem."""

    def __init__(self, folder: Path, name: str) -> None:
        self.der = folder / f"{name}.der"
        self.pem = folder / f"{name}.pem"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certificate(self._name, self._key.public_key(), -1, 3650, None)
        self.der.write_bytes(certificate.public_bytes(serialization.Encoding.DER))
        self.pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str, first_day: int = -1, last_day: int = 30) -> tuple[Path, Path]:
        """Return the files of a certificate for `host`, valid on days from today, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
        certificate = self._certificate(name, key.public_key(), first_day, last_day, host)
        stem = f"{host}{first_day}"
        certificate_file = self._folder / f"{stem}.crt"
        key_file = self._folder / f"{stem}.key"
        certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate_file, key_file

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        first_day: int,
        last_day: int,
        host: str | None,
    ) -> x509.Certificate:
        today = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today + timedelta(days=first_day))
            .not_valid_after(today + timedelta(days=last_day))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([alternative_name(host)]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def alternative_name(host: str) -> x509.GeneralName:
    """Return `host`, a name or a number, as a certificate has it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Broker:
    """The process, for the span of a `with`; it can be stopped and started in between.

    `settings` are further lines of its configuration. Port 0 is any that is free.
    """

    def __init__(
        self,
        folder: Path,
        certificate: tuple[Path, Path],
        login: tuple[str, str] | None = None,
        settings: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.host = host
        with socket.create_server((host, port)) as free:
            self.port = free.getsockname()[1]
        access = "allow_anonymous true"
        if login is not None:
            assert MOSQUITTO_PASSWD
            passwords = folder / "passwords"
            subprocess.run([MOSQUITTO_PASSWD, "-c", "-b", passwords, *login], check=True)
            access = f"allow_anonymous false\npassword_file {passwords}"
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {self.port} {host}\ncertfile {certificate[0]}\nkeyfile {certificate[1]}\n"
            f"user {getpass.getuser()}\npersistence false\n{access}\n"
            f"{settings}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        assert MOSQUITTO
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection((self.host, self.port)).close()
                return
            except OSError:
                assert self._process.poll() is None, "mosquitto has ended"
                assert time.monotonic() < end, "mosquitto does not listen"
                time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(WAIT_S)
            self._process = None

    def freeze(self) -> None:
        """Leave its connections open and let it do nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Hub:
    """The other end: subscribed to what devices send up, for the span of a `with`."""

    def __init__(
        self, broker: Broker, host: str, authority: Authority, login: tuple[str, str] = ("", "")
    ) -> None:
        context = ssl.create_default_context(cafile=str(authority.pem))
        raw = socket.create_connection((broker.host, broker.port), WAIT_S)
        self._socket = context.wrap_socket(raw, server_hostname=host)
        self._client = MqttClient("hub", *login, 60, 4096)
        self._client.connect(0)
        self._client.subscribe(b"linli/+/up", 1, 0)
        self._messages: list[tuple[bytes, bytes]] = []
        self._subscribed = False
        while not self._subscribed:
            self._exchange()

    def _exchange(self) -> None:
        self._socket.sendall(self._client.take())
        data = self._socket.recv(4096)
        assert data, "closed by the broker"
        for kind, topic, payload in self._client.feed(data, 0):
            self._subscribed |= kind == SUBSCRIBED
            if kind == MESSAGE:
                self._messages.append((topic, payload))
        assert not self._client.failure
        self._socket.sendall(self._client.take())

    def receive(self) -> tuple[bytes, bytes]:
        """Return topic and payload of the next message."""
        while not self._messages:
            self._exchange()
        return self._messages.pop(0)

    def send(self, topic: bytes, payload: bytes, qos: int = 1) -> None:
        """Publish a message."""
        self._client.publish(topic, payload, qos, 0)
        self._socket.sendall(self._client.take())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
