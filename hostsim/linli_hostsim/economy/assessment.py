"""Everything that is to be said of one community's economy, beside what the study promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .account import Account, Community, account, with_paid_service, without
from .index import Index, composite, of_account
from .parameters import Economy
from .sensitivity import Swing, break_even, extreme, tornado

_STUDY_PAYBACK_YEARS = 3.5
_STUDY_SERVICE_PAYBACK_YEARS = 2.8
_STUDY_RETURN = 3.5
# The middle of -30 % and -50 %.
_STUDY_COST_SAVED = 0.40
_STUDY_COST_SAVED_LEAST = 0.30
_STUDY_CO2_T = 1000.0
_STUDY_INDEX = 92
# A project of light retrofit, at most.
_STUDY_RETROFIT_YUAN = 1_000_000
_RETROFIT = "old-estate"
_NOT_OF_THE_ACCOUNT = "index."


@dataclass(frozen=True, slots=True)
class Promise:
    """One of the study's figures beside ours, which is infinite where it never comes to that."""

    name: str
    unit: str
    study: str
    ours: float
    holds: bool


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The input that moves payback most, and where payback would be the study's.

    `value` is None where no allowed value brings it there.
    """

    key: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """An account, its payback's and its index's sensitivity, and the study's promises.

    `payback_without` has the payback years without each income in turn, infinite for never.
    `index_variants` has the index under other inputs, by what they are.
    """

    community: Community
    economy: Economy
    owned: Account
    paid_service: Account
    payback_without: Mapping[str, float]
    payback_swings: list[Swing]
    break_even: BreakEven
    index: Index
    index_variants: Mapping[str, float]
    index_swings: list[Swing]
    promises: list[Promise]


def assess(community: Community, economy: Economy, has_run: bool = False) -> Assessment:
    """Return the assessment; `has_run` when a run told how alarms were answered (from_run)."""

    def payback(changed: Economy) -> float:
        return account(community, changed).extrapolated_payback

    def index(changed: Economy) -> Index:
        made = account(community, changed)
        return of_account(made, community.households, changed.index, has_run)

    def index_value(changed: Economy) -> float:
        return index(changed).value

    owned, paid = account(community, economy), with_paid_service(community, economy)
    payback_swings = [
        swing
        for swing in tornado(economy, payback)
        if not swing.input.key.startswith(_NOT_OF_THE_ACCOUNT)
    ]
    widest = payback_swings[0].input
    at = break_even(economy, widest, payback, _STUDY_PAYBACK_YEARS)
    index_swings = tornado(economy, index_value)
    made = index(economy)
    return Assessment(
        community,
        economy,
        owned,
        paid,
        {item: without(owned, item, economy.finance).extrapolated_payback for item in owned.income},
        payback_swings,
        BreakEven(widest.key, at),
        made,
        _variants(economy, made, index_value),
        index_swings,
        _promises(community, owned, paid, made),
    )


def _variants(economy: Economy, made: Index, index: Callable[[Economy], float]) -> dict[str, float]:
    of_study = composite(
        _STUDY_PAYBACK_YEARS, _STUDY_RETURN, _STUDY_COST_SAVED, _STUDY_CO2_T, economy.index
    )
    return {
        "as it stands": made.value,
        "the study's figures in place of the account's": of_study.value,
        "without what is only claimed": made.without_claims.value,
        "every input at its worse end": index(extreme(economy, index, highest=False)),
        "every input at its better end": index(extreme(economy, index, highest=True)),
    }


def _promises(community: Community, owned: Account, paid: Account, index: Index) -> list[Promise]:
    payback, service = owned.extrapolated_payback, paid.extrapolated_payback
    (co2,) = (one.value for one in index.measures if one.name == "CO2 spared")
    found = [
        Promise("payback", "years", "3.5", payback, payback <= _STUDY_PAYBACK_YEARS),
        Promise(
            "payback with paid service",
            "years",
            "2.8",
            service,
            service <= _STUDY_SERVICE_PAYBACK_YEARS,
        ),
        Promise(
            "return on capital",
            "yuan a yuan",
            "3.5",
            owned.return_on_capital,
            owned.return_on_capital >= _STUDY_RETURN,
        ),
        Promise(
            "running cost saved, net",
            "share",
            "0.30 to 0.50",
            owned.cost_saved,
            owned.cost_saved >= _STUDY_COST_SAVED_LEAST,
        ),
        Promise("CO2 spared", "t a year", "1000 at least", co2, co2 >= _STUDY_CO2_T),
        Promise("composite index", "of 100", "92", index.value, index.value >= _STUDY_INDEX),
    ]
    if community.name == _RETROFIT:
        holds = owned.capital_yuan <= _STUDY_RETROFIT_YUAN
        found.append(Promise("cost", "yuan", "1 million at most", owned.capital_yuan, holds))
    return found
