"""A flood of alarms: many press within minutes, each once."""

from collections.abc import Sequence
from random import Random

from simpy import Environment

from ..clockwork import US_PER_S, at
from ..scenario import AlarmFlood
from ..twins import PanicTwin


def flood(
    env: Environment, buttons: Sequence[PanicTwin], settings: AlarmFlood, random: Random
) -> None:
    """Have a share of `buttons` pressed, at times spread evenly from now on."""
    within_us = settings.within_min * 60 * US_PER_S
    for button in random.sample(buttons, round(settings.share * len(buttons))):
        at(env, round(random.random() * within_us), button.press, None)
