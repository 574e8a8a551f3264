"""The page of one run: answers, tables, figures, lists and provenance put into the template."""

from .. import campaign_table, scenario, table
from ..quantities import count, duration
from ..results import Results
from . import (
    backlog,
    batteries,
    channels,
    closed_forms,
    failover,
    fates,
    html,
    hub_queue,
    latency,
    limits,
    load,
    site_plan,
)
from .answers import answers
from .lists import alarm_listing, event_listing


def render(results: Results) -> str:
    """Return report.html, complete in itself; without wall-clock figures, so it is reproducible."""
    meta = results.meta
    described = scenario.parse(meta.scenario_toml, meta.scenario)
    drawings = [
        latency.drawing(results),
        fates.drawing(results),
        site_plan.drawing(results, described.site),
        load.drawing(results),
        channels.drawing(results),
        hub_queue.drawing(results, described),
        backlog.drawing(results),
        failover.drawing(results, described),
        batteries.drawing(results),
    ]
    return html.page(
        "report.html",
        title=f"{meta.scenario}, seed {meta.seed}",
        meta=meta,
        devices=count(meta.devices),
        simulated=duration(meta.duration_s * 1_000_000),
        answers=answers(results),
        limits=limits.listing(limits.limits(results, described)),
        kinds=[kind.kind for kind in results.kinds],
        rows=table.rows(results.kinds),
        note=table.NOTE,
        campaign_kinds=campaign_table.kinds(results.tables),
        campaign_rows=campaign_table.rows(results.tables, meta.duration_s),
        drawings=[drawing for drawing in drawings if drawing],
        closed_forms=closed_forms.listing(results, described),
        alarms=alarm_listing(results),
        events=event_listing(results),
        settings=list(html.settings(described)),
        scenario_toml=meta.scenario_toml,
    )
