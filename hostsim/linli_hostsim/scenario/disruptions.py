"""What goes wrong in a scenario."""

from pydantic import Field

from .devices import DeviceKind
from .table import Share, Table


class PowerCut(Table):
    """The power of devices of one kind fails, and comes back.

    Doors hang on the mains. A meter or a button loses power when its cell is changed or gives way;
    what a meter's wheel turns meanwhile is not counted. Hub, gateways and switches have batteries
    of their own and go on.
    """

    kind: DeviceKind
    share: Share = Field(
        default=1.0,
        description="Of the devices of this kind, drawn at random. Assumption: all.",
    )
    at_h: float = Field(
        ge=0,
        le=9000,
        description="When, since the beginning.",
    )
    off_min: float = Field(
        default=10.0,
        gt=0,
        le=100_000,
        description="How long. Assumption: somebody resets a breaker.",
    )
    in_write: bool = Field(
        default=False,
        description="Each device goes in its store's next write, which is left torn. Assumption: "
        "no, power fails at the minute.",
    )
