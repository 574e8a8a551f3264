"""Whole packets are as small as the plan asks, and docs/PROTOCOL.md tells their sizes."""

import csv
import gzip
from pathlib import Path

from linli_protocol import catalogue, deltas, messages
from linli_tools.vectors import page, sizes
from linli_tools.vectors.messages import DAY_L, SAMPLES
from pair import Pair
from shared_data import require

PAGE = Path(__file__).parents[2] / "docs/PROTOCOL.md"


def on_air(kind, fields):
    """Return the length of the packet that a link really sends for a message."""
    pair = Pair(mtu=1024).join()
    pair.air.clear()
    link = pair.hub if catalogue.KINDS[kind].direction == messages.DOWN else pair.device
    link.send(kind, fields, pair.now)
    return len(next(data for _, _, data in _polled(link, pair.now)))


def _polled(link, now):
    return [("", bearer, data) for bearer, data in link.poll(now)]


def test_the_table_is_what_links_really_send():
    for kind, fields in SAMPLES.items():
        if catalogue.KINDS[kind].priority == messages.URGENT and kind < messages.HELLO:
            continue  # joins and acknowledgements are not sent by `send`
        assert on_air(kind, fields) == sizes.packet_size(kind, fields), kind


def test_the_page_holds_the_tables():
    text = PAGE.read_text(encoding="utf-8")
    assert page.place(text) == text, "run python -m linli_tools.vectors"


def test_packets_are_within_their_limits():
    largest = {"time": 0xFFFFFFFF, "sequence": 0xFFFFFFFF, "code": 255, "subject": 0xFFFFFFFF}
    assert sizes.packet_size(messages.EVENT, largest) <= 40
    # A first press, of up to 65 535 incidents; a press repeated, of a device's first 255.
    for alarm in ({"incident": 0xFFFF}, {"incident": 0xFF, "presses": 23}):
        alarm |= {"time": 0xFFFFFFFF, "cause": 23}
        assert sizes.packet_size(messages.ALARM, alarm) <= 32
    reading = {"time": 0xFFFFFFFF, "volume_l": 0xFFFFFFFF, "flags": 255, "battery_mv": 4000}
    assert sizes.packet_size(messages.READING, reading) <= 40
    assert sizes.packet_size(messages.ACKNOWLEDGEMENT, {"ids": bytes(4)}) <= 24
    day = {"time": 0xFFFFFFFF, "volume_l": 0xFFFFFFFF, "deltas": deltas.encode(DAY_L)}
    assert sizes.packet_size(messages.READINGS, day) <= 64


def test_real_days_of_hourly_readings_fit_64_bytes():
    path = require("water/hourly_households.csv.gz")
    series: dict[str, list[int]] = {}
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            litres = int(row["litres_in_hour"] or 0)
            series.setdefault(row["household"], []).append(max(litres, 0))
    longest = 0
    for litres in series.values():
        for start in range(0, len(litres) - 24, 24):
            fields = {
                "time": 0xFFFFFFFF,
                "volume_l": 0xFFFFFFFF,
                "deltas": deltas.encode(litres[start : start + 24]),
            }
            longest = max(longest, sizes.packet_size(messages.READINGS, fields))
    assert 40 < longest <= 64
