"""A door: a reader, a keypad or both, contacts, strike, lamp and buzzer.

In safe mode its exit button and the hub still release the strike; no reader is wired.

Pins: "strike"; "d0" and "d1" (Wiegand), "rows" and "columns" (keypad matrix), "contact",
"exit_button", "tamper", "mains", "led", "buzzer". A reader's lines are pulled up and active low
({"number": 16, "pull": "up", "inverted": true}). Options of "strike": "fail_safe" and
"energised_max_ms" as in drivers/strike.py; of "contact", "exit_button" and "tamper": "supervised",
for a line with two resistors on an analogue pin, and its "limits_mv" as in
drivers/supervised_input.py.
"""

from linli_protocol import codes, keys

from ...apps.door import Door as App
from ...apps.doorway import Doorway as SafeApp
from ...drivers.level_input import LevelInput
from ...drivers.pattern_player import PatternPlayer
from ...drivers.strike import Strike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...types import Config
    from ..lines import Lines
    from ..pins import Pins
    from ..types import Board, OutputDriver, PolledDriver, Port

__all__ = ["KIND", "App", "SafeApp", "adapt", "wire"]

KIND = codes.DOOR

# Mains power counts as lost when it has been away for longer than a relay takes to change over.
MAINS_STEADY_MS = 1_000


def adapt(settings: "Config", root: bytes) -> "Config":
    """Return `settings` with the PINs' key, and schedules by number."""
    adapted = dict(settings)
    adapted["pin_key"] = keys.pin_key(root)
    schedules = settings.get("schedules", {})
    adapted["schedules"] = {int(number): rules for number, rules in schedules.items()}
    return adapted


def wire(
    pins: "Pins", port: "Port", board: "Board"
) -> "tuple[list[PolledDriver], dict[str, OutputDriver]]":
    """Return the door's drivers."""
    pins.need("strike")
    pin = pins.output("strike", "fail_safe", "energised_max_ms")
    assert pin is not None, "needed"
    strike = Strike(
        pin,
        bool(pins.option("strike", "fail_safe")),
        pins.option("strike", "energised_max_ms"),
        port("set_exit_button"),
    )
    outputs: "dict[str, OutputDriver]" = {"strike": strike}
    for name in ("led", "buzzer"):
        pin = pins.output(name)
        if pin is not None:
            outputs[name] = PatternPlayer(pin)
    inputs: "list[PolledDriver]" = []
    line_0 = pins.input("d0")
    line_1 = pins.input("d1")
    if line_0 is not None and line_1 is not None:
        from ...drivers.wiegand import Wiegand

        reader = Wiegand(line_0, line_1, board.ticks_ms, port("read_card"), port("press_key"))
        inputs.append(reader)
    elif line_0 is not None or line_1 is not None:
        raise ValueError("pins.d0, pins.d1: a reader has both")
    columns = pins.inputs("columns")
    rows = pins.outputs("rows")
    if columns or rows:
        from ...drivers.keypad import Keypad

        inputs.append(Keypad(rows, columns, port("press_key")))
    lines: "Lines | None" = None
    for name in ("contact", "exit_button", "tamper"):
        contact = pins.input(name, "supervised", "limits_mv")
        if contact is None:
            continue
        report = strike.take_exit if name == "exit_button" else port("set_" + name)
        if pins.option(name, "supervised"):
            if lines is None:
                from ..lines import Lines

                lines = Lines(pins, port("set_tamper"))
            inputs.append(lines.driver(name, report))
        else:
            if lines and name == "tamper":
                report = lines.source()
            inputs.append(LevelInput(contact, report))
    mains = pins.input("mains")
    if mains is not None:
        inputs.append(LevelInput(mains, port("set_mains"), MAINS_STEADY_MS))
    return inputs, outputs
