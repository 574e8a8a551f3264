"""How one device is connected over one bearer: each end's settings, and where packets enter."""

from collections.abc import Callable
from dataclasses import dataclass

from linli_protocol.bearer import Bearer

from ..packet import Out, Packet


@dataclass(slots=True)
class Connection:
    """`hub_end` is the hub's bearer; `new_device_end()` makes the device's, anew at each start.

    Uplinks enter by `put`. `deliver_to(sink)` says where downlinks for the device come out.
    `switch_off()` empties the queue at the device's end, whose power has failed.
    """

    new_device_end: Callable[[], Bearer]
    hub_end: Bearer
    put: Callable[[Packet], None]
    deliver_to: Callable[[Out], None]
    switch_off: Callable[[], None]
