"""Power cuts: which devices of a scenario lose power, when, and how."""

from collections.abc import Mapping, Sequence

from simpy import Environment

from linli_firmware.storage.ram_files import TORN
from linli_protocol import words

from .clockwork import US_PER_H, US_PER_S, at
from .roster import Member
from .scenario import PowerCut
from .streams import stream
from .twins import Twin


def plan(
    env: Environment,
    cuts: Sequence[PowerCut],
    seed: int,
    members: Sequence[Member],
    twins: Mapping[int, Twin],
) -> None:
    """Have the power fail as `cuts` say."""
    for number, cut in enumerate(cuts):
        random = stream(seed, "power cut", number)
        concerned = [member for member in members if words.DEVICE_KINDS[member.kind] == cut.kind]
        delay_us = round(cut.at_h * US_PER_H)
        off_us = round(cut.off_min * 60 * US_PER_S)
        for member in random.sample(concerned, round(cut.share * len(concerned))):
            twin = twins[member.id]
            if cut.in_write:
                at(env, delay_us, twin.lose_power_in_write, random.choice(TORN), off_us)
            else:
                at(env, delay_us, twin.lose_power, off_us)
