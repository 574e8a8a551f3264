"""The process of a demo's emulated boards: `python -m linli_tools.demo.boards`."""

import asyncio
import dataclasses
import json
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from linli_hil.identity import identity_of
from linli_hostsim.clockwork import US_PER_S
from linli_hostsim.people import water
from linli_hostsim.scenario.people import People
from linli_hostsim.streams import stream
from linli_protocol.keys import root_key

from ..board.flash import Content, new
from ..board.wiring import configuration
from ..firmware.boards import App
from .child import Message, obey, tell_usage
from .plugged_board import PluggedBoard
from .simulated import BURST_L, BURST_L_PER_H, FORCED_S, TAMPERED_S

# How soon what comes over a line is carried on.
_TURN_S = 0.02
_TAMPER_PIN = 21
_STRANGERS = 0xFFFF
_PRESSED_S = 0.6
# The motor of a valve, the end stop that it turns to, the one that it comes from.
_TRAVELS = (("valve_open", "end_open", "end_closed"), ("valve_close", "end_closed", "end_open"))
_TRAVEL_S = 3.0
_LOOK_S = 0.2
_BUTTON_S = 0.4


class Boards:
    """The boards of a demo by address, and what can be done to them, by name."""

    def __init__(self, seed: int, tasks: asyncio.TaskGroup) -> None:
        self._random = stream(seed, "boards")
        self._boards: dict[int, PluggedBoard] = {}
        self._tasks = tasks

    async def add(self, device: int, board: PluggedBoard) -> None:
        """Take a board that has been plugged in, and switch it on."""
        self._boards[device] = board
        if board.app == App.VALVE_METER:
            board.hand.drive("end_open", "1")
            board.hand.drive("end_closed", "0")
            random = stream(self._random.getrandbits(32), "draws")
            self._tasks.create_task(self._draw(board, random))
            self._tasks.create_task(self._turn_valve(board))
        await asyncio.to_thread(board.power_on)

    async def turn(self) -> None:
        """Carry what waits on the lines, for ever."""
        while True:
            for board in self._boards.values():
                board.turn()
            await asyncio.sleep(_TURN_S)

    def do(self, order: Message) -> None:
        """Do `do` to `device`; in vain before it has been switched on."""
        board = self._boards.get(order["device"])
        if board is not None:
            deed: Callable[..., Any] = getattr(self, order["do"])
            self._tasks.create_task(deed(board, **order.get("with", {})))

    def close(self) -> None:
        """Throw the boards away."""
        for board in self._boards.values():
            board.close()

    async def tap(self, board: PluggedBoard, card: int) -> None:
        """Show a resident's card, from 1 on; 0: a stranger's. Who is let in goes in."""
        if card:
            board.hand.card(str(board.facility), str(card))
        else:
            board.hand.card(str(_STRANGERS), str(self._random.randrange(1 << 16)))
        await self._pass(board)

    async def leave(self, board: PluggedBoard) -> None:
        """Go out by the exit button."""
        await self._hold(board, "exit_button", _BUTTON_S)
        await self._pass(board)

    async def press(self, board: PluggedBoard) -> None:
        """Press a panic button."""
        await self._hold(board, "button", _PRESSED_S)

    async def burst(self, board: PluggedBoard) -> None:
        """Have a pipe burst behind a meter; its valve stops that."""
        for _ in range(BURST_L):
            self._flow(board, 1)
            await asyncio.sleep(3600 / BURST_L_PER_H)

    async def force(self, board: PluggedBoard) -> None:
        """Push a door open that nobody has released."""
        await self._hold(board, "contact", FORCED_S)

    async def tamper(self, board: PluggedBoard) -> None:
        """Take a cover off, for a while."""
        await self._hold(board, "tamper", TAMPERED_S)

    async def cut(self, board: PluggedBoard, seconds: int) -> None:
        """Cut the power for so long."""
        await asyncio.to_thread(board.power_off)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(board.power_on)

    async def _hold(self, board: PluggedBoard, pin: str, seconds: float) -> None:
        board.hand.drive(pin, "1")
        await asyncio.sleep(seconds)
        board.hand.drive(pin, "0")

    async def _pass(self, board: PluggedBoard) -> None:
        await asyncio.sleep(1)
        if board.is_active("strike"):
            await self._hold(board, "contact", self._random.uniform(2, 4))

    async def _draw(self, board: PluggedBoard, random: random.Random) -> None:
        litres = People().litres_per_household_day
        over_us = 0
        for time_us, draw in water.draws(random, datetime.now(), litres):
            await asyncio.sleep((time_us - over_us) / US_PER_S)
            over_us = time_us
            self._flow(board, draw.volume_ml // 1000)

    def _flow(self, board: PluggedBoard, litres: int) -> None:
        if not board.is_active("end_closed"):
            board.hand.count("pulse", str(litres))

    async def _turn_valve(self, board: PluggedBoard) -> None:
        """Have the motor turn the valve from one end stop to the other."""
        while True:
            await asyncio.sleep(_LOOK_S)
            for motor, there, here in _TRAVELS:
                if board.is_active(motor) and not board.is_active(there):
                    board.hand.drive(here, "0")
                    await asyncio.sleep(_TRAVEL_S)
                    board.hand.drive(there, "1")


async def run(first: Message, orders: "asyncio.Queue[Message]") -> None:
    """Make the image of each app once, start the boards that have it, and obey."""
    async with asyncio.TaskGroup() as tasks:
        boards = Boards(first["seed"], tasks)
        try:
            tasks.create_task(boards.turn())
            tasks.create_task(tell_usage())
            tasks.create_task(_plug_in(boards, first))
            while True:
                boards.do(await orders.get())
        finally:
            boards.close()


async def _plug_in(boards: Boards, first: Message) -> None:
    for app in dict.fromkeys(each["app"] for each in first["boards"]):
        content = await asyncio.to_thread(_image, App(app), first)
        for each in first["boards"]:
            if each["app"] == app:
                root = root_key(bytes.fromhex(first["community_key"]), each["device"])
                own = dataclasses.replace(content, keys=identity_of(each["device"], root))
                board = PluggedBoard(own, Path(each["port"]), each["facility"])
                await boards.add(each["device"], board)


def _image(app: App, first: Message) -> Content:
    config = configuration(app)
    if app in (App.DOOR, App.VALVE_METER):
        config["pins"] = {**config["pins"], "tamper": _TAMPER_PIN}
    config["settings"] = first["settings"].get(app, {})
    path = Path(first["folder"], f"{app}.json")
    path.write_text(json.dumps(config, indent=1), encoding="utf-8")
    return new(app, None, path, production=False, nvs=None)


if __name__ == "__main__":
    obey(run)
