"""A made-up folder of trials: more meters, and fewer of their messages arrive."""

from pathlib import Path

import made_up_run
from linli_hostsim.experiments.runs_store import TrialStore
from linli_hostsim.experiments.trial import Trial

GATEWAYS = (1, 4)
METERS = (10, 100, 1000)
SEEDS = (1, 2, 3)


def delivery(gateways: int, meters: int, seed: int) -> float:
    """Return what the trial is said to have delivered."""
    return 1 - meters / (4000 * gateways) - seed / 1000


def write(folder: Path) -> None:
    """Keep the trials in `folder`."""
    with TrialStore(folder) as store:
        for gateways in GATEWAYS:
            for meters in METERS:
                for seed in SEEDS:
                    settings = {"lora.gateways": gateways, "meter.count": meters}
                    figures = {
                        "delivery": delivery(gateways, meters, seed),
                        "latency_p99_s": 2.0 + seed,
                        "messages_per_device_day": 24.0,
                        "alarm_p99_s": None,
                    }
                    store.add(Trial(made_up_run.SCENARIO, settings, seed, 6.0), figures)
