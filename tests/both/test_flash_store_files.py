"""A board's folder behaves like the folder in RAM, on LittleFS and on the host's file system."""

import os

from lfs_flash import HAS_LITTLEFS, MOUNT, Flash
from linli_firmware.storage.files import BoardFiles
from linli_firmware.storage.ram_files import AFTER, BEFORE, GARBAGE, HALF, PowerCut, RamFiles
from support import Random, raises


def in_a_folder(call):
    """Call with the path of a folder that does not exist yet."""
    if HAS_LITTLEFS:
        flash = Flash(32)
        flash.format()
        flash.mount()
        try:
            call(MOUNT + "/data")
        finally:
            flash.unmount()
    else:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            call(folder + "/data")


def test_a_folder_does_what_the_one_in_ram_does():
    def compare(folder):
        random = Random(3)
        files, model = BoardFiles(folder), RamFiles()
        names = ("a", "b.c", "s-events.00000000.10")
        for _ in range(400):
            name = names[random.below(3)]
            choice = random.below(10)
            if choice < 3:
                data = random.bytes(1 + random.below(200))
                files.append(name, data)
                model.append(name, data)
            elif choice < 5:
                chunks = [random.bytes(random.below(300)) for _ in range(3)]
                files.replace(name, chunks)
                model.replace(name, chunks)
            elif choice < 6:
                files.remove(name)
                model.remove(name)
            size = model.size(name)
            assert files.size(name) == size
            offset, count = random.below(size + 10), random.below(100)
            assert files.read(name, offset, count) == model.read(name, offset, count)
            assert sorted(files.names()) == sorted(model.names())
        again = BoardFiles(folder)
        for name in names:
            assert again.read(name, 0, 10000) == model.read(name, 0, 10000)

    in_a_folder(compare)


def test_a_file_may_be_replaced_out_of_itself():
    def rewrite(folder):
        files = BoardFiles(folder)
        files.replace("list", [bytes(range(256)) * 4])
        files.replace("list", (files.read("list", at, 128) for at in range(896, -1, -128)))
        halves = [bytes(range(128)), bytes(range(128, 256))]
        assert files.read("list", 0, 2000) == (halves[1] + halves[0]) * 4

    in_a_folder(rewrite)


def test_what_a_cut_replacement_left_is_removed_at_the_start():
    def restart(folder):
        BoardFiles(folder).append("a", b"1")
        with open(folder + "/a.new", "wb") as file:
            file.write(b"half")
        assert BoardFiles(folder).names() == ["a"]
        assert "a.new" not in os.listdir(folder)

    in_a_folder(restart)


def test_power_is_lost_at_the_operation_asked_for_and_in_the_way_asked_for():
    for torn, left in ((BEFORE, b"old"), (AFTER, b"oldnews!"), (HALF, b"oldne")):
        files = RamFiles()
        files.append("a", b"old")
        files.lose_power_at(2, torn)
        files.replace("b", [b"x"])
        raises(PowerCut, files.append, "a", b"news!")
        assert files.read("a", 0, 99) == left
        files.append("a", b"")  # power is back
        assert files.operations == 4
    files = RamFiles()
    files.lose_power_at(1, GARBAGE)
    raises(PowerCut, files.append, "a", b"news")
    assert files.read("a", 0, 2) == b"ne"
    assert files.size("a") == 4
    assert files.read("a", 0, 4) != b"news"


def test_a_cut_replacement_or_removal_is_whole_or_not_done():
    for torn in (BEFORE, AFTER, HALF, GARBAGE):
        files = RamFiles()
        files.append("a", b"old")
        files.lose_power_at(1, torn)
        raises(PowerCut, files.replace, "a", [b"n", b"ew"])
        assert files.read("a", 0, 9) == (b"old" if torn == BEFORE else b"new")
        files.lose_power_at(1, torn)
        raises(PowerCut, files.remove, "a")
        assert files.names() == (["a"] if torn == BEFORE else [])
