"""A few LoRa radios and gateways, their packets, and the answers that a hub would give."""

import random
from collections import Counter

from simpy import Environment

from linli_hostsim.clockwork import US_PER_S, now_us
from linli_hostsim.lora.adr import DeviceAdr, NetworkAdr
from linli_hostsim.lora.air import Air
from linli_hostsim.lora.downlink import Downlinks
from linli_hostsim.lora.gateway import Gateway
from linli_hostsim.lora.link_budget import Link
from linli_hostsim.lora.radio import Radio
from linli_hostsim.lora.region import Region, SubBand
from linli_hostsim.packet import Direction, Fate, Packet
from linli_hostsim.tracker import Tracker

PAYLOAD = bytes(7)  # a frame of 20 bytes, as in LoRaSim


def region(duty_cycle: float = 1.0, channels: int = 1) -> Region:
    """Return a plan with one sub-band of 14 dBm for all channels."""
    bands = (SubBand(0, 100_000, duty_cycle, 14.0),)
    return Region("test", 0, 1, channels, 100_000, 12, bands, None)


def uplink(env: Environment, tracker: Tracker, source: int = 1) -> Packet:
    packet = Packet(source, 0, PAYLOAD, 3, 0x11, "lora", Direction.UP, now_us(env))
    tracker.create(packet)
    return packet


def fates(tracker: Tracker) -> Counter[Fate]:
    counted: Counter[Fate] = Counter()
    for (_, _, fate), tally in tracker.settled.items():
        counted[fate] += tally.packets
    return counted


class World:
    """A few radios and gateways on one channel, with the answers a hub would give."""

    def __init__(
        self,
        losses_db: list[list[float]],
        plan: Region | None = None,
        spreading_factor: int = 7,
        adr_margin_db: float | None = None,
        **options: bool,
    ) -> None:
        self.env = Environment()
        self.tracker = Tracker()
        self.air = Air(self.env, self.tracker)
        plan = plan or region()
        self.downlinks = Downlinks(self.env, self.tracker, plan, hold_us=10 * US_PER_S)
        self.via: list[tuple[int, Packet]] = []
        self.gateways = [Gateway(self.env, plan) for _ in losses_db[0]]
        for index, made in enumerate(self.gateways):
            made.out = lambda packet, index=index: self.arrive(index, packet)
        self.radios = []
        for number, losses in enumerate(losses_db):
            links = [Link(*pair) for pair in zip(self.gateways, losses, strict=True)]
            radio = Radio(
                self.env,
                self.air,
                self.tracker,
                random.Random(number),
                number,
                plan,
                spreading_factor,
                links,
                adr=None if adr_margin_db is None else DeviceAdr(12, 14.0),
                **options,
            )
            radio.out = self.consume
            network = None if adr_margin_db is None else NetworkAdr(14.0, adr_margin_db)
            self.downlinks.attach(radio, network)
            self.radios.append(radio)

    def arrive(self, index: int, packet: Packet) -> None:
        self.via.append((index, packet))
        self.consume(packet)

    def consume(self, packet: Packet) -> None:
        self.tracker.settle(packet, Fate.DELIVERED)

    def send_up(self, number: int) -> Packet:
        packet = uplink(self.env, self.tracker, number)
        self.radios[number].put(packet)
        return packet

    def send_down(self, number: int, priority: int = 3) -> Packet:
        now = now_us(self.env)
        packet = Packet(0, number, PAYLOAD, priority, 0x21, "lora", Direction.DOWN, now)
        self.tracker.create(packet)
        self.downlinks.put(packet)
        return packet

    def finish(self) -> None:
        self.env.run()
        self.tracker.finish()
