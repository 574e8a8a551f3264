"""What can be done to a board that runs."""

from enum import StrEnum


class Action(StrEnum):
    """The actions of `linli board do`."""

    DRIVE = "drive"
    RELEASE = "release"
    ADC = "adc"
    COUNT = "count"
    CARD = "card"
    POWER = "power"
    PINS = "pins"


# What each takes.
ARGUMENTS: dict[Action, tuple[str, ...]] = {
    Action.DRIVE: ("PIN", "0|1"),
    Action.RELEASE: ("PIN",),
    Action.ADC: ("PIN", "MILLIVOLTS"),
    Action.COUNT: ("PIN", "PULSES"),
    Action.CARD: ("FACILITY", "NUMBER"),
    Action.POWER: ("on|off|dip",),
    Action.PINS: (),
}
