"""Channel plans and the limits a regulator sets on them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A channel plan for 125 kHz LoRa; duty cycles are fractions of time, 1.0 for no limit.

    Uplink and first receive window share the plan's channel numbers. `max_airtime_us` limits one
    transmission, None for no limit.
    """

    name: str
    channels: int
    max_power_dbm: float
    device_duty_cycle: float
    gateway_duty_cycle: float
    max_airtime_us: int | None


# Recalled, not read: LoRaWAN RP002 (EU863-870, eight 125 kHz channels), ERC/REC 70-03 annex 1
# (14 dBm e.r.p., 1 % in 868.0-868.6 MHz; the 10 % band at 869.4-869.65 MHz serves RX2, not RX1).
EU868 = Region("EU868", 8, 14.0, 0.01, 0.01, None)

# Recalled, not read: LoRaWAN RP002 (CN470-510, of whose 96 uplink channels a gateway serves a
# group of eight) and MIIT notice 52 of 2019 on micropower devices (470-510 MHz: 50 mW e.r.p., one
# transmission at most 1 s, no duty cycle).
CN470 = Region("CN470", 8, 17.0, 1.0, 1.0, 1_000_000)

REGIONS = {region.name: region for region in (EU868, CN470)}
