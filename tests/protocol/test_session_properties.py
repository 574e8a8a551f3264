"""Properties of sessions: damage and replay are refused, any order in the window accepted."""

from hypothesis import given, settings
from hypothesis import strategies as st

from linli_protocol import messages
from linli_protocol.duty_cycle import HOUR_MS, DutyCycle
from pair import DEVICE, Pair


def sealed(count, body=b"\xa0"):
    """Return a joined pair and `count` packets of the device that the hub has not seen."""
    pair = Pair().join()
    association = pair.device.association
    return pair.hub.association, [association.seal(messages.EVENT, 0, body) for _ in range(count)]


@given(body=st.binary(max_size=60), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_flipped_bit_is_refused_and_the_packet_itself_then_accepted(body, data):
    hub, (packet,) = sealed(1, body)
    bit = data.draw(st.integers(0, len(packet) * 8 - 1))
    bad = bytearray(packet)
    bad[bit // 8] ^= 1 << bit % 8
    assert hub.open(bytes(bad), 0) is None
    assert hub.open(packet, 0).body == body


@given(order=st.permutations(range(64)))
@settings(max_examples=30, deadline=None)
def test_any_order_within_the_window_is_accepted_and_every_replay_refused(order):
    hub, packets = sealed(64)
    assert all(hub.open(packets[index], 0) for index in order)
    assert not any(hub.open(packet, 0) for packet in packets)


@given(data=st.binary(max_size=120))
def test_no_bytes_raise(data):
    hub, _ = sealed(0)
    header = bytes((0x40, 0x13)) + DEVICE.to_bytes(4, "big")
    assert hub.open(data, 0) is None
    assert hub.open(header + data, 0) is None


@given(
    permille=st.integers(1, 100),
    share=st.floats(0.05, 0.9),
    tries=st.lists(st.tuples(st.integers(0, 600_000), st.integers(1, 4_000)), max_size=200),
)
def test_no_hour_exceeds_the_duty_cycle(permille, share, tries):
    allowance = permille * HOUR_MS // 1000
    duty = DutyCycle(permille, max(1, int(allowance * share)))
    now = 0
    spent = []
    for gap, airtime_ms in tries:
        now += gap
        wait = duty.wait(airtime_ms, now)
        if wait is None:
            continue
        now += wait
        assert duty.wait(airtime_ms, now) == 0
        duty.spend(airtime_ms, now)
        spent.append((now, airtime_ms))
    for start, _ in spent:
        hour = [airtime for time, airtime in spent if start <= time < start + HOUR_MS]
        assert sum(hour) <= allowance
