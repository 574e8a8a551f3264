"""The shared air: uplink frames reach every gateway in range and become one fate."""

from collections.abc import Callable

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Packet
from ..tracker import Tracker
from .link_budget import Link
from .lorawan import frame_us
from .reception import Reception


class Air:
    """Carries uplink frames from radios to gateways.

    A frame heard by several gateways is one packet: it goes out of the gateway with the strongest
    signal, the others' copies are dropped. A frame received by none takes the fate it had where its
    signal was strongest.
    """

    def __init__(self, env: Environment, tracker: Tracker) -> None:
        self._env = env
        self._tracker = tracker

    def transmit(
        self,
        packet: Packet,
        spreading_factor: int,
        channel: int,
        power_dbm: float,
        links: list[Link],
        ended: Callable[[list[Link]], None],
        option_bytes: int = 0,
    ) -> None:
        """Put a frame on the air now.

        `links` are the audible ones, strongest first. At the end `ended` is called with those that
        received the frame, before the packet goes on, so that a reply finds the radio listening.
        `option_bytes` are what the frame's header carries besides (LoRaWAN's FOpts).
        """
        packet.airtime_us = frame_us(len(packet.payload) + option_bytes, spreading_factor)
        end_us = now_us(self._env) + packet.airtime_us
        receptions = [
            link.gateway.begin(channel, spreading_factor, power_dbm - link.loss_db, end_us)
            for link in links
        ]
        at(self._env, packet.airtime_us, self._end, packet, links, receptions, ended)

    def _end(
        self,
        packet: Packet,
        links: list[Link],
        receptions: list[Reception],
        ended: Callable[[list[Link]], None],
    ) -> None:
        fates = [
            link.gateway.end(reception) for link, reception in zip(links, receptions, strict=True)
        ]
        received = [link for link, fate in zip(links, fates, strict=True) if fate is None]
        ended(received)
        if received:
            received[0].gateway.out(packet)
        elif Fate.LINK_DOWN in fates:
            # Received by a gateway that is cut off, whose path keeps the packet or loses it.
            links[fates.index(Fate.LINK_DOWN)].gateway.out(packet)
        else:
            fate = fates[0] if fates else None
            self._tracker.settle(packet, fate or Fate.BELOW_SENSITIVITY)
