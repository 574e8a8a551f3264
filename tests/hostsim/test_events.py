"""What a packet costs the simulator: few events and calls, however many devices there are."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from communities import begun
from linli_firmware.actions import Send
from linli_hostsim.clockwork import US_PER_S, at
from linli_hostsim.community import Community
from linli_hostsim.twins import Twin
from linli_protocol import messages

# Everybody has joined by then, on the slowest bearer too.
JOINED_S = 1_500
WINDOW_S = 600
REPORT_S = 60


def community(bearer: str, devices: int) -> Community:
    """Return a community of meters that have joined and that nobody draws water by."""
    text = f"""
        name = "events"
        description = "Meters on one bearer"
        households = {devices}

        [site]
        width_m = 60.0
        height_m = 60.0

        [[devices]]
        kind = "meter"
        count = {devices}
        bearers = ["{bearer}"]

        [people]
        litres_per_household_day = 0.0
        leak_share = 0.0

        [ble]
        gateways = 4

        [rs485]
        devices_per_bus = 128
    """
    community = begun(text)
    community.env.run(until=JOINED_S * US_PER_S)
    return community


def report(lived: Community, twin: Twin) -> None:
    """Send a confirmed report now and every REPORT_S."""
    fields = {"time": twin.core.clock.unix(twin.now), "volume_l": 123_456, "flags": 0}
    twin.core.send(Send(messages.READING, fields), twin.now)
    twin.act()
    at(lived.env, REPORT_S * US_PER_S, report, lived, twin)


@contextmanager
def counted_calls() -> Iterator[Callable[[], int]]:
    """Count calls, of Python and built-in functions; this makes them some five times slower."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(profile)
    try:
        yield lambda: count
    finally:
        sys.setprofile(None)


def cost(bearer: str, devices: int) -> tuple[float, float]:
    """Return events and calls a packet while all devices report.

    Where they do not get in each other's way they report all at once, so that much waits.
    """
    lived = community(bearer, devices)
    spread_us = REPORT_S * US_PER_S if bearer in ("lora", "nbiot") else 0
    for number, twin in enumerate(lived.twins.values()):
        at(lived.env, number * spread_us // devices, report, lived, twin)
    events, packets = lived.events, lived.tracker.created
    with counted_calls() as calls:
        lived.env.run(until=(JOINED_S + WINDOW_S) * US_PER_S)
    packets = lived.tracker.created - packets
    assert packets >= 2 * devices * (WINDOW_S // REPORT_S - 1)
    return (lived.events - events) / packets, calls() / packets


@pytest.mark.parametrize("bearer", ["ethernet", "wifi", "rs485", "lora", "nbiot", "ble"])
def test_events_and_calls_a_packet_do_not_grow_with_the_devices(bearer):
    few_events, few_calls = cost(bearer, 16)
    many_events, many_calls = cost(bearer, 64)
    # Half of the packets are reports, each of which is an event of the test's.
    assert few_events < 6
    assert many_events < few_events * 1.03
    assert few_calls < 400
    assert many_calls < few_calls * 1.03
