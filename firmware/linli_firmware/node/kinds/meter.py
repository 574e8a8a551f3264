"""A water meter without a valve: pulses, tamper contact, battery.

Pins: "pulse"; with "reverse_pulse", a second reed half a magnet behind, the wheel is also counted
backward; "tamper", "battery_adc". Options: of "pulse" "electronic", a clean output that the chip's
counter can count (its filter ends at 12.8 us, a reed bounces for milliseconds, and it stops in
sleep); of "battery_adc" "ratio", the divider's [battery, pin]. Or, in place of both pulses,
"counter", {"sda": 21, "scl": 22} of a PCF8583, which counts while the chip sleeps deeply.
"""

from linli_protocol import codes

from ...apps.meter import Meter as App
from ...drivers.level_input import LevelInput
from ...drivers.pulse_counter import PulseCounter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...drivers.types import Counter, OnNumber
    from ...types import Config
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "adapt", "wire"]

KIND = codes.METER


def adapt(settings: "Config", root: bytes) -> "Config":
    """Return `settings`: JSON says all of them."""
    return settings


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the meter's drivers."""
    forward, backward = port("count_pulses"), port("count_reverse_pulses")
    inputs: "list[PolledDriver]" = []
    if pins.has("counter"):
        from ...drivers.pcf8583 import MODULUS, build

        chip = build(pins.section("counter"), board)
        inputs.append(PulseCounter(chip, forward, backward, MODULUS))
    else:
        inputs.append(_pulses(pins, board, forward, backward))
    tamper = pins.input("tamper")
    if tamper is not None:
        inputs.append(LevelInput(tamper, port("set_tamper")))
    battery = pins.battery(port("set_battery"))
    if battery is not None:
        inputs.append(battery)
    return inputs, {}


def _pulses(
    pins: "Pins", board: "Board", forward: "OnNumber", backward: "OnNumber"
) -> PulseCounter:
    pins.need("pulse")
    steps = 1
    pulse = pins.input("pulse", "electronic")
    reverse = pins.input("reverse_pulse")
    assert pulse is not None, "needed"
    if reverse is not None:
        from ...drivers.quadrature import STEPS_A_TURN, Quadrature

        steps = STEPS_A_TURN
        counter: "Counter | None" = Quadrature(pulse, reverse)
    elif pins.option("pulse", "electronic"):
        counter = pins.counter("pulse", "pull", "inverted", "electronic")
    else:
        from ...drivers.edge_counter import EdgeCounter

        counter = EdgeCounter(pulse, board.ticks_ms)
    assert counter is not None, "needed"
    return PulseCounter(counter, forward, backward, steps=steps)
