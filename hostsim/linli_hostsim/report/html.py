"""Pages from templates: complete in themselves, with one style sheet and one way to be rerun."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..quantities import count
from ..scenario import Scenario
from ..scenario.listing import Value, values


def page(template: str, **content: Any) -> str:
    """Return the page that a template of this package makes of `content`."""
    environment = Environment(
        loader=PackageLoader("linli_hostsim", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = environment.get_template("report.css").render()
    return environment.get_template(template).render(css=css, count=count, **content)


def settings(described: Scenario) -> Iterator[tuple[str, list[Value]]]:
    """Yield the scenario's tables by name, each with its values and their sources."""
    for table, found in groupby(values(described), lambda value: value.table):
        yield table, list(found)
