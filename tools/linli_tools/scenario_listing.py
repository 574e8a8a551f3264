"""A scenario's values as lines: value with unit, whether it is the default, where it comes from."""

from collections.abc import Iterator

from rich.text import Text

from linli_hostsim.scenario import Scenario
from linli_hostsim.scenario.listing import values


def listing(scenario: Scenario) -> Iterator[Text]:
    """Yield the lines, tables in the order of the model."""
    yield Text("A value marked * is the default.")
    table = ""
    for value in values(scenario):
        if value.table != table:
            table = value.table
            yield Text(f"\n[{table}]", style="bold")
        line = Text(f"{value.key} = {value.text}{' *' if value.is_default else ''}")
        line.append(f"  {value.source}".rstrip(), style="dim")
        yield line
