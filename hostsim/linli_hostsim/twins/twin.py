"""One simulated device: linli_firmware's Device, its ways to the hub, and one pending event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simpy import Environment

from linli_firmware.actions import Output, Send
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer

from ..clockwork import US_PER_MS, now_us
from ..identity import identity
from ..packet import HUB, Direction, Fate, Packet
from ..recorder import Recorder, Stage
from ..tracker import Tracker
from ..waker import Waker

# Version 0.1.0 as the hello message has it.
FIRMWARE = 0x000100

_STAGES = {
    codes.RECEIVED: Stage.ACKNOWLEDGED,
    codes.HELP_COMING: Stage.HELP_COMING,
    codes.CLOSED: Stage.CLOSED,
}


@dataclass(slots=True)
class Way:
    """One way to the hub: what the link knows of it, and where its packets enter the world."""

    bearer: Bearer
    put: Callable[[Packet], None]


class _RecordedDevice(Device):
    """A Device that tells the recorder what its app offers and hears."""

    def __init__(self, recorder: Recorder, env: Environment, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._recorder = recorder
        self._env = env
        self._offered: dict[int, tuple[int, int]] = {}

    def send(self, action: Send, now: int) -> None:
        known_by = identity(action.kind, action.fields)
        device = self._identity["device"]
        if known_by is not None:
            self._recorder.offered(device, action.kind, known_by, now_us(self._env))
            if action.kind == messages.ALARM:
                self._recorder.alarm(device, known_by, Stage.RAISED, now_us(self._env))
            if action.token is not None:
                self._offered[action.token] = action.kind, known_by
        super().send(action, now)

    def deliver(self, kind: int, fields: dict[str, Any], now: int) -> None:
        if kind == messages.ALARM_STATUS:
            # A later state includes the earlier ones.
            for state in range(codes.RECEIVED, fields["state"] + 1):
                self._recorder.alarm(
                    self._identity["device"], fields["incident"], _STAGES[state], now_us(self._env)
                )
        super().deliver(kind, fields, now)

    def conclude(self, token: int, delivered: bool, now: int) -> None:
        message = self._offered.pop(token)
        if not delivered:
            self._recorder.given_up(self._identity["device"], *message)
        super().conclude(token, delivered, now)


class Twin:
    """A device at address `device`; subclasses have its app, what people do to it, its outputs."""

    def __init__(
        self,
        env: Environment,
        recorder: Recorder,
        tracker: Tracker,
        device: int,
        device_kind: int,
        root: bytes,
        app: Callable[[MemoryStore, Clock], Any],
        ways: Sequence[Way],
        random: Callable[[int], bytes],
        config: dict[str, Any],
    ) -> None:
        self.device = device
        self._env = env
        self._recorder = recorder
        self._tracker = tracker
        self._ways = ways
        store = MemoryStore()
        clock = Clock()
        self.app = app(store, clock)
        identity_ = {"device": device, "device_kind": device_kind, "firmware": FIRMWARE}
        bearers = [way.bearer for way in ways]
        self.core = _RecordedDevice(
            recorder, env, identity_, root, self.app, clock, bearers, store, random, config
        )
        self._waker = Waker(env, self.core.next_deadline, self.act)
        recorder.register(device, device_kind)

    @property
    def now(self) -> int:
        """The device's monotonic clock, ms."""
        return now_us(self._env) // US_PER_MS

    def start(self) -> None:
        """Switch the device on."""
        self.core.start(self.now, codes.POWER_ON)
        self.act()

    def sink(self, way: int) -> Callable[[Packet], None]:
        """Return where packets go that reach the device over way number `way`."""

        def arrive(packet: Packet) -> None:
            self._tracker.settle(packet, Fate.DELIVERED)
            self.core.receive(way, packet.payload, self.now)
            self.act()

        return arrive

    def act(self) -> None:
        """Let the device do what is due, and see to it that it is called again."""
        outputs, packets = self.core.poll(now_us(self._env) // US_PER_MS)
        for output in outputs:
            self.on_output(output)
        for way, data in packets:
            self._put(way, data)
        self._waker.sleep()

    def on_output(self, output: Output) -> None:
        """Act on an output of the app."""

    def on_packet(self, kind: int) -> None:
        """Take note that a packet of message kind `kind` leaves the device."""

    def _put(self, way: int, data: bytes) -> None:
        kind = data[1]
        self.on_packet(kind)
        packet = Packet(
            source=self.device,
            destination=HUB,
            payload=data,
            priority=messages.CATALOGUE[kind].priority,
            kind=kind,
            bearer=self._ways[way].bearer.name,
            direction=Direction.UP,
            sent_us=now_us(self._env),
        )
        self._tracker.create(packet)
        self._ways[way].put(packet)
