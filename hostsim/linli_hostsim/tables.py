"""The result tables as columns: their schema, and how they follow from a run's records.

A table is a dict of numpy arrays of one length. Integers are whole, times in microseconds since the
simulation began; a value that does not exist is masked. docs/RESULTS.md tells what each column
means.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli_protocol import catalogue, words

from .clockwork import US_PER_H
from .cohort.account import Account
from .packet import Direction, Fate
from .recorder import Recorder, Stage, Totals
from .tracker import Tally

Columns = dict[str, NDArray[Any]]

_NEVER_US = 1 << 62

STAGES = tuple(f"{stage.name.lower()}_us" for stage in Stage)

# Table -> column -> SQL type; the numpy types follow from NUMPY_TYPES.
SCHEMA: dict[str, dict[str, str]] = {
    "devices": {
        "device": "UINTEGER",
        "kind": "VARCHAR",
        "offered": "UINTEGER",
        "delivered": "UINTEGER",
        "given_up": "UINTEGER",
        "outstanding": "UINTEGER",
        "retransmissions": "UINTEGER",
        "dropped": "UINTEGER",
        "expired": "UINTEGER",
        "duplicates": "UINTEGER",
        "refused": "UINTEGER",
        "restarts": "UINTEGER",
        "bytes_on_air": "UBIGINT",
        "energy_j": "DOUBLE",
        "battery_years": "DOUBLE",
    },
    "latencies": {
        "device": "UINTEGER",
        "kind": "VARCHAR",
        "message": "VARCHAR",
        "offered_us": "BIGINT",
        "latency_us": "BIGINT",
    },
    "latency_bins": {
        "kind": "VARCHAR",
        "message": "VARCHAR",
        "up_to_us": "BIGINT",
        "messages": "UBIGINT",
    },
    "fates": {
        "bearer": "VARCHAR",
        "direction": "VARCHAR",
        "fate": "VARCHAR",
        "packets": "UBIGINT",
        "bytes": "UBIGINT",
        "airtime_us": "UBIGINT",
    },
    "alarms": {"device": "UINTEGER", "kind": "VARCHAR", "incident": "UINTEGER"}
    | dict.fromkeys(STAGES, "BIGINT"),
    "events": {"time_us": "BIGINT", "device": "UINTEGER", "kind": "VARCHAR", "event": "VARCHAR"},
    "airtime_by_hour": {
        "hour": "UINTEGER",
        "bearer": "VARCHAR",
        "channel": "INTEGER",
        "direction": "VARCHAR",
        "packets": "UBIGINT",
        "bytes": "UBIGINT",
        "airtime_us": "UBIGINT",
    },
    "updates": {
        "device": "UINTEGER",
        "kind": "VARCHAR",
        "start_us": "BIGINT",
        "begun_us": "BIGINT",
        "verified_us": "BIGINT",
        "running_us": "BIGINT",
        "fate": "VARCHAR",
        "energy_j": "DOUBLE",
    },
    "update_air": {
        "device": "UINTEGER",
        "kind": "VARCHAR",
        "bearer": "VARCHAR",
        "direction": "VARCHAR",
        "packets": "UBIGINT",
        "bytes": "UBIGINT",
        "airtime_us": "UBIGINT",
    },
    "interruptions": {
        "start_us": "BIGINT",
        "end_us": "BIGINT",
        "cause": "VARCHAR",
        "node": "UINTEGER",
        "unreplicated": "UINTEGER",
    },
    "hub_refusals": {"reason": "VARCHAR", "packets": "UBIGINT"},
    "hub_by_hour": {
        "hour": "UINTEGER",
        "packets": "UBIGINT",
        "busy_us": "UBIGINT",
        "waited_us": "UBIGINT",
        "waiting_most": "UINTEGER",
    },
    "backlog": {"hour": "UINTEGER", "kind": "VARCHAR", "messages": "UBIGINT"},
    "places": {
        "what": "VARCHAR",
        "number": "UINTEGER",
        "x_m": "DOUBLE",
        "y_m": "DOUBLE",
    },
    "links": {
        "device": "UINTEGER",
        "bearer": "VARCHAR",
        "station": "UINTEGER",
        "loss_db": "DOUBLE",
        "margin_db": "DOUBLE",
        "heard_by": "UINTEGER",
        "spreading_factor": "UINTEGER",
    },
}

NUMPY_TYPES: dict[str, Any] = {
    "VARCHAR": object,
    "INTEGER": np.int32,
    "UINTEGER": np.uint32,
    "BIGINT": np.int64,
    "UBIGINT": np.uint64,
    "DOUBLE": np.float64,
}


def columns(table: str, rows: Iterable[Sequence[Any]]) -> Columns:
    """Return `rows`, their values in the order of the schema, as columns; None is masked."""
    schema = SCHEMA[table]
    by_column = list(zip(*rows, strict=True)) or [()] * len(schema)
    return {
        name: _column(values, NUMPY_TYPES[sql_type])
        for (name, sql_type), values in zip(schema.items(), by_column, strict=True)
    }


def _column(values: Sequence[Any], numpy_type: Any) -> NDArray[Any]:
    missing = [value is None for value in values]
    if not any(missing):
        return np.array(values, numpy_type)
    filled = [0 if value is None else value for value in values]
    return np.ma.masked_array(np.array(filled, numpy_type), missing)


def from_run(
    recorder: Recorder, settled: Mapping[tuple[str, Direction, Fate], Tally]
) -> dict[str, Columns]:
    """Return every table of SCHEMA from a run's recorder and its tracker's `settled`.

    Rows come in an order of their own, not in that of the calls.
    """
    return {
        "devices": _devices(recorder),
        "latencies": _latencies(recorder),
        "latency_bins": _latency_bins(recorder),
        "fates": _fates(settled),
        "alarms": _alarms(recorder),
        "events": _events(recorder),
        "airtime_by_hour": _airtime_by_hour(recorder),
        "updates": _updates(recorder),
        "update_air": _update_air(recorder),
        "interruptions": columns("interruptions", recorder.interruptions),
        "hub_refusals": columns("hub_refusals", sorted(recorder.hub_refusals.items())),
        "hub_by_hour": columns(
            "hub_by_hour", [(hour, *use) for hour, use in sorted(recorder.hub_use.items())]
        ),
        "backlog": _backlog(recorder),
        "places": recorder.places or columns("places", []),
        "links": recorder.links or columns("links", []),
    }


def _kind(recorder: Recorder, device: int) -> str:
    return words.DEVICE_KINDS[recorder.kinds[device]]


def _per_device(keys: Iterable[tuple[int, int, Hashable]]) -> Counter[int]:
    return Counter(device for device, _, _ in keys)


def _devices(recorder: Recorder) -> Columns:
    delivered = Counter(recorder.latencies[0::4])
    given_up = _per_device(recorder.abandoned)
    outstanding = _per_device(recorder.outstanding)
    unknown = Totals(0, 0, 0, 0, 0, 0.0, None)
    rows = []
    for device in sorted(recorder.kinds):
        counts = (delivered[device], given_up[device], outstanding[device])
        totals = recorder.totals_of.get(device, unknown)
        rows.append(
            (
                device,
                _kind(recorder, device),
                sum(counts),
                *counts,
                totals.retransmissions,
                totals.dropped,
                totals.expired,
                totals.duplicates,
                totals.refused,
                recorder.restarts[device],
                recorder.bytes_of[device],
                totals.energy_j,
                totals.battery_years,
            )
        )
    found = columns("devices", rows)
    for cohort in recorder.cohorts:
        found = joined(found, _cohort_devices(cohort))
    return found


def _cohort_devices(cohort: Account) -> Columns:
    nothing = np.zeros(len(cohort.device), np.int64)
    given = {
        "kind": np.full(len(cohort.device), words.DEVICE_KINDS[cohort.kind], object),
        "outstanding": cohort.offered - cohort.delivered,
    }
    own = {"device", "offered", "delivered", "retransmissions", "bytes_on_air", "energy_j"}
    given |= {name: getattr(cohort, name) for name in own | {"battery_years"}}
    return {
        name: given.get(name, nothing).astype(NUMPY_TYPES[sql_type])
        for name, sql_type in SCHEMA["devices"].items()
    }


def joined(one: Columns, other: Columns) -> Columns:
    """Return the rows of two tables, each of which names its device, in the order of devices."""
    order = np.argsort(np.concatenate((one["device"], other["device"])), kind="stable")
    both: Columns = {}
    for name in one:
        columns_of = one[name], other[name]
        values = np.concatenate([np.ma.getdata(column) for column in columns_of])[order]
        missing = np.concatenate([np.ma.getmaskarray(column) for column in columns_of])[order]
        both[name] = np.ma.masked_array(values, missing) if missing.any() else values
    return both


def _latency_bins(recorder: Recorder) -> Columns:
    return columns(
        "latency_bins",
        [
            (words.DEVICE_KINDS[cohort.kind], catalogue.KINDS[cohort.message].name, *row)
            for cohort in recorder.cohorts
            for row in cohort.delivery.bins()
        ],
    )


def _latencies(recorder: Recorder) -> Columns:
    rows = np.array(recorder.latencies, np.int64).reshape(-1, 4)
    device, message, offered_us, latency_us = rows[np.lexsort(rows.T[[3, 1, 0, 2]])].T
    return {
        "device": device.astype(np.uint32),
        "kind": np.array([_kind(recorder, int(number)) for number in device], object),
        "message": np.array([catalogue.KINDS[int(kind)].name for kind in message], object),
        "offered_us": offered_us,
        "latency_us": latency_us,
    }


def _backlog(recorder: Recorder) -> Columns:
    """Return what was under way at the end of each hour, up to the last in which that changed."""
    delivered = np.array(recorder.latencies, np.int64).reshape(-1, 4)
    never = [
        (device, message, offered_us, _NEVER_US - offered_us)
        for (device, message, _), offered_us in recorder.outstanding.items()
    ]
    found = np.concatenate((delivered, np.array(never, np.int64).reshape(-1, 4)))
    offered_us, ended_us = found[:, 2], found[:, 2] + found[:, 3]
    changes_us = np.concatenate((offered_us, delivered[:, 2] + delivered[:, 3]))
    hours = int(changes_us.max()) // US_PER_H + 1 if len(changes_us) else 0
    ends_us = (np.arange(hours) + 1) * US_PER_H
    kinds = np.array([recorder.kinds[device] for device in found[:, 0].tolist()], np.int64)
    rows: list[tuple[int, str, int]] = []
    for kind in np.unique(kinds).tolist():
        begun, over = (
            np.searchsorted(np.sort(times[kinds == kind]), ends_us)
            for times in (offered_us, ended_us)
        )
        name = words.DEVICE_KINDS[kind]
        rows += [(hour, name, int(number)) for hour, number in enumerate(begun - over)]
    return columns("backlog", sorted(rows))


def _fates(settled: Mapping[tuple[str, Direction, Fate], Tally]) -> Columns:
    return columns(
        "fates",
        [
            (
                bearer,
                direction.name.lower(),
                fate.name.lower().replace("_", " "),
                tally.packets,
                tally.payload_bytes,
                tally.airtime_us,
            )
            for (bearer, direction, fate), tally in sorted(settled.items(), key=lambda i: i[0])
        ],
    )


def _alarms(recorder: Recorder) -> Columns:
    return columns(
        "alarms",
        [
            (device, _kind(recorder, device), incident, *times)
            for (device, incident), times in sorted(recorder.alarms.items(), key=lambda i: i[0])
        ],
    )


def _events(recorder: Recorder) -> Columns:
    rows = zip(recorder.events[0::3], recorder.events[1::3], recorder.events[2::3], strict=True)
    return columns(
        "events",
        [
            (time_us, device, _kind(recorder, device), words.EVENTS[code])
            for time_us, device, code in sorted(rows)
        ],
    )


def _airtime_by_hour(recorder: Recorder) -> Columns:
    rows = [
        (hour, bearer, channel, "down" if downlink else "up", *tally)
        for (bearer, channel, downlink, hour), tally in recorder.air.items()
    ]
    return columns("airtime_by_hour", sorted(rows))


def _updates(recorder: Recorder) -> Columns:
    return columns(
        "updates",
        [
            (
                device,
                _kind(recorder, device),
                update.start_us,
                *update.times_us,
                update.fate,
                update.energy_j,
            )
            for device, update in sorted(recorder.updates.items())
        ],
    )


def _update_air(recorder: Recorder) -> Columns:
    return columns(
        "update_air",
        [
            (device, _kind(recorder, device), bearer, "down" if downlink else "up", *tally)
            for (device, bearer, downlink), tally in sorted(recorder.update_air.items())
        ],
    )
