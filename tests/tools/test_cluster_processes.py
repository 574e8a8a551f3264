"""What keeps a cluster's programs running on one machine: it starts again what ended, or hangs."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from linli_tools.cluster.processes import Process

WATCHDOG_S = 1.0
WAIT_S = 30
# Says that it lives, writes its number down, and says it again for as long as it is told to.
PROGRAM = """
import os, socket, sys, time
says = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
says.connect(os.environ["NOTIFY_SOCKET"])
says.send(b"READY=1")
with open("runs", "a") as file:
    print(os.getpid(), file=file)
while True:
    time.sleep(float(os.environ["WATCHDOG_USEC"]) / 3e6)
    if sys.argv[1] == "lives":
        says.send(b"WATCHDOG=1")
"""


def runs(folder: Path) -> list[int]:
    path = folder / "runs"
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


async def run(folder: Path, how: str, story: Callable[[Process], object]) -> None:
    command = [sys.executable, "-c", PROGRAM, how]
    process = Process("program", command, folder / "log", watchdog_s=WATCHDOG_S)
    running = asyncio.create_task(process.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while not story(process):
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert process.pid is None


def test_what_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    asyncio.run(run(tmp_path, "hangs", lambda process: len(runs(tmp_path)) == 3))
    assert len(set(runs(tmp_path))) == 3


def test_what_says_that_it_lives_is_left_alone(tmp_path: Path) -> None:
    async def story() -> None:
        began = asyncio.get_running_loop().time()
        longer_s = 4 * WATCHDOG_S
        over = began + longer_s
        await run(tmp_path, "lives", lambda _: asyncio.get_running_loop().time() > over)

    asyncio.run(story())
    assert len(runs(tmp_path)) == 1


def test_what_is_killed_is_started_again(tmp_path: Path) -> None:
    def kill(process: Process) -> bool:
        before = runs(tmp_path)
        if before == [process.pid]:
            process.kill()
        return len(before) == 2

    asyncio.run(run(tmp_path, "lives", kill))
    assert len(runs(tmp_path)) == 2
