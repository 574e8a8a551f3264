"""The hub: it lets devices join, takes what they send once, and gives them time, commands, lists.

Sans-IO: `receive` takes packets, `poll` returns those to transmit, `now` is a monotonic count of
milliseconds. `listener(device, kind, fields, now)` is called for every message that counts:
repetitions of an event or an alarm do not. What it does is done before the message is acknowledged.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence

from linli_protocol import codes, keys, messages, packet
from linli_protocol.bearer import Bearer
from linli_protocol.counters import ReservedCounter
from linli_protocol.cutter import Cutter
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link
from linli_protocol.notices import Delivery
from linli_protocol.types import Fields, Random, Store

from .incidents import DeviceIncidents, Incident
from .ledger import EventLedger
from .peer import Peer
from .updates import CHUNK_LENGTH, Campaign

Listener = Callable[[int, int, Fields, int], None]

# Clocks are set at least this often: IEC 60839-11-1, Table 4 (grades 3 and 4).
TIME_INTERVAL_MS = 24 * 3_600_000

# A device takes the time as it stands in the message, and joins when it is off by two minutes.
TIME_LIFE_MS = 5_000

# Of keys that the devices of a hub may have had.
GENERATIONS = 256

# Command numbers reserved per write to the store.
COMMAND_BLOCK = 64

# The only messages of whose outcome the hub wants to know.
ACCESS_LIST_TOKEN = 0
UPDATE_TOKEN = 1
TIME_TOKEN = 2

_INCIDENTS = "incidents"

# The bytes of an UPDATE message beside its data.
_U32_MAX = 0xFFFFFFFF
_UPDATE_HEAD = 2 + len(
    messages.encode(
        messages.UPDATE, {"image": _U32_MAX, "offset": _U32_MAX, "total": _U32_MAX, "data": b""}
    )
)


def incident_facts(device: int) -> Iterator[str]:
    """Yield the names under which a store may have incidents of a device, under any of its keys."""
    for generation in range(GENERATIONS):
        yield _prefix(device, generation) + _INCIDENTS


def _prefix(device: int, generation: int) -> str:
    return f"{device:08x}.{generation}/"


class Hub:
    """The hub of one community, whose devices' keys are derived from `community_key` (16 bytes).

    `time(now) -> (Unix s, local offset in minutes)` is the hub's clock. `term` counts the periods
    in which one of several hubs has served; 0: there is only one, and it sends none.

    `superseded` tells that a device has answered a command by a higher term: another hub serves.
    """

    def __init__(
        self,
        community_key: bytes,
        store: Store,
        random: Random,
        time: Callable[[int], tuple[int, int]],
        listener: Listener,
        *,
        term: int = 0,
    ) -> None:
        self.superseded = False
        self.peers: dict[int, Peer] = {}
        self.campaigns: list[Campaign] = []
        self.unknown_devices = 0
        self._community_key = community_key
        self._store = store
        self._random = random
        self._time = time
        self._listener = listener
        self._term = term
        # None leaves the field out.
        self._stamp = {"term": term or None}
        self._due: list[tuple[int, int]] = []
        # When campaigns want to be polled.
        self._campaigns_at: int | None = None

    def enrol(self, device: int, bearers: Sequence[Bearer], generation: int = 0) -> Peer:
        """Make `device` known, reachable over `bearers` in order of preference.

        With the next `generation` it is a new device at an old address: its keys are others, and
        nothing that the hub knows of the old one counts.
        """
        root = keys.root_key(self._community_key, device, generation)
        prefix = _prefix(device, generation)
        association = HubAssociation(
            root, device, self._store, self._random, self._time, prefix, self._term
        )
        link = Link(association, bearers, self._store, self._random, prefix)
        commands = ReservedCounter(self._store, prefix + "commands", COMMAND_BLOCK)
        events = EventLedger(self._store, prefix + "events")
        incidents = DeviceIncidents(device, self._store, prefix + _INCIDENTS)
        peer = Peer(device, association, link, commands, events, incidents)
        self.peers[device] = peer
        return peer

    def retire(self, device: int) -> None:
        """Know a device no more; what the store has of it stays, for its numbers go on."""
        self.peers.pop(device, None)
        for campaign in self.campaigns:
            campaign.leave_out(device)
        self._ask_campaigns()

    def receive(self, bearer: str, data: bytes, now: int) -> bool:
        """Take a packet that arrived over the bearer named `bearer`; no bytes raise anything.

        Tell whether it is from the device that it names: nothing was refused of it.
        """
        header = packet.parse_header(data)
        peer = self.peers.get(header.device) if header else None
        if peer is None or bearer not in peer.ways:
            self.unknown_devices += 1
            return False
        association = peer.association
        last_join, refused = association.last_join, association.refused.total()
        delivery = peer.link.receive(peer.ways[bearer], data, now)
        if association.last_join != last_join and association.peer_began_anew:
            self._forget_numbers(peer)
        if delivery is not None:
            self._take(peer, delivery, now)
        self._touch(peer)
        return association.refused.total() == refused

    def command(
        self, device: int, operation: int, now: int, lifetime_s: int, argument: int | None = None
    ) -> int:
        """Send a command that expires after `lifetime_s`; return its id, which its result has.

        Ids count by device, for a device takes those far below its highest for executed.
        """
        peer = self.peers[device]
        number = self._command_number(peer)
        fields = {
            "id": number,
            "expires": self._time(now)[0] + lifetime_s,
            "operation": operation,
            "argument": argument,
            **self._stamp,
        }
        self._send(peer, messages.COMMAND, fields, now, now + lifetime_s * 1000)
        return number

    def decommission(self, device: int, now: int, lifetime_s: int) -> int:
        """Have a device destroy keys, lists and logs; return the id that its result has."""
        peer = self.peers[device]
        number = self._command_number(peer)
        expires = self._time(now)[0] + lifetime_s
        fields = {"id": number, "expires": expires, "device": device, **self._stamp}
        self._send(peer, messages.DECOMMISSION, fields, now, now + lifetime_s * 1000)
        return number

    def set_alarm_state(self, device: int, incident: int, state: int, now: int) -> Incident:
        """Tell a device what the centre has done about its alarm; KeyError: it has none such."""
        known = self.peers[device].incidents.advance(incident, state)
        self._tell_state(known, now)
        return known

    def forget_incidents(self, device: int) -> None:
        """Know nothing of a device's alarms any more; one that it repeats is new again."""
        if device in self.peers:
            self.peers[device].incidents.forget()

    def incidents(self) -> Iterator[Incident]:
        """Yield what is known of all devices' incidents."""
        for peer in self.peers.values():
            yield from peer.incidents

    def offer_list(self, device: int, now: int) -> None:
        """Send a door the next step of its access list, if it is known how far it is."""
        peer = self.peers[device]
        self._offer_list(peer, now)
        self._touch(peer)

    def begin(self, campaign: Campaign) -> None:
        """Begin to update the devices of a campaign; a device is in one campaign at a time."""
        self.campaigns.append(campaign)
        self._ask_campaigns()

    def end(self, campaign: Campaign) -> None:
        """Send nothing more for a campaign."""
        self.campaigns.remove(campaign)
        self._ask_campaigns()

    def chunk_length(self, device: int) -> int:
        """Return how much of a bundle one message to `device` holds, whichever way it takes."""
        mtu = min(bearer.mtu for bearer in self.peers[device].link.bearers)
        longest = Cutter(mtu).capacity(messages.UPDATE)
        return min(CHUNK_LENGTH, longest - _UPDATE_HEAD)

    def sleeps(self, device: int) -> bool:
        """Tell whether `device` hears only after it has sent, whichever way it takes."""
        return all(bearer.contact_ms for bearer in self.peers[device].link.bearers)

    def poll(self, now: int) -> list[tuple[int, str, bytes]]:
        """Do what is due; return the packets to transmit as (device, bearer name, bytes)."""
        out = []
        if self._campaigns_at is not None and now >= self._campaigns_at:
            self._poll_campaigns(now)
        due = self._due
        while due and due[0][0] <= now:
            at, device = heapq.heappop(due)
            peer = self.peers.get(device)
            if peer is None or at != peer.due_at:
                continue
            peer.due_at = None
            packets = peer.link.poll(now)
            for outcome in peer.link.take_outcomes():
                if outcome.token == ACCESS_LIST_TOKEN:
                    peer.access_list.concluded(outcome.delivered)
                elif outcome.token == TIME_TOKEN:
                    if not outcome.delivered:
                        peer.time_sent_at = None
                else:
                    for campaign in self.campaigns:
                        campaign.on_outcome(device, outcome.delivered, now)
                    self._ask_campaigns()
            for number, data in packets:
                out.append((peer.device, peer.link.bearers[number].name, data))
            self._touch(peer)
        return out

    def next_deadline(self) -> int | None:
        """Return when `poll` must be called next, in ms; None: only an input can change that."""
        deadline = self._due[0][0] if self._due else None
        if deadline is None or self._campaigns_at is None:
            return self._campaigns_at if deadline is None else deadline
        return min(deadline, self._campaigns_at)

    def _poll_campaigns(self, now: int) -> None:
        for campaign in self.campaigns:
            for device, fields in campaign.poll(now):
                peer = self.peers[device]
                # The campaign offers anew what has not come to a device within its patience.
                expires_at = now + campaign.pace.silence_ms
                peer.link.send(
                    messages.UPDATE, fields, now, token=UPDATE_TOKEN, expires_at=expires_at
                )
                self._touch(peer)
        self._ask_campaigns()

    def _ask_campaigns(self) -> None:
        deadlines = [campaign.next_deadline() for campaign in self.campaigns]
        self._campaigns_at = min((at for at in deadlines if at is not None), default=None)

    def _forget_numbers(self, peer: Peer) -> None:
        """Take what a device numbers for new again: with its store it has lost its counts."""
        peer.events.forget()
        peer.incidents.forget()

    def _command_number(self, peer: Peer) -> int:
        number = peer.commands.take()
        assert number is not None, "2^32 commands sent"
        return number

    def _touch(self, peer: Peer) -> None:
        deadline = peer.link.next_deadline()
        if deadline is not None and (peer.due_at is None or deadline < peer.due_at):
            peer.due_at = deadline
            heapq.heappush(self._due, (deadline, peer.device))

    def _send(
        self, peer: Peer, kind: int, fields: Fields, now: int, expires_at: int | None = None
    ) -> None:
        peer.link.send(kind, fields, now, expires_at=expires_at)
        self._touch(peer)

    def _take(self, peer: Peer, delivery: Delivery, now: int) -> None:
        kind, fields = delivery.kind, delivery.fields
        if kind == messages.EVENT and not peer.events.add(fields["sequence"]):
            return
        if kind == messages.ALARM:
            incident, is_new = peer.incidents.report(fields)
            if not is_new:
                # The device repeats itself for want of an answer.
                if incident.state:
                    self._tell_state(incident, now)
                return
        if kind == messages.RESULT and fields["status"] == codes.SUPERSEDED:
            # A term no higher than this hub's: the command was of one before it.
            self.superseded = self.superseded or fields.get("detail", 0) > self._term
        self._listener(peer.device, kind, fields, now)
        if kind == messages.HELLO:
            peer.kind = fields["device_kind"]
            peer.time_sent_at = now
            for campaign in self.campaigns:
                campaign.on_hello(peer.device, fields["firmware"], now)
            if fields.get("list_version") is not None:
                peer.access_list.reported(fields["list_version"])
        elif kind == messages.EVENT and fields["code"] == codes.LIST_UPDATED:
            peer.access_list.reported(fields.get("subject", 0))
        elif kind == messages.EVENT and fields["code"] == codes.LIST_REFUSED:
            peer.access_list.refused(fields.get("subject", 0))
        elif kind == messages.UPDATE_STATUS:
            for campaign in self.campaigns:
                campaign.on_status(peer.device, fields, now)
        if self.campaigns:
            for campaign in self.campaigns:
                campaign.on_heard(peer.device, now)
            self._ask_campaigns()
        self._offer_list(peer, now)
        if peer.time_sent_at is None or now - peer.time_sent_at >= TIME_INTERVAL_MS:
            peer.time_sent_at = now
            unix_s, offset_min = self._time(now)
            time = {"time": unix_s, "utc_offset_min": offset_min, **self._stamp}
            peer.link.send(
                messages.TIME, time, now, token=TIME_TOKEN, expires_at=now + TIME_LIFE_MS
            )

    def _offer_list(self, peer: Peer, now: int) -> None:
        step = peer.access_list.next_step()
        if step is not None:
            fields = {**step, **self._stamp}
            peer.link.send(messages.ACCESS_LIST, fields, now, token=ACCESS_LIST_TOKEN)

    def _tell_state(self, incident: Incident, now: int) -> None:
        fields = {"incident": incident.number, "state": incident.state}
        self._send(self.peers[incident.device], messages.ALARM_STATUS, fields, now)
