"""The shared air: uplink frames reach every gateway in range and become one fate."""

from collections.abc import Callable

from simpy import Environment

from ..clockwork import at, now_us
from ..packet import Fate, Packet
from ..tracker import Tracker
from .airtime import symbol_us
from .gateway import Reception
from .link_budget import Link
from .lorawan import frame_us

SPARE_PREAMBLE_SYMBOLS = 3
"""Of eight preamble symbols a receiver needs the last five (Bor et al. 2016, section 4.2)."""


class Air:
    """Carries uplink frames from radios to gateways.

    A frame heard by several gateways is one packet: it goes out of the gateway with the strongest
    signal, the others' copies are dropped. A frame received by none takes the fate it had where its
    signal was strongest.
    """

    def __init__(
        self,
        env: Environment,
        tracker: Tracker,
        spare_preamble_symbols: int = SPARE_PREAMBLE_SYMBOLS,
    ) -> None:
        self._env = env
        self._tracker = tracker
        self._spare_preamble_symbols = spare_preamble_symbols

    def transmit(
        self,
        packet: Packet,
        spreading_factor: int,
        channel: int,
        power_dbm: float,
        links: list[Link],
        ended: Callable[[list[Link]], None],
    ) -> None:
        """Put a frame on the air now.

        `links` are the audible ones, strongest first. At the end `ended` is called with those that
        received the frame, before the packet goes on, so that a reply finds the radio listening.
        """
        packet.airtime_us = frame_us(len(packet.payload), spreading_factor)
        now = now_us(self._env)
        end_us = now + packet.airtime_us
        locked_us = now + self._spare_preamble_symbols * symbol_us(spreading_factor)
        receptions = [
            link.gateway.begin(
                channel, spreading_factor, power_dbm - link.loss_db, end_us, locked_us
            )
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
        else:
            fate = fates[0] if fates else None
            self._tracker.settle(packet, fate or Fate.BELOW_SENSITIVITY)
