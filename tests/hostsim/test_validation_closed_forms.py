"""The closed forms against the tables that an independent program printed."""

import pytest

from linli_hostsim.validation import closed_forms

# Nodes: without and with capture. 20 B, one frame in 1000 s, one channel, exponent 2.08, 6 dB.
SF12_4_8 = {
    100: (0.7126, 0.7609),
    200: (0.5060, 0.5823),
    500: (0.1812, 0.2787),
    1000: (0.0327, 0.1083),
    1600: (0.0042, 0.0553),
}
SF12_4_5 = {
    100: (0.7702, 0.8127),
    200: (0.5917, 0.6622),
    500: (0.2682, 0.3707),
    1000: (0.0718, 0.1634),
    1600: (0.0148, 0.0814),
}
SF6_500 = {
    100: (0.9986, 0.9989),
    200: (0.9972, 0.9977),
    500: (0.9930, 0.9942),
    1000: (0.9860, 0.9885),
    1600: (0.9776, 0.9816),
}
CELLS = [
    (airtime_ms, symbol_ms, nodes, *expected)
    for airtime_ms, symbol_ms, table in (
        (1712.128, 32.768, SF12_4_8),
        (1318.912, 32.768, SF12_4_5),
        (7.072, 0.128, SF6_500),
    )
    for nodes, expected in table.items()
]


@pytest.mark.parametrize(("airtime_ms", "symbol_ms", "nodes", "simple", "capture"), CELLS)
def test_der_simple_and_der_capture(
    airtime_ms: float, symbol_ms: float, nodes: int, simple: float, capture: float
) -> None:
    airtime_s, spare_s = airtime_ms / 1000, 3 * symbol_ms / 1000
    assert round(closed_forms.der_simple(nodes, airtime_s, 1000), 4) == simple
    ratio = closed_forms.der_capture(nodes, airtime_s, spare_s, 1000, 2.08, 6.0)
    assert round(ratio, 4) == capture


def test_three_channels_carry_120_nodes_at_nine_in_ten() -> None:
    # "120 nodes at a delivery above 0.9" of LoRaSim's abstract holds for three channels only.
    assert closed_forms.der_simple(120, 1.318912, 1000, 3) == pytest.approx(0.9008, abs=5e-5)
    with_capture = closed_forms.der_capture(120, 1.318912, 0.098304, 1000, 2.08, 6.0, 3)
    assert with_capture == pytest.approx(0.9198, abs=5e-5)


def test_capture_that_never_helps_is_the_simple_form() -> None:
    simple = closed_forms.der_simple(100, 1.3, 1000)
    never = closed_forms.der_capture(100, 1.3, 0.0, 1000, 2.08, 1000.0)
    assert never == pytest.approx(simple, rel=1e-12)


def test_aloha() -> None:
    pure = {0.01: 0.00980, 0.05: 0.04524, 0.1: 0.08187, 0.2: 0.13406, 0.5: 0.18394, 2: 0.03663}
    slotted = {0.1: 0.09048, 0.5: 0.30327, 1: 0.36788, 2: 0.27067}
    assert {load: round(closed_forms.pure_aloha(load), 5) for load in pure} == pure
    assert {load: round(closed_forms.slotted_aloha(load), 5) for load in slotted} == slotted


def test_erlang_b() -> None:
    table = {0.5: 5.876e-8, 1: 9.124e-6, 2: 8.595e-4, 4: 3.042e-2, 6: 1.219e-1, 8: 2.356e-1}
    for load, blocked in table.items():
        assert closed_forms.erlang_b(8, load) == pytest.approx(blocked, rel=5e-4)


@pytest.mark.parametrize(
    ("servers", "utilisation", "waiting", "mean", "p50", "p99", "p999"),
    [
        (1, 0.5, 0.50000, 1.00000, 0.0000, 7.8240, 12.4292),
        (1, 0.9, 0.90000, 9.00000, 5.8779, 44.9981, 68.0239),
        (2, 0.7, 0.57647, 0.96078, 0.2372, 6.7572, 10.5949),
        (4, 0.8, 0.59643, 0.74554, 0.2204, 5.1105, 7.9887),
        (8, 0.5, 0.05904, 0.01476, 0.0000, 0.4439, 1.0196),
        (8, 0.95, 0.84417, 2.11042, 1.3094, 11.0894, 16.8459),
    ],
)
def test_mmc(
    servers: int,
    utilisation: float,
    waiting: float,
    mean: float,
    p50: float,
    p99: float,
    p999: float,
) -> None:
    assert closed_forms.erlang_c(servers, servers * utilisation) == pytest.approx(waiting, abs=5e-6)
    assert closed_forms.mmc_mean_wait(servers, utilisation) == pytest.approx(mean, abs=5e-6)
    for share, wait in ((0.5, p50), (0.99, p99), (0.999, p999)):
        quantile = closed_forms.mmc_wait_quantile(servers, utilisation, share)
        assert quantile == pytest.approx(wait, abs=5e-5)


@pytest.mark.parametrize(
    ("utilisation", "mean", "p50", "p99", "p999"),
    [
        (0.50, 0.50000, 0.0000, 3.3363, 5.1684),
        (0.70, 1.16667, 0.7298, 6.4855, 9.8944),
        (0.80, 2.00000, 1.2759, 10.3559, 15.7003),
        (0.90, 4.50000, 3.0130, 21.8982, 33.0140),
        (0.95, 9.50000, 6.4807, 44.9378, 67.5733),
    ],
)
def test_md1(utilisation: float, mean: float, p50: float, p99: float, p999: float) -> None:
    assert closed_forms.md1_mean_wait(utilisation) == pytest.approx(mean, abs=5e-6)
    assert closed_forms.md1_wait_share(utilisation, 0.0) == pytest.approx(1 - utilisation)
    for share, wait in ((0.5, p50), (0.99, p99), (0.999, p999)):
        assert closed_forms.md1_wait_quantile(utilisation, share) == pytest.approx(wait, abs=6e-5)


@pytest.mark.parametrize(
    ("baud", "poll_ms"),
    [(9600, 50.833), (19200, 27.917), (38400, 17.953), (57600, 14.802), (115200, 11.651)],
)
def test_a_modbus_transaction(baud: int, poll_ms: float) -> None:
    assert round(1000 * closed_forms.poll_s(baud, 8, 25, 0.005), 3) == poll_ms


def test_pareto() -> None:
    assert closed_forms.capped_pareto_mean(2.5, 20, 200) == pytest.approx(32.91, abs=0.005)
    assert closed_forms.capped_pareto_mean(1.5, 200, 2000) == pytest.approx(473.5, abs=0.05)
    quantiles = [closed_forms.pareto_quantile(2.5, 20, share) for share in (0.5, 0.9, 0.99)]
    assert quantiles == pytest.approx([26.39, 50.24, 126.2], abs=0.05)


def test_availability() -> None:
    assert closed_forms.all_down(4, 0.98 / 1000, 1 / 24, 4) == pytest.approx(2.8e-7, rel=0.02)
    available = 1 - closed_forms.unavailability(4, 8760, 24, 10, 0.02, 4)
    assert available == pytest.approx(0.999945, abs=5e-7)
    assert 1 - closed_forms.unavailability(4, 4380, 24, 10, 0.02, 4) < 0.9999
