"""What a run tells the economy: how alarms were answered, how long cells last."""

from ..clockwork import US_PER_S
from ..experiments.figures import figures
from ..results import Results
from ..summary import elapsed_us, quantiles

_US_PER_MIN = 60 * US_PER_S
_NEARLY_ALL = 0.95


def told(results: Results) -> dict[str, float]:
    """Return changes to the inputs by key; nothing of what the run has not got.

    `answer_min` is the time that 95 % of the answers to alarms did not exceed, press to `help is
    coming`; alarms without that answer are missing in `alarms_answered`.
    """
    found: dict[str, float] = {}
    alarms = results.tables["alarms"]
    answers_us = elapsed_us(alarms, "help_coming_us")
    if len(alarms["incident"]):
        found["index.observed.alarms_answered"] = len(answers_us) / len(alarms["incident"])
    if len(answers_us):
        (slow_us,) = quantiles(answers_us, [_NEARLY_ALL])
        found["index.observed.answer_min"] = slow_us / _US_PER_MIN
    cell_years = figures(results)["battery_years"]
    if cell_years is not None:
        found["running.cell_years"] = cell_years
    return found
