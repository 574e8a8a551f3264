"""Channel plans and the limits a regulator sets on them."""

from dataclasses import dataclass, field


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
    sub_band: tuple[int, ...] = field(init=False)
    """Each channel's place in `sub_bands`."""
    max_power_dbm: float = field(init=False)
    """What a device may radiate on any channel."""
    device_duty_cycle: float = field(init=False)
    """What a device may use of the sub-band that allows least."""

    def __post_init__(self) -> None:
        """Find the channels' sub-bands; ValueError when a channel lies in none."""
        uplinks = [self.first_khz + self.step_khz * channel for channel in range(self.channels)]
        numbers = tuple(self._sub_band(khz) for khz in (*uplinks, self.rx2_khz))
        of_uplinks = [self.sub_bands[number] for number in set(numbers[:-1])]
        # A frozen object is filled in this way.
        object.__setattr__(self, "sub_band", numbers)
        object.__setattr__(self, "max_power_dbm", min(band.max_power_dbm for band in of_uplinks))
        object.__setattr__(self, "device_duty_cycle", min(band.duty_cycle for band in of_uplinks))

    @property
    def rx2_channel(self) -> int:
        """The number of the second receive window's channel."""
        return self.channels

    def _sub_band(self, khz: int) -> int:
        for number, band in enumerate(self.sub_bands):
            if band.first_khz <= khz <= band.last_khz:
                return number
        raise ValueError(f"{self.name}: {khz} kHz lies in no sub-band")


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
