"""Measures what a row takes on disk, and how fast a backlog goes: `python -m` this module.

The rows are those of a community in which most devices are meters: readings sealed for 1 000
households, health, events of doors, and one alarm in 10 000 rows.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ..journal import Journal
from ..log import Record
from ..privacy import MESSAGE, Sensitivity
from ..projections import Event, Keeper
from ..storage import open_database
from ..vault import Vault
from .forwarder import Forwarder, Limits
from .mqtt.settings import Mqtt
from .newest import NEWEST
from .reading import LogReader
from .selection import Selection

_HOUSEHOLDS = 1000
_LOOK_S = 0.05
_DURABLE_S = 60.0
_UNPACED = Limits(backlog_rows_s=1e9)
_ALL = (Sensitivity.PERSONAL, Sensitivity.HEALTH)


def main() -> None:
    """Fill a log, send it, print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--broker", type=int, help="port of a broker on this host, without TLS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder) / "hub.db", options.rows, options.broker))


async def _measure(path: Path, rows: int, broker: int | None) -> None:
    database = open_database(str(path))
    journal = Journal(database)
    vault = Vault(journal, bytes(16), os.urandom)
    keeper = Keeper([NEWEST], vault)
    keeper.prepare(database)
    journal.start([keeper])
    began = time.monotonic()
    for number in range(rows):
        journal.add(_record(vault, number))
        if journal.full:
            journal.wait(journal.position, _DURABLE_S)
    journal.wait(journal.position, _DURABLE_S)
    print(f"rows written: {rows}, {rows / (time.monotonic() - began):.0f} a second")
    await _send(journal, LogReader(database, vault, Selection(_ALL)))
    if broker is not None:
        from .mqtt.bridge import Bridge

        settings = Mqtt(
            site="measured",
            host="127.0.0.1",
            port=broker,
            tls=False,
            sealed=("personal", "health"),
            history=True,
            backlog_rows_s=1e9,
        )
        bridge = Bridge(settings, database, journal, vault, _unix_us, _refuse)
        began = time.monotonic()
        task = asyncio.create_task(bridge.run())
        while bridge.forwarder.waiting and not task.done():
            await asyncio.sleep(_LOOK_S)
        print(f"to the broker: {bridge.forwarder.sent / (time.monotonic() - began):.0f} rows/s")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    journal.close()
    database.close()
    size = sum(file.stat().st_size for file in path.parent.iterdir())
    print(f"on disk: {size / rows:.0f} bytes a row")


async def _send(journal: Journal, reader: LogReader) -> None:
    sender = Forwarder("nowhere", journal, reader, _unix_us, _UNPACED, history=True)
    sent = 0

    async def count(events: Sequence[Event], late: bool) -> None:
        nonlocal sent
        sent += len(events)

    began = time.monotonic()
    task = asyncio.create_task(sender.run(count))
    while sender.waiting and not task.done():
        await asyncio.sleep(_LOOK_S)
    print(f"to a sink that takes all: {sent / (time.monotonic() - began):.0f} rows/s")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    sender.close()


def _record(vault: Vault, number: int) -> Record:
    now_us = _unix_us()
    now, device = now_us // 1_000_000, number % 10_000
    owner = f"household {device % _HOUSEHOLDS}"
    if number % 10_000 == 9_999:
        body = {"message": "alarm", "incident": 1, "time": now, "cause": 1, "presses": 1}
        return vault.sealed(now_us, MESSAGE, device, f"health {device % _HOUSEHOLDS}", _text(body))
    if number % 12 == 0:
        health = {"message": "health", "time": now, "uptime_s": number, "battery_mv": 3600}
        told = {**health, "rssi_dbm": -97, "heap_free": 90_000}
        return Record(now_us, MESSAGE, device, 0, _text(told))
    if number % 12 == 1:
        event = {"message": "event", "sequence": number, "time": now, "code": 1, "subject": 77}
        return vault.sealed(now_us, MESSAGE, device, owner, _text(event))
    told = {"message": "reading", "time": now, "volume_l": number, "flags": 0, "battery_mv": 3600}
    return vault.sealed(now_us, MESSAGE, device, owner, _text(told))


def _text(body: dict[str, int | str] | dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _unix_us() -> int:
    return time.time_ns() // 1000


def _refuse(device: int, operation: int, life_s: int) -> None:
    raise KeyError(device)


if __name__ == "__main__":
    main()
