"""How long a LoRa frame is on the air: the boards' own formula, its results remembered."""

from functools import cache

from linli_firmware.bearers import lora_airtime
from linli_firmware.bearers.lora_airtime import PREAMBLE_SYMBOLS, symbol_us

__all__ = ["PREAMBLE_SYMBOLS", "airtime_us", "symbol_us"]

airtime_us = cache(lora_airtime.airtime_us)
