"""What a run is judged by: a few figures, each with its unit, meaning and better direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linli_protocol import words

from .. import scenario
from ..clockwork import US_PER_H, US_PER_S
from ..results import Results
from ..scenario import Scenario
from ..summary import Quantiles, quantiles
from ..tables import Columns

_S_PER_DAY = 86_400
_WORST_CELLS = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a run has, or has not: None where there is nothing to judge.

    Of those with `by_kind` there is also one for each device kind, `delivery.meter`.
    """

    name: str
    unit: str
    meaning: str
    better: Literal["less", "more"]
    by_kind: bool = False


_ALARM = "press of the button to the hub; alarms that had not arrived count with their age"

_ALL = (
    Figure("alarm_p50_s", "s", f"Median time from the {_ALARM}.", "less"),
    Figure("alarm_p99_s", "s", f"99 % take no longer from the {_ALARM}.", "less"),
    Figure("alarm_p999_s", "s", f"99.9 % take no longer from the {_ALARM}.", "less"),
    Figure(
        "alarm_ack_p99_s",
        "s",
        "99 % take no longer from the press until the button heard that the centre has the alarm; "
        "unanswered ones count with their age.",
        "less",
    ),
    Figure("alarm_delivery", "share", "Alarms that had reached the hub at the end.", "more"),
    Figure(
        "delivery",
        "share",
        "Messages that the hub had at the end, of all that apps handed over; what was under way "
        "counts as not delivered.",
        "more",
        by_kind=True,
    ),
    Figure(
        "latency_p99_s",
        "s",
        "99 % of delivered messages take no longer from app to hub.",
        "less",
        by_kind=True,
    ),
    Figure("availability", "share", "Time during which an edge node served.", "more"),
    Figure(
        "battery_years",
        "years",
        "How long a new cell lasts in all but the worst tenth of devices with cells.",
        "more",
        by_kind=True,
    ),
    Figure("battery_years_min", "years", "How long the first cell to be empty lasts.", "more"),
    Figure(
        "energy_j_day",
        "J/day",
        "Mean draw of a device with a cell.",
        "less",
        by_kind=True,
    ),
    Figure(
        "messages_per_device_day",
        "messages/day",
        "Mean of messages that apps handed over.",
        "less",
        by_kind=True,
    ),
    Figure(
        "bytes_per_device_day",
        "bytes/day",
        "Mean of whole packets to and from a device, on all its bearers.",
        "less",
        by_kind=True,
    ),
    Figure(
        "retransmissions",
        "packets/message",
        "Packets sent again for want of an acknowledgement, for each message handed over.",
        "less",
        by_kind=True,
    ),
    Figure(
        "channel_use_max",
        "erlang",
        "Air time of the busiest hour in the busiest channel, bus or coverage class, over that "
        "hour; more than 1 where distant or orthogonal packets overlap.",
        "less",
    ),
    Figure(
        "duty_max",
        "share",
        "Time for which a LoRa gateway sends in the busiest hour, the mean of all gateways.",
        "less",
    ),
    Figure(
        "hub_use",
        "share",
        "Time for which the hub's servers process packets.",
        "less",
    ),
)

FIGURES: dict[str, Figure] = {figure.name: figure for figure in _ALL}


def figure_of(name: str) -> Figure:
    """Return the figure of a name such as delivery or delivery.meter; KeyError when none is."""
    base, dot, kind = name.partition(".")
    figure = FIGURES[base]
    if dot and not (figure.by_kind and kind in words.DEVICE_KINDS.values()):
        raise KeyError(name)
    return figure


def figures(results: Results) -> dict[str, float | None]:
    """Return the figures of a run by name, those of a device kind as `delivery.meter`."""
    tables, duration_s = results.tables, results.meta.duration_s
    described = scenario.parse(results.meta.scenario_toml, results.meta.scenario)
    found = _of_alarms(tables["alarms"], duration_s * US_PER_S)
    found |= _of_messages(tables, duration_s)
    found["availability"] = _availability(tables["interruptions"], duration_s * US_PER_S)
    found["channel_use_max"] = _busiest_channel(tables["airtime_by_hour"], duration_s)
    found["duty_max"] = _gateway_duty(tables["airtime_by_hour"], duration_s, described)
    found["hub_use"] = _hub_use(tables["fates"], duration_s, described)
    for kind in sorted(set(tables["devices"]["kind"])):
        own = {
            name: {column: values[tables[name]["kind"] == kind] for column, values in table.items()}
            for name, table in tables.items()
            if name in ("devices", "latencies", "latency_bins")
        }
        found |= {
            f"{name}.{kind}": value
            for name, value in _of_messages(own, duration_s).items()
            if FIGURES[name].by_kind
        }
    return found


def _of_alarms(alarms: Columns, end_us: int) -> dict[str, float | None]:
    names = ("alarm_p50_s", "alarm_p99_s", "alarm_p999_s")
    if not len(alarms["raised_us"]):
        return dict.fromkeys((*names, "alarm_ack_p99_s", "alarm_delivery"))
    at_hub = quantiles(_ages_us(alarms, "at_hub_us", end_us), [0.5, 0.99, 0.999])
    heard = quantiles(_ages_us(alarms, "acknowledged_us", end_us), [0.99])
    return {
        **{name: age_us / US_PER_S for name, age_us in zip(names, at_hub, strict=True)},
        "alarm_ack_p99_s": heard[0] / US_PER_S,
        "alarm_delivery": np.ma.count(alarms["at_hub_us"]) / len(alarms["raised_us"]),
    }


def _ages_us(alarms: Columns, stage: str, end_us: int) -> NDArray[np.int64]:
    reached_us = np.ma.filled(np.ma.asarray(alarms[stage]), end_us)
    return np.asarray(reached_us - np.ma.getdata(alarms["raised_us"]), np.int64)


def _of_messages(tables: Mapping[str, Columns], duration_s: int) -> dict[str, float | None]:
    devices, bins = tables["devices"], tables["latency_bins"]
    days = duration_s / _S_PER_DAY
    offered = int(devices["offered"].sum())
    latency = Quantiles.of_counted(
        tables["latencies"]["latency_us"], bins["up_to_us"], bins["messages"]
    )
    years = np.ma.asarray(devices["battery_years"]).compressed()
    return {
        "delivery": int(devices["delivered"].sum()) / offered if offered else None,
        "latency_p99_s": None if latency.p99_us is None else latency.p99_us / US_PER_S,
        "battery_years": (
            float(np.quantile(years, _WORST_CELLS, method="inverted_cdf")) if len(years) else None
        ),
        "battery_years_min": float(years.min()) if len(years) else None,
        "energy_j_day": float(devices["energy_j"].sum()) / len(years) / days
        if len(years)
        else None,
        "messages_per_device_day": offered / len(devices["kind"]) / days,
        "bytes_per_device_day": float(devices["bytes_on_air"].sum()) / len(devices["kind"]) / days,
        "retransmissions": int(devices["retransmissions"].sum()) / offered if offered else None,
    }


def _availability(interruptions: Columns, end_us: int) -> float:
    ends_us = np.ma.filled(np.ma.asarray(interruptions["end_us"]), end_us)
    return 1 - int((ends_us - interruptions["start_us"]).sum()) / end_us


def _busiest_channel(air: Columns, duration_s: int) -> float | None:
    loads = [
        _busiest_hour(air, (air["bearer"] == bearer) & (air["channel"] == channel), duration_s)
        for bearer, channel in set(zip(air["bearer"], air["channel"].tolist(), strict=True))
    ]
    return max(loads, default=None)


def _gateway_duty(air: Columns, duration_s: int, described: Scenario) -> float | None:
    if not any("lora" in group.bearers for group in described.devices):
        return None
    sent = (air["bearer"] == "lora") & (air["direction"] == "down")
    return _busiest_hour(air, sent, duration_s) / described.lora.gateways


def _busiest_hour(air: Columns, rows: NDArray[np.bool_], duration_s: int) -> float:
    """Return the greatest share of an hour that the packets of `rows` took."""
    airtime_us = np.bincount(air["hour"][rows], air["airtime_us"][rows])
    # The last hour may be short.
    lengths_us = np.minimum(US_PER_H, duration_s * US_PER_S - np.arange(len(airtime_us)) * US_PER_H)
    return float((airtime_us / lengths_us).max(initial=0.0))


def _hub_use(fates: Columns, duration_s: int, described: Scenario) -> float:
    served = (fates["direction"] == "up") & (fates["fate"] == "delivered")
    busy_s = int(fates["packets"][served].sum()) * described.hub.processing_ms / 1000
    return busy_s / described.hub.servers / duration_s
