"""All inputs of a community's economy in one table."""

from .income import Income, Service
from .index_inputs import IndexInputs
from .inputs import Inputs, given, share
from .prices import Prices
from .running import Running


class Finance(Inputs):
    """How money of different years is compared."""

    discount_rate: float = given(
        0.08,
        "a year",
        "Source: social discount rate of Methods and Parameters for Economic Evaluation of "
        "Construction Projects, 3rd edition (China, 2006)",
        0.05,
        0.12,
        most=1.0,
    )
    horizon_years: float = given(
        10, "years", "Assumption: the devices' life", 8, 15, least=1, most=100
    )
    first_year: float = share(
        0.5, "Assumption: of a year's income in the first, while people join", 0.2, 1.0
    )


class Economy(Inputs):
    """All inputs; those of `index` do not concern the account."""

    prices: Prices = Prices()
    running: Running = Running()
    income: Income = Income()
    service: Service = Service()
    finance: Finance = Finance()
    index: IndexInputs = IndexInputs()
