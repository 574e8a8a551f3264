"""Events with nothing to do: SimPy alone, and calls by our clockwork on SimPy's queue."""

from collections.abc import Generator

from simpy import Environment, Event

from linli_hostsim.clockwork import US_PER_S, at

from .stopwatch import Done, Stopwatch


def simpy_alone(pending: int, events: int) -> Done:
    """Let so many processes each wait again and again."""
    env = Environment()

    def wait(step_us: int) -> Generator[Event, None, None]:
        while True:
            yield env.timeout(step_us)

    for number in range(pending):
        env.process(wait(US_PER_S + number))
    return _stepped(env, events)


def clockwork(pending: int, events: int) -> Done:
    """Let so many callbacks each have themselves called again and again."""
    env = Environment()

    def call(step_us: int) -> None:
        at(env, step_us, call, step_us)

    for number in range(pending):
        call(US_PER_S + number)
    return _stepped(env, events)


def _stepped(env: Environment, events: int) -> Done:
    stopwatch = Stopwatch()
    for _ in range(events):
        env.step()
    return stopwatch.done(events)
