"""From what a device did, on what hardware, to its budget: the one way from deeds to charge."""

from dataclasses import dataclass

from .budget import Budget, Load
from .cells import Cell
from .currents import current_ua, lora_transmit_ua

PULSE_S = 0.04
"""Awake for a pulse in light sleep: both edges are watched for drivers.edge_counter.STEADY_MS."""
RESTART_S = 1.0
"""Awake from the end of a deep sleep until the app runs; to be measured."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a device is made of; the names are the parts of `currents.CURRENTS`.

    `sleep` is the board's state between deeds: "light sleep", "wifi associated", "deep sleep" or
    "deep sleep, ulp"; `lora` and `nbiot` are the radios fitted, if any; `has_reed`: a contact's
    pull-up draws all the time.
    """

    board: str
    sleep: str
    cell: Cell
    lora: str | None = None
    nbiot: str | None = None
    has_reed: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """What a device did in `span_s`; all of it in seconds or numbers of times.

    `awake_s`: the processor ran, for whatever is not listed below. A pulse does not wake it from
    deep sleep; a restart ends one. `lora_lowered_s` are (dBm, s) of sending that adaptive data rate
    has made weaker than `lora_dbm`, beside `lora_transmit_s`.
    """

    span_s: float
    awake_s: float = 0.0
    pulses: float = 0.0
    restarts: float = 0.0
    lora_transmit_s: float = 0.0
    lora_dbm: float = 14.0
    lora_receive_s: float = 0.0
    lora_lowered_s: tuple[tuple[float, float], ...] = ()
    wifi_transmit_s: float = 0.0
    wifi_receive_s: float = 0.0
    ble_transmit_s: float = 0.0
    nbiot_transmit_s: float = 0.0
    nbiot_receive_s: float = 0.0
    nbiot_idle_s: float = 0.0
    valve_s: float = 0.0
    led_s: float = 0.0
    buzzer_s: float = 0.0


def budget_of(hardware: Hardware, did: Activity, celsius: float = 20.0) -> Budget:
    """Return the budget of a device that `did` so; ValueError when its day is overfull."""
    loads = _processor(hardware, did)
    if hardware.lora:
        loads += _lora(hardware.lora, did)
    if hardware.nbiot:
        loads += _nbiot(hardware.nbiot, did)
    loads += [
        _load("sending over Wi-Fi", did.wifi_transmit_s, hardware.board, "wifi transmit"),
        _load("receiving over Wi-Fi", did.wifi_receive_s, hardware.board, "wifi receive"),
        _load("sending over BLE", did.ble_transmit_s, hardware.board, "ble transmit"),
        _load("turning the valve", did.valve_s, "valve", "turning"),
        _load("LED", did.led_s, "led", "lit"),
        _load("buzzer", did.buzzer_s, "buzzer", "sounding"),
        _load("regulator", did.span_s, "regulator", "always"),
        _load("reed contact", did.span_s * hardware.has_reed, "reed", "always"),
    ]
    return Budget(did.span_s, [load for load in loads if load.seconds], hardware.cell, celsius)


def _load(name: str, seconds: float, part: str, state: str) -> Load:
    return Load(name, seconds, current_ua(part, state) if seconds else 0)


def _processor(hardware: Hardware, did: Activity) -> list[Load]:
    counting_s = 0.0 if hardware.sleep.startswith("deep") else did.pulses * PULSE_S
    restarting_s = did.restarts * RESTART_S
    asleep_s = did.span_s - did.awake_s - counting_s - restarting_s
    if asleep_s < 0:
        raise ValueError(f"{-asleep_s:.0f} s more than the {did.span_s:.0f} s there are")
    board = hardware.board
    return [
        _load(hardware.sleep, asleep_s, board, hardware.sleep),
        _load("awake", did.awake_s, board, "running"),
        _load("counting pulses", counting_s, board, "running"),
        _load("restarting", restarting_s, board, "running"),
    ]


def _lora(part: str, did: Activity) -> list[Load]:
    lowered_s = sum(seconds for _, seconds in did.lora_lowered_s)
    asleep_s = did.span_s - did.lora_transmit_s - lowered_s - did.lora_receive_s
    return [
        Load("sending over LoRa", did.lora_transmit_s, lora_transmit_ua(part, did.lora_dbm)),
        *(
            Load(f"sending over LoRa at {dbm:g} dBm", seconds, lora_transmit_ua(part, dbm))
            for dbm, seconds in did.lora_lowered_s
        ),
        _load("receiving over LoRa", did.lora_receive_s, part, "receive"),
        _load("LoRa radio asleep", asleep_s, part, "sleep"),
    ]


def _nbiot(part: str, did: Activity) -> list[Load]:
    on_s = did.nbiot_transmit_s + did.nbiot_receive_s + did.nbiot_idle_s
    return [
        _load("sending over NB-IoT", did.nbiot_transmit_s, part, "transmit"),
        _load("receiving over NB-IoT", did.nbiot_receive_s, part, "receive"),
        _load("NB-IoT modem idle", did.nbiot_idle_s, part, "idle"),
        _load("NB-IoT modem asleep", did.span_s - on_s, part, "psm"),
    ]
