"""The site as tables: where everything stands, and how well LoRa and NB-IoT hear each device."""

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from linli_protocol import words

from .infrastructure import LoraCohort, LoraNetwork, NbiotNetwork, Network
from .lora.airtime import SPREADING_FACTORS
from .lora.link_budget import Position, slowest
from .lora.lorawan import MAX_PAYLOAD_BYTES, OVERHEAD_BYTES
from .lora.sensitivity import BY_NAME as SENSITIVITIES
from .nbiot.coverage import MAX_LOSS_DB
from .roster import Member
from .scenario import Lora
from .tables import Columns, columns, joined

LORA_GATEWAY = "lora gateway"
NBIOT_MAST = "nbiot mast"


def places(
    members: Sequence[Member], positions: Mapping[int, Position], networks: Mapping[str, Network]
) -> Columns:
    """Return the table of who stands where: stations first, then devices."""
    stations: list[tuple[str, int, float, float]] = []
    for network in networks.values():
        if isinstance(network, LoraNetwork):
            stations += [
                (LORA_GATEWAY, number, *position)
                for number, (position, _) in enumerate(network.gateways)
            ]
        elif isinstance(network, NbiotNetwork):
            stations.append((NBIOT_MAST, 0, *network.mast))
    devices = (
        (words.DEVICE_KINDS[member.kind], member.id, *positions[member.id]) for member in members
    )
    return columns("places", [*stations, *devices])


def links(settings: Lora, networks: Mapping[str, Network], cohort: LoraCohort | None) -> Columns:
    """Return the table of who is heard how well, each device by the station of the least loss."""
    parts = []
    for network in networks.values():
        if isinstance(network, LoraNetwork):
            parts.append(_of_radios(settings, network))
        elif isinstance(network, NbiotNetwork):
            parts.append(_of_modems(network))
    if cohort is not None:
        parts.append(_of_cohort(settings, cohort))
    return reduce(joined, parts, columns("links", []))


def lora_margin_db(settings: Lora, loss_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much more loss there could be, at full power and the slowest spreading factor."""
    region = settings.channel_plan
    last = slowest(region, MAX_PAYLOAD_BYTES + OVERHEAD_BYTES)
    limit_dbm = _limits_dbm(settings)[last - SPREADING_FACTORS[0]]
    return np.asarray(region.max_power_dbm - loss_db - limit_dbm)


def _limits_dbm(settings: Lora) -> NDArray[np.float64]:
    """Return the weakest level that gateways hear, for each spreading factor from 7 on."""
    heard_dbm = SENSITIVITIES[settings.sensitivity].gateway_dbm
    return np.array([heard_dbm[factor] for factor in SPREADING_FACTORS])


def _of_radios(settings: Lora, network: LoraNetwork) -> Columns:
    limits_dbm = _limits_dbm(settings)
    gateways = {id(gateway): number for number, (_, gateway) in enumerate(network.gateways)}
    rows = []
    for device, radio in sorted(network.radios.items()):
        best = min(radio.all_links, key=lambda link: link.loss_db)
        factor = radio.spreading_factor
        needed_dbm = limits_dbm[factor - SPREADING_FACTORS[0]]
        reached_db = settings.channel_plan.max_power_dbm - needed_dbm
        heard_by = sum(link.loss_db <= reached_db for link in radio.all_links)
        margin_db = float(lora_margin_db(settings, np.array(best.loss_db)))
        row = (device, "lora", gateways[id(best.gateway)], best.loss_db, margin_db)
        rows.append((*row, heard_by, factor))
    return columns("links", rows)


def _of_modems(network: NbiotNetwork) -> Columns:
    return columns(
        "links",
        [
            (
                device,
                "nbiot",
                0,
                modem.loss_db,
                MAX_LOSS_DB - modem.loss_db,
                int(modem.is_reachable),
                None,
            )
            for device, modem in sorted(network.modems.items())
        ],
    )


def _of_cohort(settings: Lora, cohort: LoraCohort) -> Columns:
    devices, reach = cohort.heard
    count = np.diff(reach.first)
    # Nobody knows the loss of those that matter at no gateway.
    is_far = count == 0
    best = np.where(is_far, -1, reach.first[:-1])
    loss_db = np.append(reach.loss_db.astype(np.float64), 0.0)[best]
    gateway = np.append(reach.gateway, 0)[best]
    reached_db = settings.channel_plan.max_power_dbm - _limits_dbm(settings)[reach.row]
    owner = np.repeat(np.arange(len(devices)), count)
    heard_by = np.bincount(owner[reach.loss_db <= reached_db[owner]], minlength=len(devices))
    return {
        "device": devices.astype(np.uint32),
        "bearer": np.full(len(devices), "lora", object),
        "station": np.ma.masked_array(gateway.astype(np.uint32), is_far),
        "loss_db": np.ma.masked_array(loss_db, is_far),
        "margin_db": np.ma.masked_array(lora_margin_db(settings, loss_db), is_far),
        "heard_by": heard_by.astype(np.uint32),
        "spreading_factor": (reach.row + SPREADING_FACTORS[0]).astype(np.uint32),
    }
