"""Results by device kind: what the terminal's table, the report and results.json all show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tables import Columns


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of durations in microseconds; None when there are no durations.

    A quantile is a value that occurred: the least one that this share of all does not exceed
    (Hyndman and Fan 1996, definition 1). Of durations counted in bins it is a bin's upper end.
    """

    count: int
    p50_us: int | None
    p99_us: int | None
    max_us: int | None

    @classmethod
    def of(cls, durations_us: NDArray[np.int64]) -> "Quantiles":
        """Return the quantiles of `durations_us`."""
        if not len(durations_us):
            return cls(0, None, None, None)
        p50, p99 = quantiles(durations_us, [0.5, 0.99])
        return cls(len(durations_us), p50, p99, int(durations_us.max()))

    @classmethod
    def of_counted(
        cls, durations_us: NDArray[np.int64], up_to_us: NDArray[np.int64], counts: NDArray[Any]
    ) -> "Quantiles":
        """Return those of `durations_us` and of bins, whose durations count as `up_to_us`."""
        if not len(up_to_us):
            return cls.of(durations_us)
        values = np.concatenate((durations_us, up_to_us))
        weights = np.concatenate((np.ones(len(durations_us), np.int64), counts.astype(np.int64)))
        p50, p99 = quantiles(values, [0.5, 0.99], weights)
        return cls(int(weights.sum()), p50, p99, int(values.max()))


@dataclass(frozen=True, slots=True)
class KindSummary:
    """One device kind's sums; `latency` is of delivered messages, from app to hub.

    `acknowledgement` is the time from an alarm's raising until its device heard that the centre has
    it; alarms without one lack in it. `battery_years` are of the median device and of the one whose
    battery is empty first, None where all are on the mains.
    """

    kind: str
    devices: int
    offered: int
    delivered: int
    given_up: int
    outstanding: int
    latency: Quantiles
    alarms: int
    alarms_at_hub: int
    acknowledgement: Quantiles
    retransmissions: int
    dropped: int
    expired: int
    refused: int
    bytes_on_air: int
    energy_j: float
    battery_years_p50: float | None
    battery_years_min: float | None


def quantiles(
    durations_us: NDArray[np.int64],
    shares: list[float],
    counts: NDArray[np.int64] | None = None,
) -> list[int]:
    """Return the quantile of each share of `durations_us`, which must not be empty.

    There are `counts` of each duration, one unless given.
    """
    if counts is None:
        return [int(q) for q in np.quantile(durations_us, shares, method="inverted_cdf")]
    order = np.argsort(durations_us)
    reached = np.cumsum(counts[order])
    places = np.searchsorted(reached, np.array(shares) * reached[-1])
    return [int(durations_us[order[place]]) for place in places]


def elapsed_us(alarms: Columns, stage: str) -> NDArray[np.int64]:
    """Return the times from RAISED to the column `stage`, of the alarms that reached both."""
    elapsed = np.ma.asarray(alarms[stage]) - np.ma.asarray(alarms["raised_us"])
    return np.asarray(elapsed.compressed(), np.int64)


def summarise(tables: Mapping[str, Columns]) -> list[KindSummary]:
    """Return a summary for each kind of device there is, in the order of their names."""
    devices, latencies, alarms = (tables[name] for name in ("devices", "latencies", "alarms"))
    bins = tables["latency_bins"]
    summaries = []
    for kind in sorted(set(devices["kind"])):
        own = devices["kind"] == kind
        own_alarms = {name: column[alarms["kind"] == kind] for name, column in alarms.items()}
        years = np.ma.asarray(devices["battery_years"])[own].compressed()
        sums = {
            name: int(devices[name][own].sum())
            for name in (
                "offered",
                "delivered",
                "given_up",
                "outstanding",
                "retransmissions",
                "dropped",
                "expired",
                "refused",
                "bytes_on_air",
            )
        }
        summaries.append(
            KindSummary(
                kind=kind,
                devices=int(own.sum()),
                latency=Quantiles.of_counted(
                    latencies["latency_us"][latencies["kind"] == kind],
                    *(bins[name][bins["kind"] == kind] for name in ("up_to_us", "messages")),
                ),
                alarms=len(own_alarms["incident"]),
                alarms_at_hub=int(np.ma.count(own_alarms["at_hub_us"])),
                acknowledgement=Quantiles.of(elapsed_us(own_alarms, "acknowledged_us")),
                energy_j=float(devices["energy_j"][own].sum()),
                battery_years_p50=float(np.median(years)) if len(years) else None,
                battery_years_min=float(years.min()) if len(years) else None,
                **sums,
            )
        )
    return summaries
