"""Power cuts in a community: what a device knew before, it knows after; nothing counts twice."""

import random

import pytest

from communities import begun
from linli_hostsim import scenario
from linli_hostsim.community import Community
from linli_hostsim.packet import Packet
from linli_protocol import codes

TINY = scenario.read("tiny")
HOUR_US = 3_600_000_000


def cut(kind: str, at_h: float, **settings: object) -> str:
    lines = [f'kind = "{kind}"', f"at_h = {at_h}"]
    lines += [f"{key} = {str(value).lower()}" for key, value in settings.items()]
    return "\n[[power_cuts]]\n" + "\n".join(lines) + "\n"


def doors(lived: Community) -> list[int]:
    return [device for device, kind in lived.recorder.kinds.items() if kind == codes.DOOR]


@pytest.mark.parametrize("seed", range(1, 5))
def test_events_arrive_once_whatever_write_the_power_fails_in(seed: int) -> None:
    cuts = "".join(cut("door", 0.1 * step, in_write=True, off_min=0.5) for step in range(1, 15))
    lived = begun(TINY + cuts, seed)
    lived.env.run(until=2 * HOUR_US)
    # Quiet at last: everything that is in a log has had the time to arrive.
    lived.env.run(until=round(2.1 * HOUR_US))
    lived.finish()
    recorder = lived.recorder
    assert sum(recorder.restarts.values()) >= 20
    assert recorder.repeated_deliveries == 0
    assert recorder.unmatched_deliveries == 0
    written = sum(lived.twins[device].store.end("events") for device in doors(lived))
    counted = sum(
        number for (kind, _), number in recorder.event_counts.items() if kind == codes.DOOR
    )
    assert written > 20
    assert written - 8 <= counted <= written
    for device in doors(lived):
        assert lived.twins[device].store.damaged == 0


def test_a_device_without_power_is_silent_and_joins_again_with_the_cause() -> None:
    lived = begun(TINY + cut("door", 0.5, off_min=10))
    sent: list[Packet] = []
    create = lived.tracker.create
    lived.tracker.create = lambda packet: (sent.append(packet), create(packet))[1]  # type: ignore[method-assign]
    lived.env.run(until=HOUR_US)
    lived.finish()
    from_doors = [packet.sent_us for packet in sent if packet.source in doors(lived)]
    off = (0.5 * HOUR_US, 0.5 * HOUR_US + 600e6)
    assert [time for time in from_doors if time < off[0]]
    assert not [time for time in from_doors if off[0] < time < off[1]]
    assert [time for time in from_doors if time > off[1]]
    assert {lived.recorder.restarts[device] for device in doors(lived)} == {1}


def test_every_packet_still_has_one_fate() -> None:
    cuts = "".join(
        cut(kind, 0.2 * step, share=0.6, off_min=3)
        for kind in ("door", "meter", "panic")
        for step in range(1, 9)
    )
    lived = begun(TINY + cuts)
    lived.env.run(until=2 * HOUR_US)
    lived.finish()
    settled = sum(tally.packets for tally in lived.tracker.settled.values())
    assert settled == lived.tracker.created
    assert lived.recorder.repeated_deliveries == 0


def test_a_meter_loses_no_more_than_its_checkpoint_and_counts_nothing_twice() -> None:
    lived = begun(TINY)
    meters = [twin for twin in lived.twins.values() if hasattr(twin, "turned_ml")]
    source = random.Random(2)
    for _ in range(12):
        lived.env.run(until=lived.env.now + source.randrange(HOUR_US // 2))
        for meter in meters:
            shown = meter.app.forward_ml
            meter.lose_power(1)
            lived.env.run(until=lived.env.now + 3_000_000)
            assert shown - meter.app.config["checkpoint_l"] * 1000 < meter.app.forward_ml
            assert meter.app.forward_ml <= meter.turned_ml
    assert sum(meter.turned_ml for meter in meters) > 100_000


def test_what_only_ram_held_counts_as_given_up() -> None:
    lived = begun(TINY)
    device = doors(lived)[0]
    lived.recorder.offered(device, 21, 1, 0)
    lived.recorder.restarted(device)
    assert list(lived.recorder.abandoned) == [(device, 21, 1)]
    # Offered anew, it counts from the first time.
    lived.recorder.offered(device, 21, 1, 5_000)
    lived.recorder.delivered(device, 21, 1, 9_000)
    assert list(lived.recorder.latencies[-4:]) == [device, 21, 0, 9_000]
