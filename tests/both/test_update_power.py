"""An update cut at every write to flash and after every chunk ends in a whole old or new version.

On LittleFS, which only MicroPython has built in; `test_update_receiver` cuts folders in RAM.
"""

from lfs_flash import HAS_LITTLEFS

if HAS_LITTLEFS:
    import update_cuts
    from linli_firmware.update.manifest import PIECE

    def test_every_write_may_be_the_last_before_a_power_cut():
        tallies = update_cuts.cut_every_write()
        parts = [tally.part for tally in tallies]
        assert parts == [
            "slot emptied",
            "head",
            "table",
            "files",
            "trial",
            "first start",
            "confirmation",
        ]
        for tally in tallies:
            assert tally.cuts and tally.old + tally.new == tally.cuts, tally.part
            # The new version runs from the moment it is on trial, and never before.
            is_new = tally.part in ("first start", "confirmation")
            assert tally.new == (tally.cuts if is_new else 0), tally.part
            assert tally.asked_again <= PIECE, tally.part

    def test_every_chunk_may_be_the_last_before_a_power_cut():
        tally = update_cuts.cut_every_chunk()
        assert tally.cuts == 8 and (tally.old, tally.new) == (7, 1)
        assert 0 < tally.asked_again <= PIECE

    def test_what_goes_on_after_a_cut_may_be_cut_again():
        tally = update_cuts.cut_twice(31)
        assert tally.cuts > 100 and tally.old + tally.new == tally.cuts
