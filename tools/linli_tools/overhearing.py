"""The options that say which packets a command can open, and the listener they make."""

from typing import Annotated

import typer

from linli_protocol.keys import root_key

from .key_text import parse_address, read_key
from .listener import Listener

CommunityKey = Annotated[
    str | None, typer.Option(metavar="FILE|HEX|-", help="Opens every device's packets.")
]
DeviceKey = Annotated[
    str | None, typer.Option(metavar="FILE|HEX|-", help="Opens one device's packets.")
]
Device = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="The device that --session is of.")
]
Session = Annotated[
    str | None,
    typer.Option(
        metavar="EPOCH:DEVICE_NONCE:HUB_NONCE",
        help="A session whose join is not among the packets, all in hexadecimal.",
    ),
]


def overhear(
    community_key: str | None,
    generation: int,
    device_key: str | None,
    device: str | None,
    session: str | None,
) -> Listener:
    """Return the listener with these keys; Failure or BadParameter names what is wrong."""
    community = read_key(community_key, "--community-key") if community_key else None
    root = read_key(device_key, "--device-key") if device_key else None

    def root_of(address: int) -> bytes | None:
        return root_key(community, address, generation) if community else root

    listener = Listener(root_of)
    if session is not None:
        if device is None or not (community or root):
            raise typer.BadParameter("--session needs --device and a community or device key")
        listener.give_record(parse_address(device), *_parse_session(session))
    return listener


def _parse_session(text: str) -> tuple[int, bytes, bytes]:
    parts = text.split(":")
    try:
        epoch, device_nonce, hub_nonce = int(parts[0], 16), *map(bytes.fromhex, parts[1:])
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not EPOCH:DEVICE_NONCE:HUB_NONCE") from None
    if not 0 <= epoch < 1 << 24 or len(device_nonce) != 8 or len(hub_nonce) != 8:
        raise typer.BadParameter("an epoch has up to 6 hexadecimal digits, a nonce has 16")
    return epoch, device_nonce, hub_nonce
