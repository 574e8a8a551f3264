"""The study's three community types: the scenario of each, and the inputs in which it differs."""

from collections.abc import Mapping
from dataclasses import dataclass

from .parameters import Economy


@dataclass(frozen=True, slots=True)
class Difference:
    """An input's value in one type of community, and why."""

    value: float
    source: str


# By the names of shipped scenarios, which tell households and devices.
TYPES: dict[str, Mapping[str, Difference]] = {
    "new-build": {
        "income.door_payers": Difference(0.8, "Assumption: it is part of the contract"),
        "income.fee_yuan_m2_month": Difference(2.4, "Assumption: high-rises with lifts"),
        "income.flat_m2": Difference(100, "Assumption: three rooms and a lift"),
        "income.fee_paid": Difference(0.92, "Assumption: a firm that has just begun"),
    },
    "old-estate": {
        "income.door_payers": Difference(0.4, "Assumption: many are used to open doors"),
        "income.fee_yuan_m2_month": Difference(0.8, "Assumption: walk-ups without lifts"),
        "income.flat_m2": Difference(65, "Assumption: flats of the 1990s"),
        "income.fee_paid": Difference(0.65, "Assumption: the lowest that firms live with"),
        "income.posts_per_1000_households": Difference(3, "Assumption: few are employed there"),
    },
    "ageing": {
        "income.fee_yuan_m2_month": Difference(1.2, "Assumption: between the other two"),
        "income.flat_m2": Difference(75, "Assumption: between the other two"),
        "income.fee_paid": Difference(0.8, "Assumption: between the other two"),
        "income.care_yuan_button_month": Difference(
            20, "Assumption: with remote consultation, which the study gives this type"
        ),
        "service.subscribers": Difference(0.5, "Assumption: relatives of those who live alone"),
    },
}


def economy_of(name: str) -> Economy:
    """Return the inputs of a type, or those of any community for other names."""
    return Economy().changed({key: one.value for key, one in TYPES.get(name, {}).items()})
