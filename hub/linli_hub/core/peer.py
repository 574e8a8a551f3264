"""What the hub holds for one device: its link and what has come over it."""

from linli_protocol.counters import ReservedCounter
from linli_protocol.hub_association import HubAssociation
from linli_protocol.link import Link

from .access_lists import AccessListSource
from .incidents import DeviceIncidents
from .ledger import EventLedger


class Peer:
    """One enrolled device.

    `ways` maps a bearer's name to its number in the link; `due_at` is when the hub polls the link.
    """

    __slots__ = (
        "access_list",
        "association",
        "commands",
        "device",
        "due_at",
        "events",
        "incidents",
        "kind",
        "link",
        "time_sent_at",
        "ways",
    )

    def __init__(
        self,
        device: int,
        association: HubAssociation,
        link: Link,
        commands: ReservedCounter,
        events: EventLedger,
        incidents: DeviceIncidents,
    ) -> None:
        self.device = device
        self.association = association
        self.link = link
        self.commands = commands
        self.ways = {bearer.name: number for number, bearer in enumerate(link.bearers)}
        self.kind: int | None = None
        self.time_sent_at: int | None = None
        self.due_at: int | None = None
        self.events = events
        self.incidents = incidents
        self.access_list = AccessListSource()
