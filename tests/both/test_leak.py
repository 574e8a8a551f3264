"""The runs of hours with and without flow are taken up from the registers."""

from linli_firmware.apps.leak import HourRuns
from linli_firmware.apps.registers import HOURLY, Registers
from linli_firmware.store import MemoryStore


def runs(rows, threshold_ml=0):
    """Return (flow hours, zero hours) after registers of (hour, total in ml)."""
    registers = Registers(MemoryStore())
    for hour, total_ml in rows:
        registers.freeze(HOURLY, hour * 3600, total_ml, 0)
    found = HourRuns(registers, threshold_ml, 100)
    return found.flow_hours, found.zero_hours


def test_runs_end_where_the_kind_of_hour_changes():
    assert runs([(1, 0), (2, 5), (3, 5), (4, 6), (5, 7)]) == (2, 0)
    assert runs([(1, 0), (2, 5), (3, 5), (4, 5)]) == (0, 2)


def test_an_hour_below_the_threshold_is_neither_flow_nor_dry():
    assert runs([(1, 0), (2, 900), (3, 1800), (4, 1900)], 100) == (0, 0)


def test_runs_do_not_reach_over_a_gap():
    assert runs([(1, 0), (2, 5), (9, 10), (10, 15)]) == (1, 0)


def test_nothing_frozen_is_no_run():
    assert runs([]) == runs([(1, 7)]) == (0, 0)
