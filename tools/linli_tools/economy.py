"""`linli economy`: what a community costs and brings in, when it has paid, and its index."""

import json
import math
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .failure import Failure

if TYPE_CHECKING:
    from linli_hostsim.economy.account import Account
    from linli_hostsim.economy.assessment import Assessment
    from linli_hostsim.economy.index import Index
    from linli_hostsim.economy.sensitivity import Swing


def economy(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO|TYPE]",
            help="A type of community (new-build, old-estate, ageing), another shipped scenario or "
            "a file; the three types beside one another unless given.",
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="A run directory that tells answers and cells."
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=NUMBER", help="Another value of an input; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every input.")] = False,
) -> None:
    """What a community costs and brings in, when it has paid for itself, and its index of 100.

    Beside each figure of the study stands ours. Every input has a unit, a source and a span; which
    of them decide is shown, widest first. docs/ECONOMY.md tells formulas and inputs.
    """
    from linli_hostsim.economy.types import TYPES

    if run is not None and scenario is None:
        raise typer.BadParameter("--run needs a SCENARIO beside it")
    changes = dict(_change(text) for text in setting or ())
    names = [scenario] if scenario else list(TYPES)
    assessments = [_assess(name, run, changes) for name in names]
    if as_json:
        content = [_as_json(one, changes.keys()) for one in assessments]
        typer.echo(json.dumps(content[0] if scenario else content, indent=1, ensure_ascii=False))
        return
    from . import economy_tables

    if scenario:
        economy_tables.print_one(assessments[0])
    else:
        economy_tables.print_types(assessments)


def _change(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    try:
        return key.strip(), float(value)
    except ValueError:
        raise typer.BadParameter(f"{text}: should be KEY=NUMBER") from None


def _assess(name: str, run: Path | None, changes: dict[str, float]) -> "Assessment":
    from linli_hostsim.economy.account import Community
    from linli_hostsim.economy.assessment import assess
    from linli_hostsim.economy.from_run import told
    from linli_hostsim.economy.inputs import InputError
    from linli_hostsim.economy.types import economy_of
    from linli_hostsim.results import Results, ResultsError
    from linli_hostsim.scenario import NoScenarioError, ScenarioError, load

    try:
        community = Community.of(load(name))
        of_run = told(Results.read(run)) if run else {}
    except NoScenarioError as error:
        raise typer.BadParameter(str(error)) from error
    except (ScenarioError, ResultsError) as error:
        raise Failure(str(error)) from error
    try:
        inputs = economy_of(community.name).changed({**of_run, **changes})
    except InputError as error:
        raise typer.BadParameter(str(error)) from error
    return assess(community, inputs, has_run=any(key.startswith("index.") for key in of_run))


def _as_json(one: "Assessment", chosen: Collection[str]) -> dict[str, Any]:
    return {
        "community": asdict(one.community),
        "owned": _account(one.owned),
        "paid_service": _account(one.paid_service),
        "payback_without": {item: _finite(years) for item, years in one.payback_without.items()},
        "payback_swings": [_swing(swing) for swing in one.payback_swings],
        "break_even": asdict(one.break_even),
        "index": _index(one.index),
        "index_variants": dict(one.index_variants),
        "index_swings": [_swing(swing) for swing in one.index_swings],
        "promises": [{**asdict(each), "ours": _finite(each.ours)} for each in one.promises],
        "inputs": _inputs(one, chosen),
    }


def _inputs(one: "Assessment", chosen: Collection[str]) -> list[dict[str, Any]]:
    """Return all inputs; a value that is not the usual one has the source of its own."""
    from linli_hostsim.economy.inputs import inputs
    from linli_hostsim.economy.types import TYPES, economy_of

    name = one.community.name
    of_type = TYPES.get(name, {})
    usual = {each.key: each.value for each in inputs(economy_of(name))}
    found = []
    for each in inputs(one.economy):
        source = of_type[each.key].source if each.key in of_type else each.source
        if each.value != usual[each.key]:
            source = "given by --set" if each.key in chosen else "Source: the run"
        found.append({**asdict(each), "source": source})
    return found


def _finite(number: float) -> float | None:
    """Return None for what JSON has no word for."""
    return number if math.isfinite(number) else None


def _account(account: "Account") -> dict[str, Any]:
    return {
        "capital_yuan": dict(account.capital),
        "running_yuan_year": dict(account.running),
        "income_yuan_year": dict(account.income),
        "flows_yuan": account.flows,
        "payback_years": account.payback,
        "discounted_payback_years": account.discounted_payback,
        "extrapolated_payback_years": _finite(account.extrapolated_payback),
        "present_value_yuan": account.present_value,
        "return_on_capital": account.return_on_capital,
        "return_on_cost": account.return_on_cost,
        "running_cost_saved": account.cost_saved,
    }


def _swing(swing: "Swing") -> dict[str, Any]:
    return {
        "key": swing.input.key,
        "at_low": _finite(swing.at_low),
        "at_high": _finite(swing.at_high),
    }


def _index(index: "Index") -> dict[str, Any]:
    return {
        "value": index.value,
        "parts": {name: index.part(name) for name in index.weights},
        "measures": [
            {**asdict(one), "value": _finite(one.value), "score": one.score}
            for one in index.measures
        ],
    }
