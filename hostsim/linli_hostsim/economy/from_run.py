"""What a run tells the economy: how alarms were answered, how long cells last."""

import numpy as np

from ..results import Results
from ..risk.observed import of_run

_NEARLY_ALL = 0.95


def told(results: Results) -> dict[str, float]:
    """Return changes to the inputs by key; nothing of what the run has not got.

    `answer_min` is the time that 95 % of alarms did not exceed from press to `help is coming`;
    those without that answer count with their age, and are missing in `alarms_answered`.
    `cell_years` is the life that leads to as many changes a year as all cells together need.
    """
    found: dict[str, float] = {}
    answers_s = of_run(results).answers_s
    if answers_s:
        answered = int(np.ma.count(results.tables["alarms"]["help_coming_us"]))
        slow_s = float(np.quantile(answers_s, _NEARLY_ALL, method="inverted_cdf"))
        found["index.observed.alarms_answered"] = answered / len(answers_s)
        found["index.observed.answer_min"] = slow_s / 60
    years = np.ma.asarray(results.tables["devices"]["battery_years"]).compressed()
    if len(years):
        found["running.cell_years"] = float(len(years) / (1 / years).sum())
    return found
