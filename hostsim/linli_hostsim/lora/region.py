"""Channel plans and the limits a regulator sets on them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SubBand:
    """A stretch of spectrum with limits of its own; a duty cycle of 1.0 stands for no limit.

    Devices and gateways are under the same limits; powers are radiated ones (e.r.p.).
    """

    first_khz: int
    last_khz: int
    duty_cycle: float
    max_power_dbm: float


@dataclass(frozen=True, slots=True)
class Region:
    """A channel plan for 125 kHz LoRa.

    Channels are numbered from `first_khz` in steps of `step_khz`; the first receive window uses the
    uplink's, the second, at `rx2_khz`, has the number that comes after them. `max_airtime_us`
    limits one transmission, None for no limit.
    """

    name: str
    first_khz: int
    step_khz: int
    channels: int
    rx2_khz: int
    rx2_spreading_factor: int
    sub_bands: tuple[SubBand, ...]
    max_airtime_us: int | None

    @property
    def rx2_channel(self) -> int:
        """The number of the second receive window's channel."""
        return self.channels

    def sub_band(self, channel: int) -> int:
        """Return the place in `sub_bands` of a channel's sub-band; ValueError when it has none."""
        khz = self.first_khz + channel * self.step_khz
        if channel == self.rx2_channel:
            khz = self.rx2_khz
        for number, band in enumerate(self.sub_bands):
            if band.first_khz <= khz <= band.last_khz:
                return number
        raise ValueError(f"{self.name}: {khz} kHz lies in no sub-band")

    @property
    def max_power_dbm(self) -> float:
        """What a device may radiate on any channel."""
        return min(self.sub_bands[number].max_power_dbm for number in self._of_uplinks())

    @property
    def device_duty_cycle(self) -> float:
        """What a device may use of the sub-band that allows least."""
        return min(self.sub_bands[number].duty_cycle for number in self._of_uplinks())

    def _of_uplinks(self) -> set[int]:
        return {self.sub_band(channel) for channel in range(self.channels)}


# Channels, second window at SF12 and powers: LoRaMac-node, RegionEU868.h and .c (868.1 to 868.5 MHz
# are every network's, the other five usual). Limits: ERC/REC 70-03 annex 1, recalled; the sub-bands
# of 1 % and 10 % also in LoRaMac-node and ns-3 lorawan.
EU868 = Region(
    "EU868",
    867_100,
    200,
    8,
    869_525,
    12,
    (
        SubBand(865_000, 867_999, 0.01, 14.0),
        SubBand(868_000, 868_600, 0.01, 14.0),
        SubBand(869_400, 869_650, 0.1, 27.0),
    ),
    None,
)

# Channels 80 to 87 of the 96 uplink channels from 470.3 MHz, which most gateways there serve, and
# the second window at 505.3 MHz: LoRaWAN 1.0.2 regional parameters, recalled. The second window's
# SF11 and 19.15 dBm e.i.r.p., which is 17 dBm e.r.p.: LoRaMac-node, RegionCN470.h. Limits: MIIT
# notice 52 of 2019 on micropower devices, recalled: 50 mW e.r.p., one transmission at most 1 s, no
# duty cycle.
CN470 = Region(
    "CN470",
    486_300,
    200,
    8,
    505_300,
    11,
    (SubBand(470_000, 510_000, 1.0, 17.0),),
    1_000_000,
)

REGIONS = {region.name: region for region in (EU868, CN470)}
