"""Typical devices and their typical days: the table of docs/POWER.md, and what simulations assume.

A day of a meter: 300 pulses of a litre, a freeze of the registers every hour, one report of them.
A day of a button: one heartbeat; once a month somebody presses it and it blinks for half an hour.
"""

from dataclasses import replace

from linli_protocol import codes

from ..nbiot import report
from ..nbiot.power_saving import INACTIVITY_S
from . import lora_time
from .activity import Activity, Hardware, budget_of
from .budget import Budget
from .cells import CELLS

HARDWARE = {
    codes.METER: Hardware("esp32c6", "light sleep", CELLS["ER14505"], lora="sx1262", has_reed=True),
    codes.PANIC: Hardware("esp32c3", "deep sleep", CELLS["CR123A"], lora="sx1262"),
}
"""What battery devices of each kind are made of in a simulation."""

FREEZE_S = 0.1
"""Awake for the hourly registers: one record in flash; to be measured."""

DAY_S = 86_400.0
_PULSES = 300
_FREEZES = 24
_REPORT_BYTES = 48, 20
_HEARTBEAT_BYTES = 32, 20
_DBM = 17.0
# A cellar, and how long the processor looks after the modem; the latter to be measured.
_NBIOT_DB = 154.0
_NBIOT_AWAKE_S = 15.0
# Half an hour of short flashes once a month: a tenth of the time lit, then ten seconds of sound.
_LED_S = 180 / 30
_BUZZER_S = 10 / 30


def _lora_day(time: lora_time.LoraTime, others: Activity) -> Activity:
    return replace(
        others,
        awake_s=others.awake_s + time.awake_s,
        lora_transmit_s=time.transmit_s,
        lora_receive_s=time.receive_s,
        lora_dbm=_DBM,
    )


def meter_day(spreading_factor: int, restarts: int = 0, joins: float = 0.03) -> Activity:
    """Return a meter's day over LoRa; in deep sleep it restarts for each freeze."""
    time = lora_time.exchange(*_REPORT_BYTES, spreading_factor)
    time += lora_time.join(spreading_factor) * joins
    counting = Activity(DAY_S, _FREEZES * FREEZE_S, _PULSES, restarts)
    return _lora_day(time, counting)


def button_day(spreading_factor: int, joins: float = 0.03) -> Activity:
    """Return a button's day over LoRa, with a restart for the heartbeat."""
    time = lora_time.exchange(*_HEARTBEAT_BYTES, spreading_factor)
    time += lora_time.join(spreading_factor) * joins
    return _lora_day(time, Activity(DAY_S, restarts=1, led_s=_LED_S, buzzer_s=_BUZZER_S))


def examples() -> dict[str, Budget]:
    """Return budgets of devices one might build, by a short description."""
    meter, button = HARDWARE[codes.METER], HARDWARE[codes.PANIC]
    c3_meter = replace(meter, board="esp32c3")
    ulp_meter = replace(meter, board="esp32s3", sleep="deep sleep, ulp")
    nbiot = replace(meter, lora=None, nbiot="sim7020", cell=CELLS["ER26500"])
    nbiot_day = Activity(
        DAY_S,
        _FREEZES * FREEZE_S + _NBIOT_AWAKE_S,
        _PULSES,
        nbiot_transmit_s=float(report.transmit_s(_NBIOT_DB, _REPORT_BYTES[0])),
        nbiot_receive_s=float(report.receive_s(_NBIOT_DB)),
        nbiot_idle_s=INACTIVITY_S,
    )
    # Two travels of 8 s once a month: the exercise.
    valve_day = replace(meter_day(10), valve_s=16 / 30)
    # 5 ms each time: what a poll of the drivers might take.
    polled_day = replace(meter_day(10), awake_s=meter_day(10).awake_s + DAY_S * 0.005)
    on_wifi = replace(button, sleep="wifi associated")
    wifi_day = replace(button_day(10), restarts=0)
    rows = {
        "meter, C6, light sleep, SF7": (meter, meter_day(7)),
        "meter, C6, light sleep, SF10": (meter, meter_day(10)),
        "the same on a larger cell": (replace(meter, cell=CELLS["ER26500"]), meter_day(10)),
        "the first, woken every second": (meter, polled_day),
        "meter with valve, C6, SF10": (meter, valve_day),
        "meter, C3, light sleep, SF10": (c3_meter, meter_day(10)),
        "meter, S3, ULP counts, SF10": (ulp_meter, meter_day(10, 24)),
        "the same, 24 joins a day": (ulp_meter, meter_day(10, 24, 24)),
        "meter, C6, NB-IoT": (nbiot, nbiot_day),
        "button, C3, deep sleep, SF7": (button, button_day(7)),
        "button, C3, deep sleep, SF10": (button, button_day(10)),
        "button, C3, on Wi-Fi too": (on_wifi, wifi_day),
        "the same with 2 x FR6": (replace(on_wifi, cell=CELLS["2 x FR6"]), wifi_day),
        "the same, C6": (replace(on_wifi, board="esp32c6", cell=CELLS["2 x FR6"]), wifi_day),
    }
    return {name: budget_of(hardware, did) for name, (hardware, did) in rows.items()}


def table() -> str:
    """Return the examples as lines: cell, mean current, years, and the three greatest shares."""
    lines = [f"{'device':31}{'cell':9}{'µA':>5}{'years':>7}  of which"]
    for name, budget in examples().items():
        greatest = [f"{share:.0%} {state}" for state, share in list(budget.shares().items())[:3]]
        numbers = f"{budget.mean_ua:5.0f}{budget.life_years:7.1f}"
        lines.append(f"{name:31}{budget.cell.name:9}{numbers}  {', '.join(greatest)}")
    return "\n".join(lines)
