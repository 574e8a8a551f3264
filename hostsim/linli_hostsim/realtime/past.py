"""A meter's past: it has counted and frozen registers for days before anybody hears it."""

from collections.abc import Iterator
from typing import Any

from linli_firmware.apps.meter import Meter
from linli_firmware.clock import DAY_S, Clock
from linli_firmware.types import Store

from ..clockwork import US_PER_MS
from ..people.water import Draw


def live_through(
    store: Store,
    config: dict[str, Any],
    begin_s: int,
    span_s: int,
    utc_offset_min: int,
    draws: Iterator[tuple[int, Draw]],
) -> None:
    """Leave in `store` what a meter with `config` has after `span_s` seconds without a hub.

    It begins at the Unix time `begin_s`; `draws` are in order, timed in µs from then on.
    """
    clock = Clock()
    clock.set(begin_s, 0, utc_offset_min)
    # Nobody hears it: a report every few minutes would be so many for nothing.
    meter = Meter({**config, "report_interval_s": DAY_S}, store, clock)
    meter.on_time(0)
    pulse_ml: int = meter.config["pulse_ml"]
    rest_ml = 0
    for time_us, draw in draws:
        if time_us >= span_s * 1_000_000:
            break
        pulses, rest_ml = divmod(rest_ml + draw.volume_ml, pulse_ml)
        # As if all of it flowed at once, which moves a register by a shower at most.
        meter.count_pulses(pulses, time_us // US_PER_MS)
    meter.poll(span_s * 1000)
