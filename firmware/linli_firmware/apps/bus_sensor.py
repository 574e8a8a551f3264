"""Measurements read from meters and sensors on the node's bus: sent now and then, and on change."""

from linli_protocol import codes, messages

from ..actions import Send
from ..spread import spread
from . import app

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock import Clock
    from ..types import Config, Store

# Source: our defaults.
DEFAULTS: "Config" = {
    "device": 0,
    "events_kept": 256,
    "report_interval_s": 3600,
    # A value that comes and goes about its threshold is not sent more often.
    "quiet_s": 60,
}

_REPORT = app.FIRST_TIMER

# The greatest magnitude of a value on the wire.
LIMIT = 0x7FFFFFFF


class BusSensor(app.App):
    """An app of device kind codes.AMBIENT for up to 16 devices on the bus and 256 channels.

    METER_ABSENT and METER_RETURNED name the device on the bus, from 0 on, as their subject.
    ValueError names the setting that is wrong.
    """

    def __init__(self, config: "Config", store: "Store", clock: "Clock") -> None:
        super().__init__(DEFAULTS, config, store, clock)
        if self.config["report_interval_s"] < 1:
            raise ValueError("report_interval_s: at least 1")
        # By channel: quantity and value, of what has been read since the last report.
        self._fresh: "dict[int, tuple[int, int]]" = {}
        # By channel: value and time of what was sent last.
        self._sent: "dict[int, tuple[int, int]]" = {}
        self._due[_REPORT] = self._report
        self._operations[codes.READ_NOW] = self._read_now

    def set_value(self, channel: int, quantity: int, threshold: int, value: int, now: int) -> None:
        """Take what was read, a codes.* quantity in its unit; beyond LIMIT it is that.

        It is sent at once when it differs from what was sent last by the threshold, if that is not
        0, and else with the next report.
        """
        self._advance(now)
        value = max(-LIMIT, min(value, LIMIT))
        self._fresh[channel] = (quantity, value)
        sent = self._sent.get(channel)
        if sent is None or (
            threshold
            and abs(value - sent[0]) >= threshold
            and now - sent[1] >= self.config["quiet_s"] * 1000
        ):
            self._send(channel, now)

    def set_present(self, device: int, present: bool, now: int) -> None:
        """Take whether a device on the bus answers."""
        self._advance(now)
        bit = 1 << device
        if bool(self.events.state & bit) == present:
            code = codes.METER_RETURNED if present else codes.METER_ABSENT
            self.events.append(code, self._unix(now), device, None, self.events.state ^ bit)

    def _begin(self, now: int) -> None:
        interval_s: int = self.config["report_interval_s"]
        self._timers.set(_REPORT, now + (1 + spread(self.config["device"], interval_s)) * 1000)

    def _report(self, at: int) -> None:
        self._send_all(at)
        # What is not read again until the next report is not told again.
        self._fresh.clear()
        self._timers.set(_REPORT, at + self.config["report_interval_s"] * 1000)

    def _read_now(self, argument: "int | None", number: "int | None", now: int) -> int:
        self._send_all(now)
        return codes.DONE

    def _send_all(self, now: int) -> None:
        for channel in sorted(self._fresh):
            self._send(channel, now)

    def _send(self, channel: int, now: int) -> None:
        quantity, value = self._fresh[channel]
        fields = {
            "time": self._unix(now),
            "quantity": quantity,
            "value": value,
            "channel": channel,
        }
        self._actions.append(Send(messages.MEASUREMENT, fields))
        self._sent[channel] = (value, now)
