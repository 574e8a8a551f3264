"""What the composite index rests on besides a community's account."""

from typing import Self

from pydantic import model_validator

from .inputs import STUDY, Inputs, given, share

_UNSEEN = "no run and no account can show it"


class Weights(Inputs):
    """The parts' weights; only their ratios count."""

    economy: float = share(0.40, STUDY, 0.30, 0.50, least=0.01)
    society: float = share(0.45, STUDY, 0.35, 0.55, least=0.01)
    environment: float = share(0.15, STUDY, 0.10, 0.25, least=0.01)


class Observed(Inputs):
    """What a run or a survey has to tell; the study's claims until one does."""

    alarms_answered: float = share(0.96, f"{STUDY}, emergencies rescued; a run has it", 0.80, 1.0)
    answer_min: float = given(
        15, "min", f"{STUDY}, half of the 30 min promised; a run has it", 0.5, 30
    )
    travel_min: float = given(15, "min", f"{STUDY}, on-site response", 5, 30)
    satisfaction: float = share(0.90, f"{STUDY}, at least; {_UNSEEN}", 0.70, 0.98)
    special_services: float = share(
        0.95, f"{STUDY}, services to special groups; {_UNSEEN}", 0.70, 1.0
    )
    elderly_use: float = share(0.78, f"{STUDY}, of the one-key call; {_UNSEEN}", 0.40, 0.90)
    energy_saved: float = share(0.22, f"{STUDY}, in public areas; {_UNSEEN}", 0.0, 0.30)
    waste_less: float = share(0.40, f"{STUDY}; {_UNSEEN}", 0.0, 0.40)
    public_kwh_household_year: float = given(
        250, "kWh a household and year", "Assumption: lifts, pumps and lights", 100, 500
    )
    grid_kg_kwh: float = given(
        0.5366, "kg CO2 a kWh", "Source: China's grid in 2022, Ministry of Ecology", 0.10, 0.75
    )
    water_kwh_m3: float = given(
        0.8, "kWh a m³", "Assumption: pumped, cleaned, pumped up and cleaned again", 0.4, 1.5
    )


class Scales(Inputs):
    """What scores 0 and what scores 100; shares not named here score from 0 to 1."""

    payback_worst_years: float = given(10, "years", "Assumption: the devices' life", 6, 15)
    payback_best_years: float = given(2.8, "years", f"{STUDY}, its best", 2.8, 3.5)
    return_worst: float = given(1.0, "yuan a yuan", "Assumption: the money comes back", 0.0, 1.0)
    return_best: float = given(3.5, "yuan a yuan", STUDY, 3.5, 5.0)
    cost_saved_best: float = share(0.50, f"{STUDY}, its best", 0.30, 0.50, least=0.01)
    response_worst_min: float = given(60, "min", "Assumption: twice what is promised", 45, 240)
    response_best_min: float = given(15, "min", f"{STUDY}, on-site response", 5, 30)
    energy_best: float = share(0.30, f"{STUDY}, its best", 0.20, 0.30, least=0.01)
    waste_best: float = share(0.40, STUDY, 0.40, 0.60, least=0.01)
    co2_best_t: float = given(
        1000, "t a year", f"{STUDY}, a community, at least", 500, 1000, least=0.01
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        for less, more in (
            (self.payback_best_years, self.payback_worst_years),
            (self.return_worst, self.return_best),
            (self.response_best_min, self.response_worst_min),
        ):
            if less >= more:
                raise ValueError("what scores 0 must be worse than what scores 100")
        return self


class IndexInputs(Inputs):
    """All inputs of the index that are not an account's."""

    weights: Weights = Weights()
    observed: Observed = Observed()
    scales: Scales = Scales()
