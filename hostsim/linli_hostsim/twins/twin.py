"""One simulated device: linli_firmware's Device, its ways to the hub, and one pending event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simpy import Environment

from linli_firmware.actions import Output, Send
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.node.updates import PARTING_MS
from linli_firmware.node.upkeep import PROVEN_MS
from linli_firmware.storage.flash_store import FlashStore
from linli_firmware.storage.ram_files import PowerCut, RamFiles
from linli_protocol import codes, messages
from linli_protocol.bearer import Bearer
from linli_protocol.types import Fields

from ..clockwork import US_PER_MS, US_PER_S, at, now_us
from ..identity import identity
from ..packet import HUB, Direction, Fate, Packet
from ..recorder import Recorder, Stage, UpdateStage
from ..tracker import Tracker
from ..waker import Waker
from .images import Images
from .retained import RetainedMemory

# Version 0.1.0 as the hello message has it.
FIRMWARE = 0x000100

BOOT_US = 2 * US_PER_S
"""From power to an app that runs; our own figure, to be measured."""

_STAGES = {
    codes.RECEIVED: Stage.ACKNOWLEDGED,
    codes.HELP_COMING: Stage.HELP_COMING,
    codes.CLOSED: Stage.CLOSED,
}


@dataclass(slots=True)
class Way:
    """One way to the hub: what the link knows of it, and where its packets enter the world.

    `new_bearer()` makes the link's part, anew at each start; `switch_off()` loses what waits at the
    device's end when its power fails.
    """

    name: str
    new_bearer: Callable[[], Bearer]
    put: Callable[[Packet], None]
    switch_off: Callable[[], None]


class _RecordedDevice(Device):
    """A Device that tells the recorder what its app offers and hears, and passes on updates."""

    def __init__(
        self,
        recorder: Recorder,
        env: Environment,
        on_update: Callable[[Fields], None],
        *arguments: Any,
    ) -> None:
        super().__init__(*arguments)
        self._recorder = recorder
        self._env = env
        self._on_update = on_update
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
        if kind == messages.UPDATE:
            self._on_update(fields)
            return
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
    """A device at address `device`; subclasses have its app, what people do to it, its outputs.

    Its flash outlives everything, and what was in `flash` is there from the beginning; all else is
    built anew at each start, as on a board. Erasing and writing take no virtual time. `vendor_key`
    is the key whose updates it takes.
    """

    def __init__(
        self,
        env: Environment,
        recorder: Recorder,
        tracker: Tracker,
        device: int,
        device_kind: int,
        root: bytes,
        app: Callable[[FlashStore, Clock], Any],
        ways: Sequence[Way],
        random: Callable[[int], bytes],
        config: dict[str, Any],
        vendor_key: bytes,
        flash: RamFiles | None = None,
    ) -> None:
        self.device = device
        self.is_on = False
        self._env = env
        self._recorder = recorder
        self._tracker = tracker
        self._device_kind = device_kind
        self._root = root
        self._new_app = app
        self._ways = ways
        self._random = random
        self._config = config
        self._flash = RamFiles() if flash is None else flash
        self._retained = RetainedMemory()
        self._images = Images(device_kind, FIRMWARE, vendor_key)
        self._starts = 0
        self._input_at = 0
        self._write_cut_us: int | None = None
        # Counts of links that ended with their device's power.
        self._counted = (0, 0, 0, 0, 0)
        self._build()
        recorder.register(device, device_kind)

    @property
    def now(self) -> int:
        """The device's monotonic clock, ms."""
        return now_us(self._env) // US_PER_MS

    @property
    def version(self) -> int:
        """The version that runs, as the hello message has it."""
        return self._images.version

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Retransmissions, dropped, expired, duplicates and refused packets since the beginning."""
        link = self.core.link
        before = self._counted
        return (
            before[0] + link.retransmissions,
            before[1] + sum(link.dropped),
            before[2] + link.expired,
            before[3] + link.duplicates,
            before[4] + link.association.refused.total(),
        )

    def start(self) -> None:
        """Switch the device on for the first time."""
        self._begin(codes.POWER_ON)

    def lose_power(self, off_us: int) -> None:
        """Lose power now, for `off_us`."""
        if self.is_on:
            self._retained.lose_power()
            self._stop(off_us + BOOT_US, codes.POWER_ON)

    def lose_power_in_write(self, torn: int, off_us: int) -> None:
        """Lose power in the store's next write, which is left as `torn` of ram_files says."""
        self._write_cut_us = off_us
        self._flash.lose_power_at(1, torn)

    def input(self, name: str, *arguments: Any) -> None:
        """Call the app's method `name` with `arguments` and the time; in vain while it is off."""
        if self.is_on:
            self._input_at = now_us(self._env) // US_PER_MS
            try:
                getattr(self.app, name)(*arguments, self._input_at)
            except PowerCut:
                self._write_was_cut()

    def sink(self, way: int) -> Callable[[Packet], None]:
        """Return where packets go that reach the device over way number `way`."""

        def arrive(packet: Packet) -> None:
            if not self.is_on:
                self._tracker.settle(packet, Fate.DEVICE_OFF)
                return
            self._tracker.settle(packet, Fate.DELIVERED)
            try:
                self.core.receive(way, packet.payload, now_us(self._env) // US_PER_MS)
            except PowerCut:
                self._write_was_cut()
            self.act()

        return arrive

    def act(self) -> None:
        """Let the device do what is due, and see to it that it is called again."""
        if not self.is_on:
            return
        try:
            outputs, packets = self.core.poll(now_us(self._env) // US_PER_MS)
            for output in outputs:
                self.on_output(output)
            for way, data in packets:
                self._put(way, data)
            # A node tidies once a second in quiet times, of which that nothing is to be done now is
            # as good a sign here; it costs no event.
            if not packets and not outputs:
                self.store.tidy()
        except PowerCut:
            self._write_was_cut()
            return
        self._waker.sleep()

    def read_inputs(self) -> None:
        """Hand the app the levels of its inputs, as drivers do at the start."""

    def on_output(self, output: Output) -> None:
        """Act on an output of the app."""

    def on_packet(self, kind: int) -> None:
        """Take note that a packet of message kind `kind` leaves the device."""

    def _build(self) -> None:
        self.store = FlashStore(self._flash, self._retained)
        clock = Clock()
        self.app = self._new_app(self.store, clock)
        self.core = _RecordedDevice(
            self._recorder,
            self._env,
            self._on_update,
            {
                "device": self.device,
                "device_kind": self._device_kind,
                "firmware": self._images.version,
            },
            self._root,
            self.app,
            clock,
            [way.new_bearer() for way in self._ways],
            self.store,
            self._random,
            self._config,
        )
        self._waker = Waker(self._env, self.core.next_deadline, self.act)

    def _begin(self, reset_cause: int) -> None:
        self.is_on = True
        self._starts += 1
        self.read_inputs()
        try:
            self.core.start(self.now, reset_cause)
        except PowerCut:
            self._write_was_cut()
            return
        if self._images.is_on_trial:
            self._recorder.update(self.device, UpdateStage.RUNNING, now_us(self._env))
            at(self._env, PROVEN_MS * US_PER_MS, self._prove, self._starts)
        self.act()

    def _stop(self, off_us: int, reset_cause: int) -> None:
        self.is_on = False
        self._flash.lose_power_at(0)
        self._counted = self.counts
        for way in self._ways:
            way.switch_off()
        self._recorder.restarted(self.device)
        at(self._env, off_us, self._start_again, reset_cause)

    def _start_again(self, reset_cause: int) -> None:
        self._images.boot()
        try:
            self._build()
        except PowerCut:
            # The store mends its last file before anything else.
            assert self._write_cut_us is not None, "only `lose_power_in_write` has writes cut"
            at(self._env, self._write_cut_us + BOOT_US, self._start_again, codes.POWER_ON)
            return
        self._begin(reset_cause)

    def _write_was_cut(self) -> None:
        assert self._write_cut_us is not None, "only `lose_power_in_write` has writes cut"
        self.lose_power(self._write_cut_us)

    def _on_update(self, fields: Fields) -> None:
        self._recorder.update(self.device, UpdateStage.BEGUN, now_us(self._env))
        was_ready = self._images.is_ready
        for status in self._images.take(fields):
            self.core.send(Send(messages.UPDATE_STATUS, status), self.now)
        if self._images.is_ready and not was_ready:
            self._recorder.update(self.device, UpdateStage.VERIFIED, now_us(self._env))
            at(self._env, PARTING_MS * US_PER_MS, self._part, self._starts)

    def _part(self, start: int) -> None:
        """Restart into the new image, in a quiet moment."""
        if start != self._starts or not self.is_on:
            return
        quiet_ms = self.now - self._input_at
        if quiet_ms < PARTING_MS:
            at(self._env, (PARTING_MS - quiet_ms) * US_PER_MS, self._part, start)
        else:
            self._stop(BOOT_US, codes.SOFT_RESET)

    def _prove(self, start: int) -> None:
        if start == self._starts and self.is_on:
            self._images.confirm()
            unix_s = self.core.clock.unix(self.now) or 0
            self.app.events.append(codes.UPDATE_INSTALLED, unix_s, None, self._images.version)
            self.act()

    def _put(self, way: int, data: bytes) -> None:
        kind = data[1]
        self.on_packet(kind)
        packet = Packet(
            source=self.device,
            destination=HUB,
            payload=data,
            priority=messages.flags(kind) & messages.PRIORITY,
            kind=kind,
            bearer=self._ways[way].name,
            direction=Direction.UP,
            sent_us=now_us(self._env),
        )
        self._tracker.create(packet)
        self._ways[way].put(packet)
