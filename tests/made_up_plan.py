"""A made-up plan as plan.as_json returns it: two gateways, a target out of reach, three years."""

from typing import Any

import made_up_run

TARGETS = {"availability": 0.9999, "delivery.meter": 0.999, "battery_years.meter": 6.0}


def evidence(figure: str, mean: float | None, margin: float, verdict: str) -> dict[str, Any]:
    return {
        "figure": figure,
        "target": TARGETS[figure],
        "mean": mean,
        "limit": mean,
        "verdict": verdict,
        "margin": margin,
        "computed": False,
    }


def design(gateways: int, edge_nodes: int, yuan: int, delivery: float) -> dict[str, Any]:
    """Return a design that costs `yuan` and delivers a share of the meters' reports."""
    holds = delivery >= TARGETS["delivery.meter"]
    margin = 1 - (1 - delivery) / (1 - TARGETS["delivery.meter"])
    return {
        "gateways": gateways,
        "places_m": [[100.0 * number, 90.0] for number in range(1, gateways + 1)],
        "edge_nodes": edge_nodes,
        "bearers": [{"kind": kind, "bearers": ["lora"]} for kind in ("meter", "panic")],
        "report_interval_s": None,
        "present_yuan": yuan,
        "once_yuan": {"gateways and buses": yuan // 2},
        "yearly_yuan": {"gateways": yuan // 20},
        "holds": holds,
        "worst": "delivery.meter",
        "margin": margin,
        "replications": 3,
        "targets": [
            evidence("availability", 0.99995, 0.5, "holds"),
            evidence("delivery.meter", delivery, margin, "holds" if holds else "missed"),
            evidence("battery_years.meter", 3.0, -0.5, "missed"),
        ],
        "settings": {"lora.gateways": str(gateways)},
    }


def plan() -> dict[str, Any]:
    """Return the plan."""
    best, less = design(2, 2, 80_000, 0.9995), design(1, 2, 70_000, 0.99)
    keys = ("gateways", "edge_nodes", "present_yuan", "holds", "margin")
    year = {"share": 1.0, "simulated": False, "worst": None, "targets": []}
    grown = {"simulated": True, "worst": "delivery.meter", "targets": less["targets"]}
    return {
        "scenario": "made-up",
        "targets": TARGETS,
        "reachable": False,
        "best": best,
        "nearest": None,
        "out_of_reach": {"battery_years.meter": 3.2},
        "one_step_less": [
            {"lever": "gateways", "design": less},
            {"lever": "edge nodes", "design": None},
        ],
        "frontier": [less, best],
        "judged": [{key: each[key] for key in keys} for each in (less, best)],
        "growth": [
            year | {"year": 0, "devices": 60, "holds": True},
            year | {"year": 1, "devices": 90, "holds": True},
            year | grown | {"year": 2, "devices": 135, "holds": False},
        ],
        "designs": 12,
        "screened": 5,
        "simulated": 2,
        "scenario_toml": made_up_run.SCENARIO,
        "versions": {"linli": "0.1.0"},
        "run": {"trials": 6, "wall_s": 9.0},
    }
