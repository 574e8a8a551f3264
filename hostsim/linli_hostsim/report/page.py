"""The page itself: answers, table, figures, lists and provenance put into the template."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from .. import campaign_table, table
from ..quantities import count, duration
from ..results import Results
from . import channels, fates, latency, load
from .answers import answers
from .lists import alarm_listing, event_listing


def render(results: Results) -> str:
    """Return report.html, complete in itself; without wall-clock figures, so it is reproducible."""
    environment = Environment(
        loader=PackageLoader("linli_hostsim", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawings = [module.drawing(results) for module in (latency, fates, load, channels)]
    return environment.get_template("report.html").render(
        css=environment.get_template("report.css").render(),
        meta=results.meta,
        devices=count(results.meta.devices),
        simulated=duration(results.meta.duration_s * 1_000_000),
        answers=answers(results),
        kinds=[kind.kind for kind in results.kinds],
        rows=table.rows(results.kinds),
        note=table.NOTE,
        campaign_kinds=campaign_table.kinds(results.tables),
        campaign_rows=campaign_table.rows(results.tables, results.meta.duration_s),
        drawings=[drawing for drawing in drawings if drawing],
        alarms=alarm_listing(results),
        events=event_listing(results),
        count=count,
    )
