"""`linli plan`: the cheapest design that meets its targets, and what breaks first."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .failure import Failure
from .progress import job_bar

# The simulator takes a second to load: a command that needs it imports it, --help does not.

QUICK_LOOKS = (3,)
QUICK_HOURS = 6.0


def plan(
    scenario: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A shipped scenario or a scenario file.")
    ],
    target: Annotated[
        list[str],
        typer.Option(
            "--target",
            metavar="FIGURE=VALUE",
            help="What must hold; repeatable.",
            show_default=False,
        ),
    ],
    budget: Annotated[
        float | None, typer.Option(metavar="YUAN", min=0, help="Most that all may cost, present.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="LEVER=CHOICES",
            help="gateways=4..24, standbys=0..1, report_interval_s=3600,86400, "
            "meter=lora,nbiot, panic=lora+wifi,lora; repeatable.",
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A scenario's key; repeatable."),
    ] = None,
    growth: Annotated[
        float | None,
        typer.Option(min=-0.9, help="More devices each year, 0.2 for a fifth; or [[plan.growth]]."),
    ] = None,
    years: Annotated[int, typer.Option(min=1, max=50, help="Of growth.")] = 10,
    hours: Annotated[
        float | None,
        typer.Option(min=0.1, help="Simulated for each replication; the scenario's unless given."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Three replications of six hours at most, meters as arrays where they can be.",
        ),
    ] = False,
    jobs: Annotated[int, typer.Option(help="Processes, -1 for one a core.")] = -1,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of plan.json and the finished trials, which are not run again; "
            "runs/plan-SCENARIO unless given."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the cheapest design that meets all targets, and say what one step less would break.

    Chooses how many gateways there are and where they stand, the bearers of each kind of device,
    how many edge nodes stand by and how often meters report, within the bounds of the scenario's
    [plan] table. Closed forms rule out most designs; what is left is simulated until each target
    is decided with 95 % confidence. Exit code 1 when the targets are not reachable.
    """
    from linli_hostsim.experiments.runs_store import StoreError, TrialStore
    from linli_hostsim.experiments.settings import SettingError, parse_setting, with_settings
    from linli_hostsim.experiments.sweep import WorkersError, on_this_machine
    from linli_hostsim.plan.as_json import as_json as data_of
    from linli_hostsim.plan.growth import steady
    from linli_hostsim.plan.judge import Effort
    from linli_hostsim.plan.laboratory import TrialError
    from linli_hostsim.plan.levers import PlanError, Space
    from linli_hostsim.plan.options import varied
    from linli_hostsim.plan.planning import plan as find
    from linli_hostsim.plan.targets import TargetError, parse
    from linli_hostsim.report.plan_page import render
    from linli_hostsim.scenario import NoScenarioError, ScenarioError, read

    from .plan_text import print_answer
    from .shown import PLAN_FILE, write_page

    try:
        targets = [parse(each) for each in target]
        text = varied(read(scenario), vary or [])
        for each in change or []:
            key, values = parse_setting(each)
            text = with_settings(text, {key: values[0] if len(values) == 1 else values})
        space = Space(text, scenario, as_arrays=quick)
    except (NoScenarioError, TargetError, PlanError, SettingError) as error:
        raise typer.BadParameter(str(error)) from error
    except ScenarioError as error:
        raise Failure(str(error)) from error
    grown = [(each.year, each.share) for each in space.scenario.plan.growth]
    folder = out or Path("runs") / f"plan-{space.scenario.name}"
    effort = Effort(QUICK_LOOKS, hours or min(QUICK_HOURS, space.scenario.duration_h))
    try:
        with (
            TrialStore(folder / "trials") as store,
            job_bar(shown=sys.stderr.isatty()) as progress,
        ):
            answer = find(
                space,
                targets,
                store,
                on_this_machine(jobs),
                budget_yuan=float("inf") if budget is None else budget,
                effort=effort if quick else Effort(hours=hours),
                years=grown if growth is None else steady(growth, years),
                progress=progress,
            )
    except (PlanError, TrialError, WorkersError, StoreError) as error:
        raise Failure(str(error)) from error
    found = data_of(answer)
    data = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / PLAN_FILE).write_text(data + "\n", encoding="utf-8")
    write_page(folder, render(found))
    if as_json:
        typer.echo(data)
    else:
        print_answer(answer, folder)
    if answer.found.best is None or answer.found.out_of_reach:
        raise typer.Exit(1)
