"""Communities from a scenario's text, for tests that look inside them."""

from linli_hostsim import scenario
from linli_hostsim.clockwork import US_PER_H
from linli_hostsim.community import Community
from linli_hostsim.residents import Residents


def begun(text: str, seed: int = 1, hour: int = 0) -> Community:
    """Return a community that is switched on at an hour of its scenario's first day."""
    described = scenario.parse(text, "test")
    start = described.start.replace(hour=hour) if hour else described.start
    community = Community(described, seed, start, Residents(described, seed, start))
    community.start()
    return community


def lived(text: str, hours: float, seed: int = 1, hour: int = 0) -> Community:
    """Return a community that has lived for some hours, its accounts closed."""
    community = begun(text, seed, hour)
    community.env.run(until=round(hours * US_PER_H))
    community.finish()
    return community
