"""What a community pays besides its equipment: once for the project, then every year."""

from .equipment import Equipment, kept_running
from .inputs import STUDY, Inputs, given, share
from .prices import Prices

_CELLS = ("meter", "panic")


class Running(Inputs):
    """The project, and what keeps devices, platform and people going."""

    planning: float = share(
        0.10, "Assumption: planning and acceptance, on top of all equipment", 0.05, 0.20
    )
    integration_yuan: float = given(
        60_000, "yuan", "Assumption: joining one community to a platform", 20_000, 200_000
    )
    platform_yuan_device_year: float = given(
        12, "yuan a device and year", "Assumption: one yuan a month", 3, 40
    )
    failures_device_year: float = share(
        0.04,
        f"Assumption: maintained devices. {STUDY[8:]} has 25 % of unmaintained doors faulty",
        0.01,
        0.25,
    )
    visit_yuan: float = given(120, "yuan", "Assumption: an hour of a technician", 60, 250)
    parts: float = share(
        0.40, "Assumption: of the device's price, some mended, some replaced", 0.2, 1.0
    )
    cell_years: float = given(
        6, "years", "Assumption: what plans ask for; a run has its own", 3, 12, least=0.1
    )
    cell_yuan: float = given(
        45, "yuan a change", "Assumption: a lithium cell and a share of a round", 20, 120
    )
    operators_per_1000_households: float = given(
        0.25, "posts", "Assumption: one team for many communities", 0.1, 1.0
    )
    operator_yuan_year: float = given(
        90_000, "yuan a post and year", "Assumption: with social insurance", 60_000, 150_000
    )


def project(equipment_yuan: float, running: Running) -> dict[str, float]:
    """Return what the project costs besides the equipment, in yuan by item."""
    return {
        "planning": running.planning * equipment_yuan,
        "integration": running.integration_yuan,
    }


def yearly(
    households: int, equipment: Equipment, prices: Prices, running: Running
) -> dict[str, float]:
    """Return what a year costs, in yuan by item."""
    priced = prices.model_dump()
    repairs = sum(
        count * (running.visit_yuan + running.parts * priced[f"{kind}_yuan"])
        for kind, count in equipment.devices.items()
    )
    cells = sum(equipment.devices.get(kind, 0) for kind in _CELLS)
    operators = running.operators_per_1000_households * households / 1000
    return {
        **kept_running(equipment, prices),
        "platform": running.platform_yuan_device_year * equipment.device_count,
        "repairs": running.failures_device_year * repairs,
        "cells": cells / running.cell_years * running.cell_yuan,
        "operators": operators * running.operator_yuan_year,
    }
