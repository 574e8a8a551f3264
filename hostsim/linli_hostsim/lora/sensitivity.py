"""The weakest signals a receiver decodes, dBm at 125 kHz by spreading factor."""

from collections.abc import Mapping
from dataclasses import dataclass

# ns-3 lorawan, gateway-lora-phy.cc and end-device-lora-phy.cc; the latter is also the table of the
# SX1272's datasheet, revision 2.
GATEWAY_DBM = {7: -130.0, 8: -132.5, 9: -135.0, 10: -137.5, 11: -140.0, 12: -142.5}
DEVICE_DBM = {7: -124.0, 8: -127.0, 9: -130.0, 10: -133.0, 11: -135.0, 12: -137.0}


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What gateways and devices hear."""

    gateway_dbm: Mapping[int, float]
    device_dbm: Mapping[int, float]


NS3 = Sensitivity(GATEWAY_DBM, DEVICE_DBM)

# SX1301 datasheet 2.4: "-139.5 dBm with included reference design", which is SF12's. The others
# lie above it as the signal-to-noise ratios that LoRa needs do, 2.5 dB a spreading factor.
SX1301 = Sensitivity({factor: -139.5 + 2.5 * (12 - factor) for factor in range(7, 13)}, DEVICE_DBM)

# LoRaSim's loraDir.py, which has one table for both ends, measured with an SX1272.
_LORASIM_DBM = {7: -126.5, 8: -127.25, 9: -131.25, 10: -132.75, 11: -134.5, 12: -133.25}
LORASIM = Sensitivity(_LORASIM_DBM, _LORASIM_DBM)

BY_NAME = {"ns3": NS3, "sx1301": SX1301, "lorasim": LORASIM}
"""By the name that a scenario gives it."""
