"""One device as on a wall: the firmware's app, link and bearer, in real time, with a witness."""

import os
from typing import Any

from linli_firmware.bearers import tcp
from linli_firmware.clock import Clock
from linli_firmware.device import Device
from linli_firmware.store import MemoryStore
from linli_protocol import codes, keys, messages

from .records import Records

PORT = 4731


class _Board:
    """What a TCP bearer without Wi-Fi asks of a board."""

    random = staticmethod(os.urandom)


class Witness(Device):
    """A device that remembers which alarms and readings were acknowledged, and whom it obeyed.

    `sent` names what it has sent, by token.
    """

    def __init__(self, records: Records, address: int, *rest: Any) -> None:
        self.sent: dict[int, dict[str, Any]] = {}
        self._records = records
        self._address = address
        self._highest = 0
        self._terms: dict[int, int] = {}
        super().__init__(*rest)

    def deliver(self, kind: int, fields: dict[str, Any], now: int) -> None:
        """See Device; what orders it about is remembered with the highest term heard before."""
        term = fields.get("term", 0)
        if kind == messages.COMMAND:
            self._terms[fields["id"]] = term
            told = {"id": fields["id"], "term": term, "highest": self._highest}
            self._records.add("ordered", device=self._address, **told)
        if term > self._highest:
            self._records.add("term", device=self._address, term=term)
            self._highest = term
        super().deliver(kind, fields, now)

    def send(self, action: Any, now: int) -> None:
        """See Device; the app says with a result that it has executed a command."""
        if action.kind == messages.RESULT:
            number, status = action.fields["id"], action.fields["status"]
            told = {"id": number, "term": self._terms.get(number), "highest": self._highest}
            what = "executed" if status == codes.DONE else "refused"
            self._records.add(what, device=self._address, status=status, **told)
        super().send(action, now)

    def conclude(self, token: int, delivered: bool, now: int) -> None:
        """See Device; the hub's link has acknowledged the message, or it was given up."""
        sent = self.sent.pop(token, None) if delivered else None
        if sent is not None:
            self._records.add("acknowledged", device=self._address, **sent)
        super().conclude(token, delivered, now)


class Installed:
    """A device of `kind` at `address`, powered; `settings` are its app's, `hosts` its hub's."""

    def __init__(
        self,
        records: Records,
        community_key: bytes,
        address: int,
        kind: int,
        app: Any,
        settings: dict[str, Any],
        hosts: list[str],
        now: int,
    ) -> None:
        self.address = address
        self.released = 0
        store, clock = MemoryStore(), Clock()
        self.app = app({"device": address, **settings}, store, clock)
        self._transport = tcp.build({"host": hosts, "port": PORT}, _Board())
        self._is_up: bool | None = None
        identity = {"device": address, "device_kind": kind, "firmware": 0x000100}
        root = keys.root_key(community_key, address)
        config = {"association": {"join_spread_ms": 1_000}}
        bearers = [self._transport.bearer]
        self.device = Witness(
            records,
            address,
            identity,
            root,
            self.app,
            clock,
            bearers,
            store,
            os.urandom,
            config,
        )
        self.device.start(now, codes.POWER_ON)
        self._transport.start(now)

    def poll(self, now: int) -> None:
        """Move packets both ways, as `linli_firmware.node` does."""
        for packet in self._transport.poll(now):
            self.device.receive(0, packet, now)
        if self._transport.is_up != self._is_up:
            self._is_up = self._transport.is_up
            self.device.link.set_up(0, self._is_up, now)
            if self._is_up:
                self.device.connected(0, now)
        outputs, packets = self.device.poll(now)
        self.released += sum(each.name == "strike" and each.value == 1 for each in outputs)
        for _, packet in packets:
            self._transport.send(packet, now)
