"""The pins of a configuration, by name: a number, or a number with its options.

{"strike": 18, "contact": {"number": 4, "pull": "up", "inverted": true}}
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..drivers.battery import Battery
    from ..drivers.types import Adc, Counter, InputPin, OutputPin
    from .types import Board, Json


class Pins:
    """Hands out the configured pins; those not configured are None.

    `own` are options of the driver's beside those of the pin. ValueError names a pin whose options
    are wrong; `check_all_used` names one that nobody wanted.
    """

    def __init__(self, board: "Board", config: "Json") -> None:
        self._board = board
        self._config = config
        self._used: "set[str]" = set()

    def inputs(self, name: str) -> "list[InputPin]":
        """Return the row of digital inputs `name`, a list of numbers, each pulled down."""
        return [self._board.pin_in(number, "down") for number in self._numbers(name)]

    def outputs(self, name: str) -> "list[OutputPin]":
        """Return the row of outputs `name`, a list of numbers."""
        return [self._board.pin_out(number) for number in self._numbers(name)]

    def input(self, name: str, *own: str) -> "InputPin | None":
        """Return the digital input `name`; its options are "pull" and "inverted"."""
        options = self._options(name, ("pull", "inverted") + own)
        if options is None:
            return None
        pull = options.get("pull")
        if pull not in (None, "up", "down"):
            raise ValueError("pins." + name + '.pull: "up" or "down"')
        return self._board.pin_in(options["number"], pull, bool(options.get("inverted")))

    def output(self, name: str, *own: str) -> "OutputPin | None":
        """Return the output `name`, switched off; its option is "inverted"."""
        options = self._options(name, ("inverted",) + own)
        if options is None:
            return None
        return self._board.pin_out(options["number"], 0, bool(options.get("inverted")))

    def adc(self, name: str, *own: str) -> "Adc | None":
        """Return the analogue input `name`."""
        options = self._options(name, own)
        return None if options is None else self._board.adc(options["number"])

    def counter(self, name: str, *own: str) -> "Counter | None":
        """Return the hardware counter of the pulses at pin `name`."""
        options = self._options(name, own)
        return None if options is None else self._board.counter(options["number"])

    def battery(self, on_battery: "Callable[[int, int], None]") -> "Battery | None":
        """Return the driver of "battery_adc", whose option "ratio" is its divider's."""
        adc = self.adc("battery_adc", "ratio")
        if adc is None:
            return None
        from ..drivers.battery import Battery

        ratio = self.option("battery_adc", "ratio")
        if not isinstance(ratio, list) or len(ratio) != 2 or min(ratio) < 1:
            raise ValueError("pins.battery_adc.ratio: [battery, pin], such as [2, 1]")
        return Battery(adc, on_battery, (ratio[0], ratio[1]))

    def option(self, name: str, key: str) -> "Any":
        """Return a driver's own option of pin `name` (one of the `own` it was fetched with)."""
        options = self._config[name]
        return options.get(key) if isinstance(options, dict) else None

    def section(self, name: str) -> "Json":
        """Return the settings `name`, an object; ValueError when there are none."""
        self.need(name)
        self._used.add(name)
        section: "Json" = self._config[name]
        return section

    def has(self, name: str) -> bool:
        """Tell whether `name` is configured."""
        return name in self._config

    def need(self, *names: str) -> None:
        """Raise ValueError unless all of `names` are configured."""
        for name in names:
            if name not in self._config:
                raise ValueError("pins." + name + ": missing")

    def check_all_used(self) -> None:
        """Raise ValueError for a configured pin that nothing uses: a typing error, most likely."""
        for name in self._config:
            if name not in self._used:
                raise ValueError("pins." + name + ": nothing uses it")

    def _numbers(self, name: str) -> "list[int]":
        self._used.add(name)
        numbers = self._config.get(name, [])
        if not isinstance(numbers, list) or [each for each in numbers if type(each) is not int]:
            raise ValueError("pins." + name + ": a list of pin numbers")
        return numbers

    def _options(self, name: str, known: "tuple[str, ...]") -> "Json | None":
        self._used.add(name)
        options = self._config.get(name)
        if options is None:
            return None
        if type(options) is int:
            return {"number": options}
        if not isinstance(options, dict) or type(options.get("number")) is not int:
            raise ValueError("pins." + name + ": a pin number, or an object with one")
        for key in options:
            if key != "number" and key not in known:
                raise ValueError("pins." + name + "." + key + ": no such option")
        return options
