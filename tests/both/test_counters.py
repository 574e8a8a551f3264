"""Counters that survive power cuts, and the window that refuses replays."""

from linli_protocol.counters import COUNTER_END, HighWater, ReservedCounter, restore
from linli_protocol.window import Window
from stores import PowerCut, Store


def test_no_number_repeats_whichever_write_the_power_cut_hits():
    for cut_at in range(1, 8):
        for after in (False, True):
            store = Store()
            store.cut_at = cut_at
            store.cut_after_write = after
            given = []
            for _ in range(3):
                counter = ReservedCounter(store, "tx", 4)
                try:
                    for _ in range(9):
                        given.append(counter.take())
                except PowerCut:
                    pass
            assert len(set(given)) == len(given), (cut_at, after)


def test_a_block_costs_one_write():
    store = Store()
    counter = ReservedCounter(store, "tx", 64)
    assert [counter.take() for _ in range(128)] == list(range(128))
    assert store.writes == 2


def test_another_context_starts_at_zero():
    store = Store()
    ReservedCounter(store, "tx", 4, b"a").take()
    assert ReservedCounter(store, "tx", 4, b"a").take() == 4
    assert ReservedCounter(store, "tx", 4, b"b").take() == 0


def test_the_counter_ends_instead_of_starting_over():
    store = Store()
    store.put("tx", (COUNTER_END - 3).to_bytes(4, "big"))
    counter = ReservedCounter(store, "tx", 64)
    assert [counter.take() for _ in range(4)] == [COUNTER_END - 3, COUNTER_END - 2, None, None]
    assert ReservedCounter(store, "tx", 64).take() is None


def test_nothing_accepted_is_accepted_again_after_a_restart():
    for block in (1, 32):
        store = Store()
        high = HighWater(store, "rx", block)
        for number in (0, 5, 3, 40):
            high.raise_to(number)
        assert HighWater(store, "rx", block).limit >= 40
        assert HighWater(store, "rx", block).limit <= 40 + block - 1


def test_a_truncated_number_is_restored_from_its_neighbourhood():
    for highest in (-1, 0, 40_000, 65_535, 65_536, 1_000_000, COUNTER_END - 2):
        for step in (-32_000, -64, -1, 0, 1, 64, 32_000):
            number = highest + 1 + step
            if 0 <= number < COUNTER_END:
                assert restore(number & 0xFFFF, 16, highest) == number, (highest, step)


def test_restoring_never_leaves_the_counters_range():
    for highest in (-1, 10, COUNTER_END - 2, COUNTER_END - 1):
        for low in (0, 1, 0x7FFF, 0x8000, 0xFFFF):
            assert 0 <= restore(low, 16, highest) < COUNTER_END


def test_the_window_takes_each_number_once_in_any_order():
    window = Window(64)
    order = [0, 1, 3, 2, 70, 10, 69, 8, 7]
    for number in order:
        assert window.is_new(number), number
        window.add(number)
        assert not window.is_new(number)
    assert not window.is_new(6)  # 64 behind 70
    assert window.is_new(9)


def test_a_window_that_resumes_takes_nothing_below_its_mark():
    window = Window(64, 100)
    assert not [number for number in range(101) if window.is_new(number)]
    assert window.is_new(101)


def test_a_jump_beyond_the_window_forgets_what_is_behind():
    window = Window(64)
    window.add(5)
    window.add(1000)
    assert window.is_new(937) and not window.is_new(936) and not window.is_new(1000)
