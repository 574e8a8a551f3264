"""A small community in which something goes wrong, for the tests of faults."""

from communities import begun
from linli_hostsim import scenario
from linli_hostsim.packet import Direction, Fate, Packet

TINY = scenario.read("tiny")
HOUR_US = 3_600_000_000


class Observed:
    """A community that has lived, and every packet whose journey has ended, with the time."""

    def __init__(self, text: str, seed: int = 1) -> None:
        self.community = made = begun(text, seed)
        self.ended: list[tuple[int, Packet]] = []
        settle = made.tracker.settle

        def note(packet: Packet, fate: Fate) -> None:
            settle(packet, fate)
            self.ended.append((round(made.env.now), packet))

        made.tracker.settle = note  # type: ignore[method-assign]

    def live(self, hours: float) -> "Observed":
        """Run until so many hours have gone."""
        self.community.env.run(until=round(hours * HOUR_US))
        return self

    def finish(self) -> "Observed":
        """Close the accounts."""
        self.community.finish()
        return self

    def fates(
        self,
        bearer: str,
        direction: Direction = Direction.UP,
        from_h: float = 0.0,
        to_h: float = 1e9,
    ) -> list[Fate]:
        """Return the fates of a bearer's packets that ended within these hours."""
        return [
            packet.fate
            for time_us, packet in self.ended
            if packet.bearer == bearer
            and packet.direction is direction
            and from_h * HOUR_US <= time_us < to_h * HOUR_US
            and packet.fate is not None
        ]


def fault(kind: str, **settings: object) -> str:
    """Return a table [[faults.KIND]]."""
    lines = [
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
        for key, value in settings.items()
    ]
    return f"\n[[faults.{kind}]]\n" + "\n".join(lines) + "\n"


def table(name: str, **settings: object) -> str:
    """Return a table [NAME]."""
    return fault("x", **settings).replace("[[faults.x]]", f"[{name}]")
