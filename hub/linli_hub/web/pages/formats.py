"""How times, lengths of time, volumes and addresses are written."""

from datetime import UTC, datetime, tzinfo

from markupsafe import Markup

from .wording import Wording

_US = 1_000_000
_DAY_S = 86_400


class Formats:
    """What templates write values with, at `now_us` (Unix µs) in a zone and a language."""

    def __init__(self, now_us: int, zone: tzinfo, wording: Wording) -> None:
        self.now_us = now_us
        self._zone = zone
        self._wording = wording

    def moment(self, time_us: int | None) -> str:
        """Write when: the time if it is today, the date too if not."""
        if time_us is None:
            return "–"
        local = datetime.fromtimestamp(time_us / _US, self._zone)
        is_today = local.date() == datetime.fromtimestamp(self.now_us / _US, self._zone).date()
        shown = local.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M")
        utc = datetime.fromtimestamp(time_us / _US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Markup('<time datetime="{}">{}</time>').format(utc, shown)

    def time(self) -> str:
        """Write what time it is."""
        return datetime.fromtimestamp(self.now_us / _US, self._zone).strftime("%H:%M:%S")

    def since(self, time_us: int) -> str:
        """Write how long ago, in an element that clocks.js keeps running."""
        lasted_s = (self.now_us - time_us) / _US
        shown = self.lasting(lasted_s)
        return Markup('<span data-since="{}">{}</span>').format(time_us // _US, shown)

    def until(self, time_us: int) -> str:
        """Write how long is left, "+" and how long it is over, likewise."""
        left_s = (time_us - self.now_us) / _US
        shown = ("+" if left_s < 0 else "") + self.lasting(abs(left_s))
        return Markup('<span data-until="{}">{}</span>').format(time_us // _US, shown)

    def lasting(self, seconds: float) -> str:
        """Write a length of time: 0:45, 12:03, 3:20:11, 2 d 03:20."""
        whole = max(0, int(seconds))
        minutes, rest = whole // 60 % 60, whole % 60
        hours, days = whole // 3600 % 24, whole // _DAY_S
        if days:
            return f"{self._wording.text('format.days', n=days)} {hours:02}:{minutes:02}"
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def hour(self, time_s: int) -> str:
        """Write a date and time to the minute."""
        return datetime.fromtimestamp(time_s, self._zone).strftime("%Y-%m-%d %H:%M")

    def day(self, time_s: int) -> str:
        """Write a date."""
        return datetime.fromtimestamp(time_s, self._zone).strftime("%Y-%m-%d")


def address(device: int) -> str:
    """Write a device's address, as it is printed on the device."""
    return f"{device:08x}"


def litres(volume_ml: int) -> str:
    """Write a volume in litres."""
    return f"{volume_ml / 1000:,.0f}".replace(",", "\u202f")


def cubic_metres(volume_ml: int) -> str:
    """Write a register in cubic metres, to the litre."""
    return f"{volume_ml / 1_000_000:,.3f}".replace(",", "\u202f")


def share(part: float | None) -> str:
    """Write a share in percent."""
    return "–" if part is None else f"{part * 100:.3g} %"
