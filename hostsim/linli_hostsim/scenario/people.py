"""The ground a community stands on, and who lives there."""

from pydantic import Field

from .table import Share, Table


class Site(Table):
    """The ground the community stands on."""

    width_m: float = Field(
        default=1000.0,
        ge=50,
        le=100_000,
        description="West to east. Assumption: a large estate.",
    )
    height_m: float = Field(
        default=1000.0,
        ge=50,
        le=100_000,
        description="South to north. Assumption: a large estate.",
    )
    households_per_building: int = Field(
        default=60,
        ge=1,
        le=1000,
        description="Assumption: one staircase of 15 floors with 4 flats each.",
    )


class People(Table):
    """The residents and what they do."""

    persons_per_household: float = Field(
        default=2.6,
        gt=0,
        le=20,
        description="Source: China's census of 2020, 2.62; recalled.",
    )
    entries_per_person_day: float = Field(
        default=2.0,
        ge=0,
        le=50,
        description="Through the main door, and as many exits. Assumption.",
    )
    unknown_card_share: Share = Field(
        default=0.01,
        description="Of all cards shown. Assumption: visitors and old cards.",
    )
    litres_per_household_day: float = Field(
        default=300.0,
        ge=0,
        le=10_000,
        description="Assumption: some 115 l a person.",
    )
    leak_share: Share = Field(
        default=0.02,
        description="Of all households. Assumption.",
    )
    leak_l_per_h: float = Field(
        default=5.0,
        gt=0,
        le=1000,
        description="Assumption: a running cistern.",
    )
    presses_per_user_month: float = Field(
        default=0.5,
        ge=0,
        le=1000,
        description="Assumption: published rates of telecare services run from 0.005 to 2.8.",
    )
