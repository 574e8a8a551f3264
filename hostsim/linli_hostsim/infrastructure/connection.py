"""How one device is connected over one bearer: each end's settings, and where packets enter."""

from collections.abc import Callable
from dataclasses import dataclass

from linli_protocol.bearer import Bearer

from ..packet import Out, Packet


@dataclass(slots=True)
class Connection:
    """`device_end` and `hub_end` are the links' bearers; uplinks enter by `put`.

    `deliver_to(sink)` says where downlinks for the device come out.
    """

    device_end: Bearer
    hub_end: Bearer
    put: Callable[[Packet], None]
    deliver_to: Callable[[Out], None]
