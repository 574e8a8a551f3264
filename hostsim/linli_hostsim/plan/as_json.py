"""An answer as plain data, for --json and the file that a plan leaves behind."""

from typing import Any

from .. import versions
from .confidence import Evidence
from .growth import YearOfGrowth
from .planning import Answer
from .search import Candidate, Step


def as_json(answer: Answer) -> dict[str, Any]:
    """Return the answer; numbers are in the units that their names or figures have."""
    found = answer.found
    return {
        "scenario": answer.space.scenario.name,
        "targets": {target.figure: target.value for target in answer.targets},
        "reachable": found.best is not None and not found.out_of_reach,
        "best": _candidate(answer, found.best),
        "nearest": _candidate(answer, found.nearest),
        "out_of_reach": {target.figure: value for target, value in found.out_of_reach.items()},
        "one_step_less": [_step(answer, step) for step in found.steps],
        "frontier": [_candidate(answer, one) for one in frontier(found.judged)],
        "judged": [_brief(one) for one in found.judged],
        "growth": [_year(year) for year in answer.growth],
        "designs": found.designs,
        "screened": found.screened,
        "simulated": found.simulated,
        "scenario_toml": answer.space.toml,
        "versions": versions.in_use(),
        "run": {"trials": answer.trials, "wall_s": round(answer.wall_s, 1)},
    }


def frontier(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates that no cheaper one surpasses in its worst margin, cheapest first."""
    found: list[Candidate] = []
    for one in sorted(candidates, key=lambda each: each.screened.cost.present_yuan):
        if not found or one.judgement.margin > found[-1].judgement.margin:
            found.append(one)
    return found


def _candidate(answer: Answer, candidate: Candidate | None) -> dict[str, Any] | None:
    if candidate is None:
        return None
    design, cost, judgement = candidate.design, candidate.screened.cost, candidate.judgement
    tables = zip(answer.space.kinds, design.kit.bearers, strict=True)
    return {
        "gateways": design.gateways,
        "places_m": candidate.screened.settings.get("lora.places_m", []),
        "edge_nodes": 1 + design.standbys,
        "bearers": [{"kind": kind, "bearers": list(ways)} for kind, ways in tables],
        "report_interval_s": design.kit.report_interval_s,
        "present_yuan": round(cost.present_yuan),
        "once_yuan": {item: round(yuan) for item, yuan in cost.once.items()},
        "yearly_yuan": {item: round(yuan) for item, yuan in cost.yearly.items()},
        "holds": candidate.holds,
        "worst": judgement.worst.target.figure if judgement.worst else None,
        "margin": round(judgement.margin, 6),
        "replications": judgement.replications,
        "targets": [_evidence(each) for each in (*judgement.evidence, *judgement.beside)],
        "settings": {key: str(value) for key, value in candidate.screened.settings.items()},
    }


def _brief(candidate: Candidate) -> dict[str, Any]:
    return {
        "gateways": candidate.design.gateways,
        "edge_nodes": 1 + candidate.design.standbys,
        "present_yuan": round(candidate.screened.cost.present_yuan),
        "holds": candidate.holds,
        "margin": round(candidate.judgement.margin, 6),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "figure": evidence.target.figure,
        "target": evidence.target.value,
        "mean": evidence.mean,
        "limit": evidence.limit,
        "verdict": evidence.verdict.value,
        "margin": round(evidence.margin, 6),
        "computed": evidence.is_computed,
    }


def _step(answer: Answer, step: Step) -> dict[str, Any]:
    return {"lever": step.lever, "design": _candidate(answer, step.candidate)}


def _year(year: YearOfGrowth) -> dict[str, Any]:
    judged = year.judgement
    return {
        "year": year.year,
        "share": year.share,
        "devices": year.devices,
        "holds": year.holds,
        "simulated": judged is not None,
        "worst": judged.worst.target.figure if judged and judged.worst else None,
        "targets": [_evidence(each) for each in judged.evidence] if judged else [],
    }
