"""The process of a demo's simulated devices: `python -m linli_tools.demo.simulated`."""

import asyncio
import resource
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from linli_hostsim.clockwork import US_PER_S, at, now_us
from linli_hostsim.people import water
from linli_hostsim.people.doors import LEAVING, Passage
from linli_hostsim.people.timeline import play
from linli_hostsim.realtime import Fleet, Plan
from linli_hostsim.twins import DoorTwin, MeterTwin, PanicTwin, Twin

from .child import Message, obey, tell_usage

# A burst pipe, and how long until somebody shuts it off.
BURST_L_PER_H = 3_000
BURST_L = 100
FORCED_S = 8
TAMPERED_S = 60


class Deeds:
    """What can be done to the devices of a fleet, by name."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def do(self, order: Message) -> None:
        """Do `do` to `device`; in vain before it has been switched on."""
        twin = self._fleet.twins.get(order["device"])
        if twin is None:
            return
        self._fleet.pace.catch_up()
        deed: Callable[..., None] = getattr(self, order["do"])
        deed(twin, **order.get("with", {}))
        self._fleet.pace.plan()

    def tap(self, twin: Twin, card: int) -> None:
        """Show a resident's card, from 1 on; 0: a stranger's."""
        assert isinstance(twin, DoorTwin)
        twin.person(Passage(True, card - 1 if card else None))

    def leave(self, twin: Twin) -> None:
        """Go out by the exit button."""
        assert isinstance(twin, DoorTwin)
        twin.person(LEAVING)

    def press(self, twin: Twin) -> None:
        """Press a panic button."""
        assert isinstance(twin, PanicTwin)
        twin.press(None)

    def burst(self, twin: Twin) -> None:
        """Have a pipe burst behind a meter."""
        assert isinstance(twin, MeterTwin)
        now = now_us(self._fleet.env)
        flow = islice(water.leak(BURST_L_PER_H), BURST_L)
        play(self._fleet.env, ((now + time_us, each) for time_us, each in flow), twin.draw)

    def force(self, twin: Twin) -> None:
        """Push a door open that nobody has released."""
        self._hold(twin, "set_contact", FORCED_S)

    def tamper(self, twin: Twin) -> None:
        """Take a cover off, for a while."""
        self._hold(twin, "set_tamper", TAMPERED_S)

    def cut(self, twin: Twin, seconds: int) -> None:
        """Cut the power for so long."""
        twin.lose_power(seconds * US_PER_S)

    def _hold(self, twin: Twin, name: str, seconds: int) -> None:
        self._fleet.input(twin.device, name, True)
        at(self._fleet.env, seconds * US_PER_S, self._fleet.input, twin.device, name, False)


async def simulate(first: Message, orders: "asyncio.Queue[Message]") -> None:
    """Live the devices of `plans`, and obey."""
    # Each device has a socket or two.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    now = datetime.now(ZoneInfo(first["time_zone"]))
    offset = now.utcoffset() or timedelta()
    fleet = Fleet(
        [Plan(**each) for each in first["plans"]],
        bytes.fromhex(first["community_key"]),
        {way: (host, port) for way, (host, port) in first["servers"].items()},
        first["seed"],
        now.replace(tzinfo=None),
        int(time.time()),
        offset // timedelta(minutes=1),
    )
    deeds = Deeds(fleet)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fleet.pace.run())
        tasks.create_task(fleet.switch_on(first["spread_s"]))
        tasks.create_task(tell_usage())
        while True:
            deeds.do(await orders.get())


if __name__ == "__main__":
    obey(simulate)
