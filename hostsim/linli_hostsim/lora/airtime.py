"""How long a LoRa frame is on the air: the boards' own formula, its results remembered."""

from functools import cache

from linli_firmware.bearers import lora_airtime
from linli_firmware.bearers.lora_airtime import PREAMBLE_SYMBOLS, symbol_us

__all__ = ["PREAMBLE_SYMBOLS", "SPREADING_FACTORS", "airtime_us", "symbol_us"]

SPREADING_FACTORS = range(7, 13)
"""Those of LoRaWAN; LoRa's sixth needs an implicit header."""

airtime_us = cache(lora_airtime.airtime_us)
