"""A command is executed at most once, and not after its expiry."""

from linli_firmware.clock import Clock
from linli_firmware.commands import CommandGate
from linli_firmware.store import MemoryStore
from linli_protocol import codes
from power import cut_everywhere

NOON = 1800000000


def clock_at(unix_s):
    clock = Clock()
    clock.set(unix_s, 0)
    return clock


def command(number, expires=NOON + 60):
    return {"id": number, "expires": expires, "operation": codes.RELEASE_DOOR}


def test_a_command_passes_once():
    gate = CommandGate(MemoryStore(), clock_at(NOON))
    assert gate.admit(command(7), 0) == codes.DONE
    assert gate.admit(command(7), 0) == codes.REPEATED


def test_commands_may_come_out_of_order_within_the_window():
    gate = CommandGate(MemoryStore(), clock_at(NOON))
    assert gate.admit(command(1000), 0) == codes.DONE
    assert gate.admit(command(990), 0) == codes.DONE
    assert gate.admit(command(990), 0) == codes.REPEATED
    assert gate.admit(command(1000 - 64), 0) == codes.REPEATED


def test_a_command_that_waited_96_hours_is_dead():
    gate = CommandGate(MemoryStore(), clock_at(NOON))
    assert gate.admit(command(1), 96 * 3600000) == codes.EXPIRED


def test_a_command_is_dead_in_its_last_second():
    gate = CommandGate(MemoryStore(), clock_at(NOON))
    assert gate.admit(command(1), 60000) == codes.EXPIRED
    assert gate.admit(command(1), 59999) == codes.DONE


def test_without_time_a_command_waits_for_it():
    clock = Clock()
    gate = CommandGate(MemoryStore(), clock)
    assert gate.admit(command(1), 0) == codes.NO_CLOCK
    clock.set(NOON, 0)
    assert gate.admit(command(1), 0) == codes.DONE


def test_no_power_cut_executes_a_command_twice():
    executed = []

    def story(store):
        gate = CommandGate(store, clock_at(NOON))
        for number in (5, 3, 70):
            if gate.admit(command(number), 0) == codes.DONE:
                executed.append(number)
        return True

    def check(store, result):
        gate = CommandGate(store, clock_at(NOON))
        for number in (5, 3, 70):
            if gate.admit(command(number), 0) == codes.DONE:
                executed.append(number)
        assert len(executed) == len(set(executed))
        if result:
            assert sorted(executed) == [3, 5, 70]
        executed.clear()

    assert cut_everywhere(story, check) == 6
