"""The budget of a device in a simulation, from what its radio and its app did."""

from dataclasses import replace
from typing import Any

from linli_protocol import codes

from ..ble.gateway import Peripheral
from ..clockwork import US_PER_S
from ..lora.airtime import PREAMBLE_SYMBOLS, symbol_us
from ..lora.lorawan import RECEIVE_DELAY_US
from ..lora.radio import Radio
from ..nbiot.modem import Modem, ModemTime
from ..roster import Member
from .activity import Activity, budget_of
from .budget import Budget
from .typical import FREEZE_S, HARDWARE

MODEM = "sim7020"
"""The NB-IoT modem of a simulated device."""

_WIRED = frozenset(("rs485", "ethernet"))
_SECONDS_PER_FREEZE = 3600.0


def budget_of_device(
    member: Member,
    app: Any,
    radio: Radio | None,
    modem: Modem | None,
    peripheral: Peripheral | None,
    span_s: float,
) -> Budget | None:
    """Return what a device drew from its cell in `span_s`; None when the mains or a bus feed it.

    A device with Wi-Fi is associated all the time, as the simulation has it. A button without
    sleeps deeply; the restart for each heartbeat, which the simulation leaves out, is in its
    budget. LED and buzzer are not. While an NB-IoT modem is connected the processor is awake. On
    BLE a device sleeps lightly between events, and listens at the current of sending.
    """
    hardware = HARDWARE.get(member.kind)
    if hardware is None or not _WIRED.isdisjoint(member.group.bearers):
        return None
    on_wifi = "wifi" in member.group.bearers
    pulses, restarts, awake_s = 0, 0.0, 0.0
    if member.kind == codes.METER:
        pulses = app.forward_ml // app.config["pulse_ml"]
        awake_s = span_s / _SECONDS_PER_FREEZE * FREEZE_S
    elif not on_wifi and "ble" not in member.group.bearers:
        restarts = span_s / app.config["heartbeat_s"]
    sent, receive_s = [(0.0, 0.0)], 0.0
    if radio is not None:
        sent = [(dbm, us / US_PER_S) for dbm, us in sorted(radio.transmit_us.items())] or sent
        receive_s = radio.receive_us / US_PER_S
        awake_s += radio.awake_us / US_PER_S
    greatest_dbm, transmit_s = sent.pop()
    if on_wifi:
        hardware = replace(hardware, sleep="wifi associated")
    elif "ble" in member.group.bearers:
        hardware = replace(hardware, sleep="light sleep")
    modem_time = ModemTime(0.0, 0.0, 0.0)
    if modem is not None:
        modem_time = modem.time(span_s)
        hardware = replace(hardware, lora=hardware.lora if radio else None, nbiot=MODEM)
        awake_s += modem_time.transmit_s + modem_time.idle_s
    did = Activity(
        span_s,
        awake_s,
        pulses,
        restarts,
        transmit_s,
        greatest_dbm,
        receive_s,
        tuple(sent),
        ble_transmit_s=peripheral.radio_us() / US_PER_S if peripheral else 0.0,
        nbiot_transmit_s=modem_time.transmit_s,
        nbiot_receive_s=modem_time.receive_s,
        nbiot_idle_s=modem_time.idle_s,
    )
    return budget_of(hardware, did)


def energy_of_update_j(
    member: Member, radio: Radio | None, uplinks: int, uplink_us: int, downlink_us: int
) -> float | None:
    """Return what an update's exchange over LoRa drew from a device's cell; None without a cell.

    `uplinks` frames of together `uplink_us`, each with the wait for its window, and downlinks of
    together `downlink_us`, at the radio's present power and data rate. Writing and verifying are
    not in it, nor is Wi-Fi beyond being associated.
    """
    hardware = HARDWARE.get(member.kind)
    if hardware is None or radio is None or not _WIRED.isdisjoint(member.group.bearers):
        return None
    listening_us = uplinks * PREAMBLE_SYMBOLS * symbol_us(radio.spreading_factor) + downlink_us
    awake_s = (uplink_us + uplinks * RECEIVE_DELAY_US + listening_us) / US_PER_S
    did = Activity(
        awake_s,
        awake_s,
        lora_transmit_s=uplink_us / US_PER_S,
        lora_dbm=radio.power_dbm,
        lora_receive_s=listening_us / US_PER_S,
    )
    return budget_of(hardware, did).energy_j
