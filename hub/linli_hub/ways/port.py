"""A serial port for asyncio, which may be unplugged and plugged in again."""

import asyncio
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import serial

from .way import WayError

# Seconds between attempts to open a port that is not there.
_RETRY_S = 2.0
_READ_BYTES = 4096


class UnpluggedError(Exception):
    """The port is gone."""


class Port:
    """An open port: bytes in, bytes out."""

    def __init__(self, path: Path, baud: int, parity: str) -> None:
        try:
            self._serial = serial.Serial(
                str(path), baud, parity=parity, timeout=0, write_timeout=0, exclusive=True
            )
        except (OSError, ValueError) as error:
            raise WayError(f"{path}: {error}") from error
        self._descriptor: int = self._serial.fileno()

    async def read(self) -> bytes:
        """Return what has arrived, once something has; UnpluggedError when the port is gone."""
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        loop.add_reader(self._descriptor, _finish, readable)
        try:
            await readable
            data = os.read(self._descriptor, _READ_BYTES)
        except OSError as error:
            raise UnpluggedError(str(error)) from error
        finally:
            loop.remove_reader(self._descriptor)
        if not data:
            raise UnpluggedError("end of file")
        return data

    def write(self, data: bytes) -> bool:
        """Hand over bytes; False when the port does not take all of them now."""
        try:
            return os.write(self._descriptor, data) == len(data)
        except OSError:
            return False

    def forget(self) -> None:
        """Drop what has arrived and was not read; UnpluggedError when the port is gone."""
        try:
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
        except termios.error as error:
            raise UnpluggedError(str(error)) from error

    def close(self) -> None:
        """Let go of the port."""
        self._serial.close()


def _finish(readable: "asyncio.Future[None]") -> None:
    if not readable.done():
        readable.set_result(None)


@asynccontextmanager
async def opened(path: Path, baud: int, parity: str) -> AsyncIterator[Port]:
    """Open the port as soon as it is there, and close it at the end."""
    while True:
        try:
            port = Port(path, baud, parity)
            break
        except WayError:
            await asyncio.sleep(_RETRY_S)
    try:
        yield port
    finally:
        port.close()
