"""What each operation that takes two persons asks for and does.

| operation | arguments | done |
|---|---|---|
| door release | `device` (a door) | the door is released |
| valve | `device` (a meter), `state`: "open" or "closed" | its valve is moved |
| key export | `device` | its root key waits for the proposer, to provision a replacement |
| bulk export | `what`: "readings" or "passages", `begin_s`, `end_s` (Unix s), `k` | see `exports` |
| decommission | `device`, `lost` (false) | it destroys what it holds, and is served no more |

A `lost` device is not waited for: it is served no more at once.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from linli_protocol import codes, keys, words

from ..live.running import RunningSite, Sent
from ..people import Operation, Permission, Proposal
from . import exports
from .errors import NotFound, Refused

Handed = Mapping[str, Any]
"""What an operation hands to its proposer; JSON."""

Outcome = tuple[str, Handed | None]
"""What was done, in words for the record, and what there is to collect."""

COMMAND_S = 30
"""A door that is not reached within this is not opened any more: nobody stands there."""
VALVE_S = 24 * 3600
"""A battery meter listens once a day."""
DECOMMISSION_S = 7 * 24 * 3600
ANSWER_S = 5.0
"""The outcome says what a device has answered within this; a later answer is in the log alone."""
_STATES = {"open": codes.OPEN_VALVE, "closed": codes.CLOSE_VALVE}


@dataclass(frozen=True, slots=True)
class Way:
    """How an operation is checked and done.

    `needs` is what its proposer must be allowed beside to propose. `check` returns the arguments as
    they are kept, or raises a DeskError; `carry_out` takes the proposal and who approved it.
    """

    check: Callable[[RunningSite, Mapping[str, Any]], dict[str, Any]]
    carry_out: Callable[[RunningSite, Proposal, str], Awaitable[Outcome]]
    needs: tuple[Permission, ...] = ()


def device_of(running: RunningSite, arguments: Mapping[str, Any], kind: str | None = None) -> int:
    """Return the device that arguments name; NotFound when it is not served, or not of `kind`."""
    device = arguments.get("device")
    if not isinstance(device, int) or device not in running.site.registry:
        given = f"{device:08x}" if isinstance(device, int) else repr(device)
        raise NotFound(f"device: {given} is not enrolled", key="no_device", device=given)
    found = running.site.registry[device].kind
    if kind not in (None, found):
        raise Refused(f"device: {device:08x} is a {found}, not a {kind}")
    return device


def _reached(running: RunningSite, proposal: Proposal) -> int:
    """Return the device to command; Refused when it is on no way that the hub has."""
    device = device_of(running, proposal.arguments)
    if device not in running.engine.core.peers:
        raise Refused(f"{device:08x} is on no way that hub.toml has")
    return device


def _only(arguments: Mapping[str, Any], *names: str) -> None:
    for name in arguments:
        if name not in names:
            raise Refused(f"{name}: unknown argument; known here: {', '.join(names)}")


def _check_door(running: RunningSite, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _only(arguments, "device")
    return {"device": device_of(running, arguments, words.DEVICE_KINDS[codes.DOOR])}


async def _release(running: RunningSite, proposal: Proposal, by: str) -> Outcome:
    return await _command(running, proposal, codes.RELEASE_DOOR, COMMAND_S, by), None


def _check_valve(running: RunningSite, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _only(arguments, "device", "state")
    if arguments.get("state") not in _STATES:
        raise Refused(f"state: {arguments.get('state')!r} is none of {', '.join(_STATES)}")
    device = device_of(running, arguments, words.DEVICE_KINDS[codes.METER])
    return {"device": device, "state": arguments["state"]}


async def _move_valve(running: RunningSite, proposal: Proposal, by: str) -> Outcome:
    operation = _STATES[proposal.arguments["state"]]
    return await _command(running, proposal, operation, VALVE_S, by), None


async def _command(
    running: RunningSite, proposal: Proposal, operation: int, lifetime_s: int, by: str
) -> str:
    device = _reached(running, proposal)
    return await _answered(running, device, running.command(device, operation, lifetime_s, by))


async def _answered(running: RunningSite, device: int, sent: Sent) -> str:
    status = await running.answers.status(device, sent.number, ANSWER_S)
    told = "no answer yet" if status is None else words.RESULTS.get(status, f"status {status}")
    return f"command {sent.number} to {device:08x}: {told}"


def _check_key(running: RunningSite, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _only(arguments, "device")
    return {"device": device_of(running, arguments)}


async def _export_key(running: RunningSite, proposal: Proposal, by: str) -> Outcome:
    device = device_of(running, proposal.arguments)
    enrolment = running.site.registry[device]
    root = keys.root_key(running.site.community_key, device, enrolment.generation)
    handed = {
        "device": f"{device:08x}",
        "generation": enrolment.generation,
        "root_key": root.hex(),
    }
    return f"the root key of {device:08x} waits for {proposal.proposer}", handed


def _check_decommission(running: RunningSite, arguments: Mapping[str, Any]) -> dict[str, Any]:
    _only(arguments, "device", "lost")
    lost = arguments.get("lost", False)
    if not isinstance(lost, bool):
        raise Refused(f"lost: {lost!r} is neither true nor false")
    return {"device": device_of(running, arguments), "lost": lost}


async def _decommission(running: RunningSite, proposal: Proposal, by: str) -> Outcome:
    device = device_of(running, proposal.arguments)
    if proposal.arguments["lost"]:
        running.retire(device, by)
        return f"{device:08x} is served no more; what it holds was not destroyed", None
    _reached(running, proposal)
    return await _answered(running, device, running.decommission(device, DECOMMISSION_S, by)), None


OPERATIONS: Mapping[Operation, Way] = {
    Operation.DOOR_RELEASE: Way(_check_door, _release),
    Operation.VALVE: Way(_check_valve, _move_valve),
    Operation.KEY_EXPORT: Way(_check_key, _export_key, (Permission.ENROL,)),
    Operation.BULK_EXPORT: Way(exports.check, exports.export),
    Operation.DECOMMISSION: Way(_check_decommission, _decommission, (Permission.ENROL,)),
}
