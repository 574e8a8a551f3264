"""What a LoRa radio draws from its battery."""

# LoRaSim loraDir.py (Bor et al. 2016), mA at -2 to 20 dBm in steps of 1 dBm.
_TRANSMIT_MA = (
    *(22, 22, 22, 23, 24, 24, 24, 25, 25, 25, 25, 26),
    *(31, 32, 34, 35, 44, 82, 85, 90, 105, 115, 125),
)
_LOWEST_DBM = -2
SUPPLY_V = 3.0
"""LoRaSim's supply, used with its currents."""
RECEIVE_MA = 9.7
"""FLoRa's LoRaEnergyConsumer: the receiver listening."""


def transmit_mj(airtime_us: int, power_dbm: float) -> float:
    """Return the energy of one transmission; ValueError outside -2 to 20 dBm."""
    index = round(power_dbm) - _LOWEST_DBM
    if not 0 <= index < len(_TRANSMIT_MA):
        raise ValueError(f"transmit power {power_dbm} dBm outside -2 to 20 dBm")
    return airtime_us * _TRANSMIT_MA[index] * SUPPLY_V / 1e6


def receive_mj(duration_us: int) -> float:
    """Return the energy of listening."""
    return duration_us * RECEIVE_MA * SUPPLY_V / 1e6
