"""How long a transmitter stays silent after each frame, sub-band by sub-band."""

from .region import Region


class OffTimes:
    """LoRaWAN's way to keep a duty cycle: ToA (1 / duty cycle - 1) of silence after each frame.

    LoRaWAN 1.0, section 7; the silence covers all channels of the frame's sub-band and no others.
    """

    def __init__(self, region: Region) -> None:
        self._sub_bands = region.sub_band
        self._duty_cycles = [band.duty_cycle for band in region.sub_bands]
        self._until_us = [0] * len(region.sub_bands)

    def begin(self, channel: int, airtime_us: int, now_us: int) -> None:
        """Account for a frame that starts now."""
        sub_band = self._sub_bands[channel]
        self._until_us[sub_band] = now_us + round(airtime_us / self._duty_cycles[sub_band])

    def until_us(self, channel: int) -> int:
        """Return when `channel` may be used again; that may lie in the past."""
        return self._until_us[self._sub_bands[channel]]
