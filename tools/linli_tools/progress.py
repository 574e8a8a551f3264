"""Progress bars on standard error: of a simulation's time, and of a number of jobs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from linli_hostsim.quantities import count


@contextmanager
def progress_bar(title: str, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what takes (now_us, end_us) and shows time, speed and time left, if `shown`."""
    bar = Progress(
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.fields[clock]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not shown,
    )
    task = bar.add_task(title, total=None, clock="", speed="")

    def report(now_us: int, end_us: int) -> None:
        elapsed_s = bar.tasks[0].elapsed
        speed = f"{count(round(now_us / 1e6 / elapsed_s))} s/s" if elapsed_s else ""
        days, seconds = divmod(now_us // 1_000_000, 86_400)
        clock = f"{days} d {seconds // 3600:02}:{seconds % 3600 // 60:02} simulated"
        bar.update(task, completed=now_us, total=end_us, clock=clock, speed=speed)

    with bar:
        yield report


@contextmanager
def job_bar(shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield what takes a job's name, its number and how many there are, and shows them."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not shown,
    )
    task = bar.add_task("", total=None)
    with bar:
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )
