"""A panic button: button, magnet contact, lamp, buzzer, battery.

Pins: "button"; "magnet", "led", "buzzer", "battery_adc" with its option "ratio".
"""

from linli_protocol import codes

from ...apps.panic import Panic as App
from ...drivers.button import Button
from ...drivers.level_input import LevelInput
from ...drivers.pattern_player import PatternPlayer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import Config
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "adapt", "wire"]

KIND = codes.PANIC


def adapt(settings: "Config", root: bytes) -> "Config":
    """Return `settings`: JSON says all of them."""
    return settings


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the button's drivers."""
    pins.need("button")
    button = pins.input("button")
    assert button is not None, "needed"
    inputs: "list[PolledDriver]" = []
    inputs.append(Button(button, port("set_button"), None, port("set_stuck")))
    magnet = pins.input("magnet")
    if magnet is not None:
        inputs.append(LevelInput(magnet, port("set_magnet")))
    battery = pins.battery(port("set_battery"))
    if battery is not None:
        inputs.append(battery)
    outputs: "dict[str, OutputDriver]" = {}
    for name in ("led", "buzzer"):
        pin = pins.output(name)
        if pin is not None:
            outputs[name] = PatternPlayer(pin)
    return inputs, outputs
