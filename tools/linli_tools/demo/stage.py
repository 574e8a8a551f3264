"""A demo at work: a site that is served, its page, its devices in processes of their own."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from linli_hostsim.quantities import count
from linli_hub.desk import Desk
from linli_hub.live.running import RunningSite
from linli_hub.site import Site
from linli_hub.ways import Tcp, Udp
from linli_hub.web.app import application
from linli_hub.web.server import WebServer
from linli_protocol import codes, messages, words
from linli_protocol.types import Fields

from ..firmware.boards import App
from .child import usage
from .crew import Crew
from .happenings import Happening, happenings
from .settlement import METER_SETTINGS, Settlement, plans

# How many simulated devices are switched on a second, so that the page is quick meanwhile.
STARTS_PER_S = 67
# What comes with every use of a door, and with every access list.
_EVERYDAY = (codes.GRANTED, codes.EXIT_REQUESTED, codes.LIST_UPDATED)
_APPS = {codes.DOOR: App.DOOR, codes.METER: App.VALVE_METER, codes.PANIC: App.PANIC}
_LOOK_S = 0.02
_FIGURES_S = 60.0

Tell = Callable[[str, dict[str, Any]], None]
"""Takes what happens: a line for people, the same for programs."""


class Stage:
    """The demo of `site`, which is that of `settlement`.

    `tell` hears what is done and heard, `warn` how the demo itself does. WebError: the page cannot
    be served.
    """

    def __init__(
        self, site: Site, settlement: Settlement, tell: Tell, warn: Callable[[str], None]
    ) -> None:
        self._site = site
        self._settlement = settlement
        self._tell = tell
        self._warn = warn
        self._names = {each.device: each.name for each in settlement.devices}
        self._heard: set[int] = set()
        self._messages = 0
        self._running = RunningSite(site, self._seen)
        self._desk = Desk(self._running)
        settings = site.configuration.web
        assert settings is not None, "settlement has a page"
        self._web = WebServer(application(self._desk, self._running, settings), settings)
        self._crews: dict[str, Crew] = {}

    @property
    def address(self) -> str:
        """Where the page is."""
        return self._web.address

    async def run(self) -> None:
        """Serve and let things happen until cancelled; WayError when a way cannot begin."""
        # In the order in which they end.
        parts: list[Coroutine[Any, Any, None]] = [
            self._happen(),
            self._tell_figures(),
            self._live(),
            self._web.run(),
            self._desk.run(),
            self._running.run(),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _live(self) -> None:
        """Run the processes of the devices until cancelled, whatever becomes of them."""
        tcp, udp = self._running.ways["tcp"], self._running.ways["udp"]
        assert isinstance(tcp, Tcp) and isinstance(udp, Udp)
        while not (tcp.port and udp.port):
            await asyncio.sleep(_LOOK_S)
        settlement = self._settlement
        everybody = {
            "seed": settlement.seed,
            "community_key": self._site.community_key.hex(),
            "folder": str(settlement.folder / "boards"),
        }
        simulated = {
            **everybody,
            "plans": [asdict(each) for each in plans(settlement)],
            "servers": {each.name: (each.host, each.port) for each in (tcp, udp)},
            "time_zone": self._site.configuration.time_zone,
            "spread_s": len(settlement.simulated) / STARTS_PER_S,
        }
        boards = {
            **everybody,
            "settings": {App.VALVE_METER: METER_SETTINGS},
            "boards": [
                {
                    "device": each.device,
                    "app": _APPS[each.kind],
                    "port": str(each.port),
                    "facility": each.facility,
                }
                for each in settlement.boards
            ],
        }
        async with asyncio.TaskGroup() as tasks:
            for title, module, devices, first in (
                ("simulated devices", "simulated", settlement.simulated, simulated),
                ("boards", "boards", settlement.boards, boards),
            ):
                if devices:
                    crew = Crew(
                        title,
                        f"linli_tools.demo.{module}",
                        [each.device for each in devices],
                        first,
                        settlement.folder,
                        self._warn,
                    )
                    self._crews[module] = crew
                    tasks.create_task(crew.run())
        await asyncio.get_running_loop().create_future()

    async def _happen(self) -> None:
        for wait_s, happening in happenings(self._settlement, self._heard.__contains__):
            await asyncio.sleep(wait_s)
            if happening is not None:
                self._do(happening)

    def _do(self, happening: Happening) -> None:
        device = happening.device
        crew = self._crews["simulated" if device.port is None else "boards"]
        crew.order(happening.order())
        if happening.told is not None:
            self._tell(happening.told, {"done": happening.do, "device": f"{device.device:08x}"})

    def _seen(self, device: int, kind: int, fields: Fields, time_us: int) -> None:
        self._messages += 1
        if device not in self._heard:
            self._heard.add(device)
            for crew in self._crews.values():
                crew.heard(device)
        if kind == messages.ALARM:
            what = "alarm"
        elif kind == messages.EVENT and fields["code"] not in _EVERYDAY:
            what = words.EVENTS.get(fields["code"], "an event")
        else:
            return
        told = {"heard": what, "device": f"{device:08x}"}
        self._tell(f"heard from {self._names[device]}: {what}", told)

    async def _tell_figures(self) -> None:
        """Tell once a minute what runs, and what it takes."""
        before: dict[str, float] = {}
        while True:
            heard = self._messages
            await asyncio.sleep(_FIGURES_S)
            taken = {"hub": usage(), **{each.title: each.figures for each in self._crews.values()}}
            parts = [
                f"{title} {(now['cpu_s'] - before.get(title, 0)) / _FIGURES_S:.0%} of a core, "
                f"{now['memory_mb']:.0f} MB"
                for title, now in taken.items()
            ]
            before = {title: now["cpu_s"] for title, now in taken.items()}
            self._warn(
                f"{count(len(self._heard))} devices heard, {count(self._messages - heard)} "
                f"messages a minute; {'; '.join(parts)}"
            )
