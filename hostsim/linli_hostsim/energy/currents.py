"""Supply currents by part and state, each with where the figure is from.

Every figure is in whole microamperes, rounded up, at about 3.3 V and 25 °C. Nothing here was
measured on our own boards yet: `docs/HARDWARE.md` says how. A source that begins with "recalled"
names a document that was not at hand when the figure was written down.
"""

from dataclasses import dataclass

_IDF = "ESP-IDF, api-guides/sleep-current/"
_BLE = "ESP-IDF, examples/bluetooth/nimble/power_save: greatest current"
_WROOM = "ESP32-WROOM-32 datasheet, Table 4"
_SIMCOM = "SIM7020 Hardware Design V1.02, Table 30"
_SX1262 = "recalled: SX1261/2 datasheet rev. 2.1, power consumption tables, DC-DC, 868/915 MHz"
_SX1276 = "LoRaSim's loraDir.py (Bor et al. 2016)"
_OURS = "our figure for a part not yet chosen"

# States of a processor: "running" (radio off), "light sleep", "deep sleep" (RTC timer, memory and
# wake pins on), "deep sleep, ulp" (the ULP processor samples a pin one hundredth of the time),
# "wifi associated" (automatic light sleep, DTIM10).
_ROWS = (
    ("esp32", "running", 29_660, _IDF + "esp32_summary: modem sleep, DTIM10"),
    ("esp32", "light sleep", 800, _WROOM),
    ("esp32", "deep sleep", 10, _WROOM + ": RTC timer and RTC memory"),
    ("esp32", "deep sleep, ulp", 100, _WROOM + ": ULP sensor-monitored pattern, 1 % duty"),
    ("esp32", "wifi associated", 2_190, _IDF + "esp32_summary: automatic light sleep, DTIM10"),
    ("esp32", "wifi transmit", 240_000, "recalled: ESP32 datasheet, RF power table, 19.5 dBm"),
    ("esp32", "wifi receive", 100_000, "recalled: ESP32 datasheet, RF power table"),
    ("esp32", "ble transmit", 231_000, _BLE),
    ("esp32s3", "running", 38_200, _IDF + "esp32s3_summary: modem sleep, DTIM10"),
    ("esp32s3", "light sleep", 280, _IDF + "esp32s3_light_sleep: least current"),
    ("esp32s3", "deep sleep", 7, _IDF + "esp32s3_summary: 6.8 µA"),
    ("esp32s3", "deep sleep, ulp", 22, "recalled: as ESP32-S2, ULP sensor-monitored pattern"),
    ("esp32s3", "wifi associated", 930, _IDF + "esp32s3_summary: automatic light sleep, DTIM10"),
    ("esp32s3", "wifi transmit", 340_000, "recalled: ESP32-S3 datasheet, 802.11b, 21 dBm, peak"),
    ("esp32s3", "wifi receive", 91_000, "recalled: ESP32-S3 datasheet, peak"),
    ("esp32s3", "ble transmit", 240_000, _BLE),
    ("esp32c3", "running", 20_670, _IDF + "esp32c3_summary: modem sleep, DTIM10"),
    ("esp32c3", "light sleep", 140, _IDF + "esp32c3_light_sleep: least current"),
    ("esp32c3", "deep sleep", 5, _IDF + "esp32c3_summary: 4.8 µA"),
    ("esp32c3", "wifi associated", 310, _IDF + "esp32c3_summary: automatic light sleep, DTIM10"),
    ("esp32c3", "wifi transmit", 335_000, "recalled: ESP32-C3 datasheet, 802.11b, 21 dBm, peak"),
    ("esp32c3", "wifi receive", 88_000, _IDF + "esp32c3_light_sleep: greatest current"),
    ("esp32c3", "ble transmit", 262_000, _BLE),
    ("esp32c6", "running", 38_000, "recalled: ESP32-C6 datasheet, modem sleep, 160 MHz"),
    ("esp32c6", "light sleep", 53, _IDF + "esp32c6_light_sleep: least current"),
    ("esp32c6", "deep sleep", 7, "recalled: ESP32-C6 datasheet, low-power modes"),
    ("esp32c6", "wifi associated", 172, _IDF + "esp32c6_light_sleep: DTIM10"),
    ("esp32c6", "wifi transmit", 354_000, "recalled: ESP32-C6 datasheet, 802.11b, 20.5 dBm, peak"),
    ("esp32c6", "wifi receive", 103_149, _IDF + "esp32c6_light_sleep: greatest current"),
    ("esp32c6", "ble transmit", 240_000, _BLE),
    ("sx1262", "sleep", 1, "Mbed OS, COMPONENT_SX126X/SleepMode.txt: 600 nA with warm start"),
    ("sx1262", "receive", 5_300, _SX1262 + ", boosted gain"),
    ("sx1276", "sleep", 1, "SX1276 datasheet, key features: 200 nA with registers kept"),
    ("sx1276", "receive", 9_700, "FLoRa's LoRaEnergyConsumer"),
    ("sim7020", "transmit", 220_000, "recalled: BC66 Hardware Design, 23 dBm, single tone"),
    ("sim7020", "receive", 46_000, "LoRaWAN-NBIoTEnergyModels, config.py: 151.8 mW at 3.3 V"),
    ("sim7020", "idle", 5_600, _SIMCOM),
    ("sim7020", "psm", 4, _SIMCOM + ": 3.4 µA"),
    ("bc66", "transmit", 220_000, "recalled: BC66 Hardware Design, 23 dBm, single tone"),
    ("bc66", "receive", 61_000, "recalled: BC66 Hardware Design, connected mode"),
    ("bc66", "idle", 5_800, "recalled: BC66 Hardware Design, idle, DRX 1.28 s"),
    ("bc66", "psm", 4, "recalled: BC66 Hardware Design, 3.5 µA"),
    ("valve", "turning", 60_000, _OURS + ": DN15 ball valve with a 3.6 V motor"),
    ("led", "lit", 2_000, _OURS + ": 680 Ω at 3.3 V"),
    ("buzzer", "sounding", 10_000, _OURS + ": piezo with its own driver"),
    ("regulator", "always", 1, "recalled: TPS7A02 datasheet, quiescent current 25 nA"),
    ("reed", "always", 2, _OURS + ": 1 MΩ at 3.3 V, shut half of the time"),
)

# SX1276 at -2 to 20 dBm in steps of 1 dBm, mA.
_SX1276_MA = (
    *(22, 22, 22, 23, 24, 24, 24, 25, 25, 25, 25, 26),
    *(31, 32, 34, 35, 44, 82, 85, 90, 105, 115, 125),
)
_SX1276_LOWEST_DBM = -2
# SX1262: power in dBm, with the amplifier's settings for it, and mA.
_SX1262_MA = ((14, 45), (17, 58), (20, 84), (22, 118))

_LORA_TRANSMIT = {
    "sx1276": (
        {_SX1276_LOWEST_DBM + step: ma for step, ma in enumerate(_SX1276_MA)},
        _SX1276,
    ),
    "sx1262": (dict(_SX1262_MA), _SX1262),
}


@dataclass(frozen=True, slots=True)
class Current:
    """What `part` draws in `state`: a row of the table."""

    part: str
    state: str
    ua: int
    source: str


def _transmitting() -> list[Current]:
    return [
        Current(part, f"transmit {dbm} dBm", ma * 1000, source)
        for part, (powers, source) in _LORA_TRANSMIT.items()
        for dbm, ma in powers.items()
    ]


CURRENTS = {
    (row.part, row.state): row for row in (*(Current(*row) for row in _ROWS), *_transmitting())
}
"""Every row by part and state."""


def current_ua(part: str, state: str) -> int:
    """Return the current in µA; KeyError names a part or state that the table lacks."""
    return CURRENTS[part, state].ua


def lora_transmit_ua(part: str, power_dbm: float) -> int:
    """Return a LoRa radio's current at the least tabulated power that is at least `power_dbm`.

    >>> lora_transmit_ua("sx1276", 14.0), lora_transmit_ua("sx1262", 15.5)
    (44000, 58000)

    ValueError when the part cannot send with so much power.
    """
    powers, _ = _LORA_TRANSMIT[part]
    enough = [dbm for dbm in powers if dbm >= power_dbm]
    if not enough:
        raise ValueError(f"{part}: {power_dbm} dBm is more than its {max(powers)} dBm")
    return powers[min(enough)] * 1000
