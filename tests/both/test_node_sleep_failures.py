"""What goes wrong with a device that sleeps costs neither its battery nor what it is for."""

from bedside import METER, Bedside, button, steps
from desk import HOUR_MS, Part
from faults import DeadSensor, add_driver
from linli_firmware.node import sleeper
from linli_protocol import codes, messages


def test_a_driver_that_fails_is_built_anew_before_the_device_sleeps_long():
    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(HOUR_MS)
    at = bed.now + 10_000
    bed.at(at, lambda: bed.node.wiring.drivers.append(DeadSensor()))
    bed.press(at + 1, for_ms=100)
    bed.press(at + 60_000, for_ms=100)
    bed.run(120_000)
    assert bed.node.supervisor.failures == {"wiring": 2}
    assert len(bed.node.wiring.drivers) == 3
    assert codes.TASK_RESTARTED in bed.events()
    # The pulse in which it failed may be lost, no other.
    assert bed.node.core.device.app.forward_ml >= 1_000


def test_a_driver_that_always_fails_costs_no_more_than_its_retries():
    bed = Bedside("meter", METER)
    bed.power_on()
    bed.run(HOUR_MS)
    add_driver(bed.node, DeadSensor)
    bed.press(bed.now + 3 * HOUR_MS, for_ms=100)
    bed.run(6 * HOUR_MS)
    assert 300 <= bed.node.supervisor.failures["wiring"] <= 500
    assert bed.share_awake() < 0.01
    assert bed.node.core.device.app.forward_ml == 1_000


def test_a_part_that_always_fails_costs_no_more_than_its_retries():
    class Hopeless(Part):
        def poll(self, now):
            raise OSError(5)

    bed = button()
    bed.add_part(Hopeless())
    bed.run(6 * HOUR_MS)
    assert bed.node.supervisor.failures["planted"] >= 300
    assert bed.starts == 1
    assert bed.share_awake() < 0.01
    bed.press(bed.now + 1_000)
    bed.run(60_000)
    assert len(bed.heard(messages.ALARM)) == 1


def test_the_watchdog_is_fed_through_a_sleep_and_not_when_the_node_is_stuck():
    bed = Bedside("meter", METER)
    bed.power_on()
    fed = []
    bed.feed = lambda: fed.append(bed.now)
    bed.run(HOUR_MS)
    assert max(steps(fed)) <= sleeper.PIECE_MS + 1_000
    assert bed.node.supervisor.is_well(bed.node.now())

    def poll(now):
        raise RuntimeError("planted")

    bed.node.core.poll = poll
    bed.node.core.restart = poll
    bed.node.core.next_deadline = lambda: None
    for _ in range(5):
        # The end of each run ends a sleep.
        bed.idle(60_000)
    stuck_at = bed.now
    del fed[:]
    bed.run(60_000)
    assert fed == []
    assert not [1 for since, to in bed.sleeps if since > stuck_at]
