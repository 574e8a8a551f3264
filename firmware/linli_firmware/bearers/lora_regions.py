"""Channel plans for 125 kHz LoRa and the limits a regulator sets on a device.

EU868: eight channels in 865.0-868.6 MHz, where ERC/REC 70-03 annex 1 allows 25 mW e.r.p. at a duty
cycle of 1 % in each of two sub-bands [recalled]; one budget for both keeps to it in either. CN470:
channels 80 to 87 of LoRaWAN's CN470-510 plan, which most gateways there serve [recalled]; MIIT
notice 52 of 2019 allows 50 mW e.r.p. and one second for a transmission, and sets no duty cycle
[recalled]. Neither asks to listen before talking as long as the duty cycle is kept.
"""


class Region:
    """What holds on the air at one place; a duty cycle or longest frame of 0 stands for no limit.

    Channels are numbered from `first_khz` in steps of `step_khz`; downlinks use the uplink's.
    """

    def __init__(
        self,
        first_khz: int,
        step_khz: int,
        channels: int,
        max_power_dbm: int,
        duty_permille: int,
        max_airtime_us: int,
    ) -> None:
        self.first_khz = first_khz
        self.step_khz = step_khz
        self.channels = channels
        self.max_power_dbm = max_power_dbm
        self.duty_permille = duty_permille
        self.max_airtime_us = max_airtime_us


def region(name: str) -> Region:
    """Return the region called `name`; ValueError when there is none."""
    if name == "EU868":
        return Region(867_100, 200, 8, 14, 10, 0)
    if name == "CN470":
        return Region(486_300, 200, 8, 17, 0, 1_000_000)
    raise ValueError("lora: region " + name + " is neither EU868 nor CN470")
