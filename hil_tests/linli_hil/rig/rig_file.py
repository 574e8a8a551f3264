"""The rig file: which boards there are, what each runs, how it is wired (docs/HIL.md)."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ..emulator.board import HEAP
from ..identity import TEST_DEVICE

# Of an app's configuration, those that a test drives, and those that it watches.
INPUTS = (
    *("d0", "d1", "contact", "exit_button", "tamper", "mains"),
    *("pulse", "reverse_pulse", "end_open", "end_closed", "battery_adc"),
    *("button", "magnet"),
)
OUTPUTS = ("strike", "led", "buzzer", "valve_open", "valve_close")
APPS = ("door", "meter", "valve_meter", "panic")


class RigError(Exception):
    """The rig file is wrong; the message has a line for every mistake, with its path."""


def _wire(value: Any) -> Any:
    return value if isinstance(value, dict) else {"pin": value}


def _supply(value: Any) -> Any:
    return None if value == "none" else value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wire(_Part):
    """A pin of the board; `inverted`: active when low; `jig`: the pin of the jig it is wired to."""

    pin: int = Field(ge=0, le=63)
    inverted: bool = False
    pull: Literal["up", "down"] | None = None
    jig: int | None = Field(None, ge=0, le=63)

    def as_setting(self) -> dict[str, int | str | bool]:
        """Return the pin as a device's configuration has it."""
        options = self.model_dump(exclude={"jig", "pin"}, exclude_defaults=True)
        return {"number": self.pin, **options}


class Supply(_Part):
    """A pin of the jig that switches the board's power; `inverted`: low is on."""

    jig: int = Field(ge=0, le=63)
    inverted: bool = False


class _Board(_Part):
    app: Literal[APPS]  # type: ignore[valid-type]
    address: str = Field(f"{TEST_DEVICE:08x}", pattern="^[0-9a-fA-F]{8}$")
    generation: int = Field(0, ge=0, le=0xFFFF)
    community_key: Path | None = None
    wiring: dict[Literal[INPUTS + OUTPUTS], Annotated[Wire, BeforeValidator(_wire)]]  # type: ignore[valid-type]

    @property
    def device(self) -> int:
        """The address as a number."""
        return int(self.address, 16)


class Emulated(_Board):
    """A board that is a process of this machine; without an `image` the tests build one."""

    kind: Literal["emulated"]
    clock: Literal["virtual", "real"] = "virtual"
    heap: str = Field(HEAP, pattern="^[1-9][0-9]*[KM]$")
    image: Path | None = None


class Serial(_Board):
    """A board on serial ports: its console, and the line of its bearer.

    The bench keeps its sessions and command numbers in the file `hub_state`, by default NAME.hub
    beside the rig file. `update`, `broken_update` and `hanging_update` are bundles that the board
    takes; one that is `expendable` may lose its key.
    """

    kind: Literal["serial"]
    console: str
    line: str | None = None
    baud: int = Field(115_200, ge=300)
    jig: str | None = None
    power: Annotated[Supply | None, BeforeValidator(_supply)] = None
    hub_state: Path = Path()
    update: Path | None = None
    broken_update: Path | None = None
    hanging_update: Path | None = None
    expendable: bool = False


class JigPort(_Part):
    """A jig board on a serial port."""

    port: str


Board = Annotated[Emulated | Serial, Field(discriminator="kind")]


class Rig(_Part):
    """All of it."""

    jigs: dict[str, JigPort] = {}
    boards: dict[str, Board] = Field(min_length=1)


_FILES = ("community_key", "image", "update", "broken_update", "hanging_update")


def read_rig(path: Path) -> Rig:
    """Return what the file says; files that it names lie beside it. RigError: it is wrong."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise RigError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise RigError(f"{path}: {error}") from error
    try:
        rig = Rig.model_validate(content)
    except ValidationError as error:
        raise RigError("\n".join(_told(path, each) for each in error.errors())) from None
    boards = {name: _resolved(name, board, path.parent) for name, board in rig.boards.items()}
    rig = rig.model_copy(update={"boards": boards})
    mistakes = [f"{path}: {mistake}" for mistake in _mistakes(rig)]
    if mistakes:
        raise RigError("\n".join(mistakes))
    return rig


def _told(path: Path, error: Any) -> str:
    place = list(error["loc"])
    # Behind a board's name pydantic puts which kind of board it took it for.
    if len(place) > 2 and place[0] == "boards" and place[2] in ("emulated", "serial"):
        del place[2]
    where = ".".join(str(each) for each in place if each != "[key]")
    return f"{path}: {where}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _resolved(name: str, board: Emulated | Serial, folder: Path) -> Emulated | Serial:
    named = {field: getattr(board, field, None) for field in _FILES}
    found = {field: folder / file for field, file in named.items() if file is not None}
    if isinstance(board, Serial):
        is_named = "hub_state" in board.model_fields_set
        found["hub_state"] = folder / (board.hub_state if is_named else f"{name}.hub")
    return board.model_copy(update=found)


def _mistakes(rig: Rig) -> list[str]:
    found = []
    for name, board in rig.boards.items():
        place = f"boards.{name}"
        for field in _FILES:
            file = getattr(board, field, None)
            if file is not None and not file.is_file():
                found.append(f"{place}.{field}: no file {file}")
        found += _twice(f"{place}.wiring", {each: wire.pin for each, wire in board.wiring.items()})
        if isinstance(board, Emulated):
            continue
        jig_pins = {each: wire.jig for each, wire in board.wiring.items() if wire.jig is not None}
        if board.power is not None:
            jig_pins["power"] = board.power.jig
        found += _twice(f"{place}.wiring", jig_pins)
        if board.jig is None and jig_pins:
            found.append(f"{place}.jig: {', '.join(jig_pins)} are wired to one, but none is named")
        elif board.jig is not None and board.jig not in rig.jigs:
            found.append(f"{place}.jig: there is no [jigs.{board.jig}]")
    return found


def _twice(place: str, pins: dict[str, int]) -> list[str]:
    first: dict[int, str] = {}
    found = []
    for name, pin in pins.items():
        if pin in first:
            found.append(f"{place}.{name}: pin {pin} is {first[pin]}'s")
        first.setdefault(pin, name)
    return found
