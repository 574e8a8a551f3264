"""Plans find what enumeration finds, say what misses, and simulate little for it."""

import json
import random
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from linli_hostsim.experiments.runs_store import TrialStore
from linli_hostsim.plan.as_json import as_json, frontier
from linli_hostsim.plan.confidence import Verdict
from linli_hostsim.plan.growth import steady
from linli_hostsim.plan.judge import Effort, Judge
from linli_hostsim.plan.laboratory import Laboratory
from linli_hostsim.plan.levers import Design, PlanError, Space
from linli_hostsim.plan.planning import Answer
from linli_hostsim.plan.screens import Screens
from linli_hostsim.plan.search import Candidate
from linli_hostsim.plan.targets import parse
from plan_worlds import ESTATE, knowing, planned, simulate

LATENCY = "latency_p99_s=10"


def bearers(described: dict[str, Any]) -> tuple[str, ...]:
    return tuple("+".join(table["bearers"]) for table in described["devices"])


def enumerated(answer: Answer, folder: Path, workers: Any) -> Candidate:
    """Return the cheapest design that holds, of all that there are."""
    space = answer.space
    screens = Screens(space)
    holding = []
    with TrialStore(folder) as store:
        laboratory = Laboratory(store, workers, lambda subject, done, total: None)
        effort = answer.effort
        judge = Judge(space.toml, space.scenario.seed, answer.targets, laboratory, effort)
        for kit in space.kits():
            for gateways, standbys in product(space.gateways(kit), space.standbys):
                design = Design(kit, gateways, standbys)
                screened = screens.screen(design)
                described = space.described(screened.settings)
                found = judge.judge(screened.settings, described, "each")
                if found.verdict is Verdict.HOLDS:
                    holding.append(Candidate(design, screened, found))
    return min(holding, key=lambda each: each.screened.cost.present_yuan)


def made_up_world(seed: int) -> Any:
    """Return workers in whose world latency falls with each gateway, for each kit differently."""

    def figures_of(described: dict[str, Any]) -> dict[str, float | None]:
        chance = random.Random(repr((seed, bearers(described))))
        start_s, factor = chance.uniform(5, 80), chance.uniform(0.3, 0.9)
        uses_lora = any("lora" in one for one in bearers(described))
        latency_s = start_s * factor ** (described["lora"]["gateways"] - 1) if uses_lora else 9.0
        return {"latency_p99_s.meter": latency_s, "latency_p99_s.panic": latency_s / 2}

    return knowing(figures_of)


@pytest.mark.parametrize("seed", range(3))
def test_the_cheapest_of_all_designs_is_found(tmp_path: Path, seed: int) -> None:
    world = made_up_world(seed)
    bounds = {"plan.gateways": [1, 8], "plan.standbys": [0, 0]}
    answer = planned(tmp_path, world, LATENCY, "availability=0.9", settings=bounds)
    best = answer.found.best
    assert best is not None
    assert best.design == enumerated(answer, tmp_path, world).design
    assert answer.found.simulated < answer.found.designs / 3


def test_with_simulated_trials_too_it_is_the_one_that_enumeration_finds(tmp_path: Path) -> None:
    targets = ("delivery.meter=0.85", "availability=0.999")
    settings: dict[str, object] = {"plan.gateways": [1, 3], "plan.bearers.panic": [["lora"]]}
    settings |= {"plan.standbys": [0, 1], "plan.economy.prices.nbiot_yuan": 1000}
    answer = planned(tmp_path, simulate, *targets, settings=settings)
    best = answer.found.best
    assert best is not None
    assert best.design == enumerated(answer, tmp_path, simulate).design
    assert best.holds
    for step in answer.found.steps:
        assert step.candidate is None or not step.candidate.holds


def test_what_one_step_less_would_break_is_told(tmp_path: Path) -> None:
    answer = planned(tmp_path, made_up_world(0), LATENCY, "availability=0.9999")
    assert answer.found.best is not None
    steps = {step.lever: step.candidate for step in answer.found.steps}
    fewer = steps["edge nodes"]
    assert fewer is not None and fewer.judgement.worst is not None
    assert fewer.judgement.worst.target.figure == "availability"
    assert fewer.design.standbys == answer.found.best.design.standbys - 1


def test_a_price_changes_the_choice(tmp_path: Path) -> None:
    world = knowing(lambda described: {"latency_p99_s.meter": 1.0, "latency_p99_s.panic": 1.0})
    dear_modems: dict[str, object] = {"plan.economy.prices.nbiot_yuan": 100_000}
    dear_gateways: dict[str, object] = {"plan.economy.prices.lora_gateway_yuan": 1_000_000}
    with_gateways = planned(tmp_path, world, LATENCY, settings=dear_modems).found.best
    without = planned(tmp_path, world, LATENCY, settings=dear_gateways).found.best
    assert with_gateways is not None and without is not None
    assert with_gateways.design.kit.bearers == (("lora",), ("lora",))
    assert with_gateways.design.gateways == 1
    assert without.design.gateways == 0


def test_what_is_not_reachable_names_the_nearest_and_what_it_misses(tmp_path: Path) -> None:
    answer = planned(tmp_path, made_up_world(1), "latency_p99_s=0.001")
    found = answer.found
    assert found.best is None and found.nearest is not None
    worst = found.nearest.judgement.worst
    assert worst is not None and worst.target.figure == "latency_p99_s.meter"
    assert all(each.judgement.margin <= found.nearest.judgement.margin for each in found.judged)


def test_a_target_out_of_reach_is_named_and_the_others_are_planned_for(tmp_path: Path) -> None:
    answer = planned(tmp_path, made_up_world(2), LATENCY, "battery_years.meter=15")
    assert [target.figure for target in answer.found.out_of_reach] == ["battery_years.meter"]
    (best_years,) = answer.found.out_of_reach.values()
    assert 2 < best_years < 15
    assert answer.found.best is not None
    assert as_json(answer)["reachable"] is False


def test_a_budget_that_is_too_small_leaves_nothing(tmp_path: Path) -> None:
    found = planned(tmp_path, made_up_world(3), LATENCY, budget_yuan=1.0).found
    assert found.best is None and found.nearest is None and not found.simulated


def test_the_same_again_says_the_same_and_runs_nothing(tmp_path: Path) -> None:
    def told(answer: Answer) -> str:
        return json.dumps({key: one for key, one in as_json(answer).items() if key != "run"})

    first = planned(tmp_path, made_up_world(4), LATENCY, "availability=0.9999")
    again = planned(tmp_path, made_up_world(4), LATENCY, "availability=0.9999")
    assert told(first) == told(again)
    assert first.trials > 0 and again.trials == 0


def test_a_report_interval_is_kept_that_a_target_asks_for(tmp_path: Path) -> None:
    world = knowing(lambda described: {})
    choices: dict[str, object] = {"plan.report_interval_s": [3_600, 14_400, 86_400]}
    best = planned(tmp_path, world, "report_interval_s=20000", settings=choices).found.best
    assert best is not None
    assert best.design.kit.report_interval_s == 14_400


def test_growth_names_the_year_in_which_capacity_runs_out(tmp_path: Path) -> None:
    def figures_of(described: dict[str, Any]) -> dict[str, float | None]:
        meters = described["devices"][0]["count"]
        return {"latency_p99_s.meter": meters / 10, "latency_p99_s.panic": 1.0}

    # 30 meters take 3 s; more than 100 take more than 10 s. 30 * 1.3^4 = 86, 30 * 1.3^5 = 111.
    answer = planned(tmp_path, knowing(figures_of), LATENCY, years=steady(0.3, 8))
    holding = [year.holds for year in answer.growth]
    assert holding == [True] * 5 + [False] * 4
    assert answer.growth[5].judgement is not None
    assert answer.growth[5].devices == 111 + round(8 * 1.3**5)
    assert sum(year.judgement is not None for year in answer.growth) < 6


def test_the_frontier_rises(tmp_path: Path) -> None:
    judged = planned(tmp_path, made_up_world(5), LATENCY).found.judged
    efficient = frontier(judged)
    margins = [one.judgement.margin for one in efficient]
    assert margins == sorted(set(margins))
    assert efficient[0] == judged[0]


def test_choices_that_contradict_the_scenario_are_named() -> None:
    two_kinds_of_doors = ESTATE + (
        '[plan.bearers]\ndoor = [["wifi"]]\n'
        '[[devices]]\nkind = "door"\ncount = 1\nbearers = ["ethernet"]\n'
        '[[devices]]\nkind = "door"\ncount = 1\nbearers = ["rs485"]\n'
    )
    with pytest.raises(PlanError, match=r"plan\.bearers\.door"):
        Space(two_kinds_of_doors, "doors")
    unknown_price = ESTATE + "[plan.economy.prices]\ngold_yuan = 1.0\n"
    with pytest.raises(PlanError, match=r"plan\.economy: prices\.gold_yuan"):
        space = Space(unknown_price, "gold")
        Screens(space).screen(Design(next(space.kits()), 1, 0))


def test_an_effort_divides_its_error_among_its_looks() -> None:
    assert Effort((3, 6)).alpha == pytest.approx(0.025)
    assert str(parse("delivery=0.999")) == "delivery=0.999"


def test_what_closed_forms_deny_is_not_accepted_because_a_few_devices_lost_nothing(
    tmp_path: Path,
) -> None:
    world = knowing(lambda described: {"delivery.meter": 1.0, "messages_per_device_day.meter": 1})
    settings: dict[str, object] = {"plan.gateways": [1, 6], "plan.bearers.meter": [["lora"]]}
    best = planned(tmp_path, world, "delivery.meter=0.999", settings=settings).found.best
    assert best is not None
    assert best.screened.best["delivery.meter"] >= 0.999
    assert best.judgement.verdict is Verdict.NOTHING_LOST
    fewer = Design(best.design.kit, best.design.gateways - 1, best.design.standbys)
    screened = Screens(Space(ESTATE, "estate")).screen(fewer)
    assert screened.best["delivery.meter"] < 0.999
