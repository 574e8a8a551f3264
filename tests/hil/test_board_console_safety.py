"""Whatever is done at its console, an emulated board cannot reach a file of the host.

Everything the tests would let it damage is a canary in a folder of their own, which anybody may
read, write and delete.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import emulated
from consoles import mpremote, on_desk, simple
from linli_hil.emulator import read_image

# Mounts the host's file system again, as a board's own code can, and goes for a folder of it.
ATTACK = """
import os, vfs
for path in ("/", "/host"):
    try:
        vfs.umount(path)
    except OSError:
        pass
vfs.mount(vfs.VfsPosix(), "/host")
vfs.mount(vfs.VfsPosix("{folder}"), "/aim") if {deep} else None
def attempt(name, do):
    try:
        print("DID", name, do())
    except Exception as error:
        print("failed:", name, repr(error))
for root in ("/host{folder}", "/aim", "/host/../../../../{folder}", "/host/proc/self/cwd{folder}"):
    attempt("list", lambda: os.listdir(root))
    attempt("read", lambda: open(root + "/canary").read())
    attempt("write", lambda: open(root + "/canary", "w").write("gone"))
    attempt("create", lambda: open(root + "/new", "w"))
    attempt("mkdir", lambda: os.mkdir(root + "/newdir"))
    attempt("rename", lambda: os.rename(root + "/canary", root + "/moved"))
    attempt("remove", lambda: os.remove(root + "/canary"))
    attempt("rmdir", lambda: os.rmdir(root + "/empty"))
attempt("list", lambda: os.listdir("/host/etc"))
attempt("read", lambda: open("/host/etc/passwd").read())
attempt("read", lambda: open("/host/proc/self/environ").read())
attempt("create", lambda: open("/host/left", "w"))
os.system("echo DID shell; rm -r {folder}/*")
for number in range(3, 64):
    for where in ("/dev/fd/%d", "/proc/self/fd/%d"):
        attempt("list", lambda: os.listdir("/host" + where % number))
print("over")
"""


@pytest.fixture
def canary() -> Iterator[Path]:
    """A folder that anybody may empty, with a file and a folder; all are there afterwards."""
    # Not in pytest's own folders, which are the owner's only: even the board's account has rights.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "canary").write_text("sings")
        (folder / "canary").chmod(0o666)
        (folder / "empty").mkdir()
        (folder / "empty").chmod(0o777)
        yield folder
        assert sorted(path.name for path in folder.iterdir()) == ["canary", "empty"]
        assert (folder / "canary").read_text() == "sings"


def test_no_path_leads_mpremote_out_of_the_image(canary: Path) -> None:
    with on_desk(simple()) as terminal:
        console = terminal.console.path
        listed = mpremote(
            console,
            *("ls", ":/", "+", "ls", ":/.", "+", "ls", ":./", "+"),
            *("exec", "import os; print(os.listdir('/'), os.getcwd())"),
        )
        assert listed.count("boot.py") == 4
        names = {line.split()[-1] for line in listed.splitlines() if line.startswith("    ")}
        assert names == {"boot.py", "main.py"}
        dotted = ("..", "/..", "../etc", "/../../etc/passwd", "./../tmp", f"..{canary}")
        for path in ("/etc", "/proc/self", str(canary), *dotted):
            mpremote(console, "ls", f":{path}", fails=True)
            mpremote(console, "cat", f":{path}", fails=True)
        mpremote(console, "rm", f":{canary}/canary", fails=True)
        mpremote(console, "rm", "-r", f":..{canary}", fails=True)


def test_deleting_everything_deletes_the_image_only(canary: Path) -> None:
    board = simple()
    with on_desk(board) as terminal:
        # MicroPython says in the end that the root itself stays.
        mpremote(terminal.console.path, "rm", "-r", ":/", fails=True)
        assert read_image(board.flash) == {}


def test_a_board_that_mounts_the_hosts_files_finds_none(canary: Path) -> None:
    for deep in (0, 1):
        with on_desk(simple()) as terminal:
            attack = ATTACK.format(folder=canary, deep=deep)
            printed = mpremote(terminal.console.path, "exec", attack)
        assert printed.endswith("over\n") and "DID" not in printed
        assert printed.count("failed: ") > 100


def test_the_boards_process_has_no_rights_and_shares_no_folder() -> None:
    board = simple()
    with on_desk(board):
        assert emulated.comes(board.listens)
        account = board.account
        assert "0" not in account["Uid"].split() or os.geteuid() != 0
        assert int(account["CapEff"], 16) == int(account["CapPrm"], 16) == 0
        process = Path("/proc", account["Pid"])
        files = [os.readlink(each) for each in (process / "fd").iterdir()]
        # Its own flash and keys have no name; the rest is sockets.
        assert all(file.startswith("socket:") or file.endswith("(deleted)") for file in files)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else to try it")
def test_without_root_the_kernel_keeps_the_files_just_the_same(canary: Path) -> None:
    attack = ATTACK.format(folder=canary, deep=1)
    program = """
import os, sys
import micropython_unix
from linli_hil.emulator import launch
folder, attack = sys.argv[1:]
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
launch.shut_away(folder)
sys.argv[1:] = ["-c", attack]
sys.exit(micropython_unix.main())
"""
    shut_in = canary / "empty"
    run = subprocess.run(
        [sys.executable, "-c", program, str(shut_in), attack],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.endswith("over\n"), run.stdout + run.stderr
    assert "DID" not in run.stdout
