"""`linli firmware update`: a bundle to one board over its bearer, and what becomes of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from linli_hil.hub import DeviceHub
from linli_hil.hub_state import HubState
from linli_hil.rig.interfaces import Line
from linli_hil.rig.lines import BAUD, SerialLine, TcpLine
from linli_hub.core.updates import Campaign, Fate, Pace
from linli_protocol import codes, messages, words
from linli_protocol.types import Fields

from .. import bundle
from ..failure import Failure
from ..key_options import CommunityKey, Generation
from ..key_text import parse_address, read_key
from ..versions import version_text

TCP_PORT = 4880
# Both are the line's and the device's to say: nobody else waits for this transfer.
_PACE = Pace(bytes_per_s=1_000_000, silence_ms=120_000)

# How often the progress bar is brought up to date.
_LOOK_MS = 100


class Stage(Enum):
    """How far the update is; the values are what people read."""

    WAITING = "waiting for the device"
    SENDING = "sending"
    RESTARTING = "verified, waiting for the restart"
    ON_TRIAL = "on trial"
    CONFIRMED = "confirmed"
    KNOWN = "runs already"
    REFUSED = "refused"
    ROLLED_BACK = "rolled back"
    SILENT = "no word from the device"


_UNVERIFIED = {
    Fate.RECEIVING: Stage.SENDING,
    Fate.RUNNING: Stage.KNOWN,
    Fate.REFUSED: Stage.REFUSED,
    Fate.FAILED: Stage.REFUSED,
}
_ENDS = (Stage.CONFIRMED, Stage.KNOWN, Stage.REFUSED, Stage.ROLLED_BACK)


@dataclass(frozen=True)
class Result:
    """What became of an update, as the device has reported it."""

    device: str
    version: str
    result: str
    reason: str | None


class Update:
    """An update of `hub`'s device under way."""

    def __init__(self, hub: DeviceHub, content: bytes) -> None:
        self.campaign = Campaign(content, _PACE)
        self.campaign.add([hub.device], hub.hub.chunk_length(hub.device))
        self.transfer = self.campaign.transfers[hub.device]
        self.length = len(content)
        self._manifest = self.campaign.manifest
        self._hub = hub
        hub.hub.begin(self.campaign)

    @property
    def stage(self) -> Stage:
        """What the device has said so far."""
        heard = iter(self._hub.heard)
        if not any(self._is_status(*each, codes.UPDATE_VERIFIED) for each in heard):
            return _UNVERIFIED.get(self.transfer.fate, Stage.WAITING)
        # What the device logged before this update is no word about it.
        stage = Stage.RESTARTING
        for kind, fields in heard:
            if self._is_event(kind, fields, codes.UPDATE_INSTALLED):
                return Stage.CONFIRMED
            if self._is_event(kind, fields, codes.UPDATE_ROLLED_BACK) or self._is_status(
                kind, fields, codes.UPDATE_FAILED
            ):
                return Stage.ROLLED_BACK
            if kind == messages.HELLO and fields["firmware"] == self._manifest.version:
                stage = Stage.ON_TRIAL
        return stage

    @property
    def reason(self) -> str | None:
        """Why the device has refused or left the image, or what it runs instead."""
        stage = self.stage
        if stage is Stage.REFUSED:
            return words.UPDATE_STATES.get(self.transfer.state or 0)
        if stage is Stage.ROLLED_BACK:
            return "the image did not prove itself, and the one before it runs"
        hellos = self._hub.of(messages.HELLO)
        if stage is Stage.KNOWN and hellos:
            return f"the device runs {version_text(hellos[-1]['firmware'])}"
        return None

    def _is_status(self, kind: int, fields: Fields, state: int) -> bool:
        is_ours = kind == messages.UPDATE_STATUS and fields["image"] == self._manifest.image
        return is_ours and fields["state"] == state

    def _is_event(self, kind: int, fields: Fields, code: int) -> bool:
        is_ours = kind == messages.EVENT and fields.get("detail") == self._manifest.version
        return is_ours and fields["code"] == code


@contextmanager
def _shown(update: Update, shown: bool) -> Iterator[Callable[[], None]]:
    """Yield what brings the progress bar up to date."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total} bytes"),
        console=Console(stderr=True),
        transient=True,
        disable=not shown,
    )
    task = bar.add_task("", total=update.length)

    def tell() -> None:
        stage = update.stage
        sent = update.transfer.next_offset if stage is Stage.SENDING else 0
        is_over = stage in (Stage.RESTARTING, Stage.ON_TRIAL)
        completed = update.length if is_over else sent
        bar.update(task, description=stage.value, completed=completed)

    with bar:
        yield tell


def run(hub: DeviceHub, line: Line, content: bytes, patience_s: float, shown: bool) -> Result:
    """Update `hub`'s device over `line`; give up when it says nothing for `patience_s`."""
    update = Update(hub, content)
    progress: tuple[int, int] | None = None
    moved_at = hub.now
    with _shown(update, shown) as tell:
        while update.stage not in _ENDS and hub.now - moved_at <= patience_s * 1000:
            try:
                hub.turn(line, hub.now + _LOOK_MS, _LOOK_MS)
            except EOFError as gone:
                raise Failure(f"{gone}; the device keeps what it has got") from None
            if progress != (len(hub.heard), update.transfer.next_offset):
                progress = len(hub.heard), update.transfer.next_offset
                moved_at = hub.now
                tell()
    stage = update.stage if update.stage in _ENDS else Stage.SILENT
    reason = update.reason
    if stage is Stage.SILENT:
        reason = f"for {patience_s:g} s while it was {update.stage.value!r}"
    version = version_text(update.campaign.manifest.version)
    return Result(f"{hub.device:08x}", version, stage.value, reason)


def _open(port: str, baud: int) -> SerialLine | TcpLine:
    kind, _, rest = port.partition(":")
    try:
        if kind != "tcp":
            return SerialLine(port, baud)
        host, _, number = rest.rpartition(":")
        return TcpLine(host, int(number or TCP_PORT))
    except ValueError:
        raise typer.BadParameter(f"{port!r} is no port: /dev/…, COM3, tcp or tcp:4880") from None
    except OSError as error:
        raise Failure(f"{port}: {error.strerror or error}") from error
    except ImportError:
        raise Failure("serial ports need pyserial: pip install 'linli[firmware]'") from None


def _state(path: Path | None) -> HubState | None:
    try:
        return None if path is None else HubState(path)
    except (OSError, ValueError) as error:
        raise Failure(str(error)) from error


def update(
    port: Annotated[
        str,
        typer.Option(
            metavar="PORT|tcp", help="The board's bearer: a serial port, or tcp[:[HOST:]4880]."
        ),
    ],
    bundle_file: Annotated[
        Path, typer.Option("--bundle", metavar="FILE", help="What `linli firmware sign` has made.")
    ],
    community_key: CommunityKey,
    device: Annotated[str, typer.Option(metavar="ADDRESS", help="The board's address.")],
    generation: Generation = 0,
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keeps this hub's sessions from one run to the next."),
    ] = None,
    baud: Annotated[int, typer.Option(min=300, help="Of a serial port.")] = BAUD,
    patience: Annotated[
        float, typer.Option(min=1, metavar="S", help="Give up after so long a silence.")
    ] = 900,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Update a board over its bearer, and tell what it reports; exit 1 unless it is confirmed.

    This machine is the board's hub meanwhile: a board with a session elsewhere joins anew, soonest
    after a restart. A transfer that was cut short goes on where it was.
    """
    address = parse_address(device)
    key = read_key(community_key, "--community-key")
    try:
        content = bundle_file.read_bytes()
    except OSError as error:
        raise Failure(f"{bundle_file}: {error.strerror}") from error
    try:
        bundle.inspect(content)
    except Failure as failure:
        raise Failure(f"{bundle_file}: {failure}") from None
    hub = DeviceHub(key, address, _state(state), generation=generation)
    line = _open(port, baud)
    try:
        result = run(hub, line, content, patience, not as_json)
    except OSError as error:
        raise Failure(f"{state or port}: {error.strerror or error}") from error
    finally:
        line.close()
    if as_json:
        typer.echo(json.dumps(asdict(result)))
    else:
        reason = f": {result.reason}" if result.reason else ""
        typer.echo(f"{result.device} {result.version} {result.result}{reason}")
    if result.result not in (Stage.CONFIRMED.value, Stage.KNOWN.value):
        raise typer.Exit(1)
