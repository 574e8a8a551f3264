"""The tables of `linli economy` for the terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from linli_hostsim.quantities import count

if TYPE_CHECKING:
    from linli_hostsim.economy.account import Account
    from linli_hostsim.economy.assessment import Assessment
    from linli_hostsim.economy.index import Index, Measure
    from linli_hostsim.economy.sensitivity import Swing

_MOST_TELLING = 8
_YUAN = "yuan"


def print_types(assessments: Sequence["Assessment"]) -> None:
    """Print the communities beside one another, a quantity a row."""
    console = Console(highlight=False)
    table = Table(title="Community types", title_justify="left")
    table.add_column("")
    for one in assessments:
        table.add_column(one.community.name, justify="right")
    for label, values in _rows(assessments):
        table.add_row(label, *values)
    console.print(table)
    console.print("Most prices are assumptions: docs/ECONOMY.md. Next: linli economy new-build")


def _rows(assessments: Sequence["Assessment"]) -> list[tuple[str, list[str]]]:
    each = [_cells(one) for one in assessments]
    return [(label, [cells[label] for cells in each]) for label in each[0]]


def _cells(one: "Assessment") -> dict[str, str]:
    owned, paid = one.owned, one.paid_service
    lowest, highest = list(one.index_variants.values())[-2:]
    return {
        "households": count(one.community.households),
        "devices": count(one.community.equipment.device_count),
        "cost once, yuan": count(round(owned.capital_yuan)),
        "running cost, yuan a year": count(round(owned.running_yuan)),
        "income and savings, yuan a year": count(round(owned.income_yuan)),
        "payback, years (study: 3.5)": _years(owned.extrapolated_payback),
        "discounted, years": _within(owned.discounted_payback, owned),
        "with paid service, years (2.8)": _years(paid.extrapolated_payback),
        "return, yuan a yuan of capital (3.5)": f"{owned.return_on_capital:.1f}",
        "return, yuan a yuan of all cost": f"{owned.return_on_cost:.1f}",
        "running cost saved, net (30 to 50 %)": f"{owned.cost_saved:.0%}",
        "composite index (92)": f"{one.index.value:.0f}",
        "of what is no mere claim": f"{one.index.without_claims.value:.0f}",
        "all inputs worse, all better": f"{lowest:.0f} to {highest:.0f}",
    }


def print_one(one: "Assessment") -> None:
    """Print one community's account, promises, sensitivities and index."""
    console = Console(highlight=False)
    community = one.community
    console.print(
        f"[bold]{community.name}[/]: {count(community.households)} households, "
        f"{count(community.equipment.device_count)} devices"
    )
    for title, items in (
        ("Paid once", one.owned.capital),
        ("Paid every year", one.owned.running),
        ("Taken in and saved in a full year", one.owned.income),
    ):
        console.print(_money(title, items))
    console.print(_promises(one))
    for line in _telling(one):
        console.print(line)
    console.print(_tornado("Payback, years: what decides", one.payback_swings))
    console.print(_index(one.index))
    for name, value in one.index_variants.items():
        console.print(f"Index, {name}: {value:.1f}")
    console.print(_tornado("Index: what decides", one.index_swings))


def _years(years: float) -> str:
    return f"{years:.1f}" if math.isfinite(years) else "never"


def _number(number: float) -> str:
    if not math.isfinite(number):
        return "never"
    return f"{number:.3g}" if abs(number) < 1000 else count(round(number))


def _named(one: "Measure") -> str:
    return one.name if one.unit == "share" else f"{one.name}, {one.unit}"


def _within(years: float | None, account: "Account") -> str:
    return f"not in {len(account.flows) - 1}" if years is None else f"{years:.1f}"


def _money(title: str, items: Mapping[str, float]) -> Table:
    table = Table(title=f"{title}, {_YUAN}", title_justify="left", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    for item, yuan in items.items():
        if yuan:
            table.add_row(item, count(round(yuan)))
    table.add_section()
    table.add_row("together", count(round(sum(items.values()))))
    return table


def _promises(one: "Assessment") -> Table:
    table = Table(title="The study's figures and ours", title_justify="left")
    for column in ("", "unit", "study", "ours", ""):
        table.add_column(column, justify="right" if column in ("study", "ours") else "left")
    for each in one.promises:
        verdict = "holds" if each.holds else "does not"
        table.add_row(each.name, each.unit, each.study, _number(each.ours), verdict)
    return table


def _telling(one: "Assessment") -> list[str]:
    owned, at = one.owned, one.break_even
    value = "no allowed value of it" if at.value is None else f"{at.key} = {at.value:.3g}"
    without = ", ".join(f"{item} {_years(years)}" for item, years in one.payback_without.items())
    return [
        f"Discounted payback: {_within(owned.discounted_payback, owned)} years; net present value "
        f"{count(round(owned.present_value))} yuan.",
        f"Payback without one income: {without} years.",
        f"{at.key} decides most; payback is the study's 3.5 years at {value}.",
    ]


def _tornado(title: str, swings: Sequence["Swing"]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("input", overflow="fold")
    for column in ("value", "from", "to", "gives", "and"):
        table.add_column(column, justify="right")
    for swing in swings[:_MOST_TELLING]:
        one = swing.input
        ends = (f"{one.low:g}", f"{one.high:g}", _years(swing.at_low), _years(swing.at_high))
        mark = " *" if one.is_assumption else ""
        table.add_row(one.key + mark, f"{one.value:g}", *ends)
    table.caption = "* an assumption of ours"
    return table


def _index(index: "Index") -> Table:
    table = Table(title=f"Composite index: {index.value:.1f} of 100", title_justify="left")
    columns = ("part", "measure", "value", "scores 0", "scores 100", "score", "told by")
    for column in columns:
        left = column in ("part", "measure", "told by")
        table.add_column(column, justify="left" if left else "right")
    for one in index.measures:
        numbers = (_number(number) for number in (one.value, one.worst, one.best))
        table.add_row(one.part, _named(one), *numbers, f"{one.score:.0f}", one.origin)
    table.caption = "; ".join(
        f"{name} {index.part(name):.0f} with weight {weight:g}"
        for name, weight in index.weights.items()
    )
    return table
