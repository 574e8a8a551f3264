"""The options by which commands are told of keys, where several have the same."""

from typing import Annotated

import typer

CommunityKey = Annotated[
    str, typer.Option(metavar="FILE|HEX|-", help="The community key; - reads standard input.")
]
Generation = Annotated[
    int, typer.Option(min=0, max=0xFFFF, help="How often a device was replaced there.")
]
GenerationBesideKey = Annotated[
    int, typer.Option(min=0, max=0xFFFF, help="Beside --community-key: the device's.")
]
