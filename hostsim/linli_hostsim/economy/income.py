"""What a community takes in and saves in a year, once everybody has joined."""

from .inputs import STUDY, Inputs, given, share

_DAYS_PER_YEAR = 365.25
_MONTHS = 12


class Income(Inputs):
    """Fees, the operations fund, water that is no longer lost, and work that is no longer done."""

    door_yuan_household_month: float = given(
        10, "yuan a household and month", f"{STUDY}, door maintenance", 5, 15
    )
    door_payers: float = share(0.6, "Assumption: of all households", 0.2, 1.0)
    flat_m2: float = given(90, "m²", "Assumption: mean flat", 60, 120)
    fee_yuan_m2_month: float = given(
        1.8, "yuan a m² and month", "Assumption: property fees outside the largest cities", 0.8, 3.0
    )
    fee_paid: float = share(0.85, "Assumption: of property fees due", 0.6, 0.98)
    fund: float = share(0.03, f"{STUDY}, operations fund, of property fees", 0.0, 0.05)
    care_yuan_button_month: float = given(
        15, "yuan a button and month", "Assumption: bought by the district for the elderly", 0, 40
    )
    loss_before: float = share(
        0.12, f"{STUDY}, water lost before smart meters", 0.08, 0.20, most=0.9
    )
    loss_after: float = share(0.03, f"{STUDY}, water lost with smart meters", 0.03, 0.08, most=0.9)
    water_yuan_m3: float = given(3.5, "yuan a m³", "Assumption: tariffs run from 2 to 5", 2.0, 5.0)
    water_kept: float = share(
        0.5, "Assumption: of the saved water's price, the rest is the utility's", 0.0, 1.0
    )
    posts_per_1000_households: float = given(
        5, "posts", "Assumption: gate watch, rounds and meter reading", 2, 10, least=0.01
    )
    post_yuan_year: float = given(
        55_000, "yuan a post and year", "Assumption: with social insurance", 40_000, 80_000, least=1
    )
    posts_saved: float = share(
        0.30, f"{STUDY}, running cost -30 % to -50 %, the cautious end", 0.0, 0.50
    )


class Service(Inputs):
    """The study's `free device, paid service`, as we read it: it gives no terms.

    The project buys all devices, as it does anyway; households with a meter or a button of their
    own pay for what it tells them.
    """

    service_yuan_device_month: float = given(
        8,
        "yuan a device and month",
        "Assumption: leak alerts, visitors' codes, family notes",
        3,
        20,
    )
    subscribers: float = share(0.4, "Assumption: of households with a meter or a button", 0.1, 0.8)
    service_cost: float = share(0.25, "Assumption: of the fee, selling and billing", 0.1, 0.5)


def water_saved_m3(
    households: int, meters: int, litres_per_household_day: float, income: Income
) -> float:
    """Return the water no longer lost in a year, m³.

    Households draw q and the network loses the share L of what it takes in, q / (1 - L). Only what
    leads to metered households is mended: min(1, meters / households).
    """
    drawn_m3 = households * litres_per_household_day * _DAYS_PER_YEAR / 1000
    taken_before, taken_after = (
        drawn_m3 / (1 - lost) for lost in (income.loss_before, income.loss_after)
    )
    return min(1.0, meters / households) * (taken_before - taken_after)


def posts_yuan_year(households: int, income: Income) -> float:
    """Return what the posts that the system bears on cost in a year without it."""
    return income.posts_per_1000_households * households / 1000 * income.post_yuan_year


def yearly(households: int, buttons: int, water_m3: float, income: Income) -> dict[str, float]:
    """Return what a year brings in, in yuan by item; `water_m3` is saved."""
    fees = households * income.flat_m2 * income.fee_yuan_m2_month * _MONTHS * income.fee_paid
    doors = households * income.door_payers * income.door_yuan_household_month * _MONTHS
    return {
        "door maintenance": doors,
        "operations fund": income.fund * fees,
        "one-key call": buttons * income.care_yuan_button_month * _MONTHS,
        "water saved": water_m3 * income.water_yuan_m3 * income.water_kept,
        "posts saved": income.posts_saved * posts_yuan_year(households, income),
    }


def paid_service(household_devices: int, service: Service) -> float:
    """Return what the paid service brings in a year, in yuan, less what selling it costs."""
    fee = service.service_yuan_device_month * _MONTHS * (1 - service.service_cost)
    return household_devices * service.subscribers * fee
