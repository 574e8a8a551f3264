"""Which gateway answers which uplink: lora.downlink's choice, for one acknowledgement each."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..lora.region import Region
from .frames import Flags, Ints
from .timelines import order_by_group
from .transmissions import Transmissions

NOBODY = -1


@dataclass(slots=True)
class Answers:
    """Uplinks that were heard and are to be answered as their device's window opens.

    `message` and `level` say whose they are; those of one answer's `gateway`s lie at `first` to
    `first + choices`, the strongest first, and `reaches` tells whether the device hears it. Some
    tell the time besides.
    """

    opens_us: Ints
    airtime_us: Ints
    channel: Ints
    message: Ints
    level: Ints
    tells_time: Flags
    first: Ints
    choices: Ints
    gateway: Ints
    reaches: Flags

    @classmethod
    def none(cls) -> Self:
        """Return no answers."""
        empty = np.empty(0, np.int64)
        flags = np.empty(0, np.bool_)
        return cls(empty, empty, empty, empty, empty, flags, empty, empty, empty, flags)

    def __len__(self) -> int:
        return len(self.opens_us)

    def equals(self, other: "Answers") -> bool:
        """Tell whether these are the same answers, with the same choices."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__
        )

    def take(self, which: Flags) -> "Answers":
        """Return some of the answers."""
        first, choices = self.first[which], self.choices[which]
        begins = np.cumsum(choices) - choices
        kept = np.arange(int(choices.sum())) + np.repeat(first - begins, choices)
        return Answers(
            self.opens_us[which],
            self.airtime_us[which],
            self.channel[which],
            self.message[which],
            self.level[which],
            self.tells_time[which],
            begins,
            choices,
            self.gateway[kept],
            self.reaches[kept],
        )

    def joined(self, other: "Answers") -> "Answers":
        """Return these and the `other` answers in the order in which their windows open."""
        if not len(self) or not len(other):
            return self if len(self) else other
        order = np.argsort(np.concatenate((self.opens_us, other.opens_us)), kind="stable")
        return Answers(
            np.concatenate((self.opens_us, other.opens_us))[order],
            np.concatenate((self.airtime_us, other.airtime_us))[order],
            np.concatenate((self.channel, other.channel))[order],
            np.concatenate((self.message, other.message))[order],
            np.concatenate((self.level, other.level))[order],
            np.concatenate((self.tells_time, other.tells_time))[order],
            np.concatenate((self.first, other.first + len(self.gateway)))[order],
            np.concatenate((self.choices, other.choices))[order],
            np.concatenate((self.gateway, other.gateway)),
            np.concatenate((self.reaches, other.reaches)),
        )


class Transmitters:
    """The gateways as transmitters: half duplex, with the off time of lora.off_time."""

    def __init__(self, region: Region, gateways: int) -> None:
        self._sub_band = np.array(region.sub_band)
        self._duty_cycle = np.array([band.duty_cycle for band in region.sub_bands])
        self._until_us = np.zeros(gateways, np.int64)
        # By gateway and sub-band.
        self._off_until_us = np.zeros((gateways, len(region.sub_bands)), np.int64)

    @property
    def gateways(self) -> int:
        """How many there are."""
        return len(self._until_us)

    def copy(self) -> "Transmitters":
        """Return transmitters in the same state."""
        other = object.__new__(Transmitters)
        other._sub_band, other._duty_cycle = self._sub_band, self._duty_cycle
        other._until_us, other._off_until_us = self._until_us.copy(), self._off_until_us.copy()
        return other

    def answer(self, answers: Answers, others: Transmissions) -> Ints:
        """Return which of its gateways sends each answer, as an index; NOBODY where none is free.

        `others` are transmissions of other origin, which take their gateways whenever they begin.
        """
        sub_band = self._sub_band[answers.channel]
        off_us = np.rint(answers.airtime_us / self._duty_cycle[sub_band]).astype(np.int64)
        chosen = answers.first.copy()
        in_doubt = self._in_doubt(answers, sub_band, off_us, others)
        disturbed = in_doubt
        while disturbed.any():
            in_doubt |= disturbed
            which = np.flatnonzero(in_doubt)
            chosen[which] = self._choose(answers, which, sub_band, off_us, others)
            disturbed = _disturbed(answers, in_doubt, chosen, off_us)
        sent = chosen != NOBODY
        gateway, opens_us = answers.gateway[chosen[sent]], answers.opens_us[sent]
        np.maximum.at(self._until_us, gateway, opens_us + answers.airtime_us[sent])
        np.maximum.at(self._off_until_us, (gateway, sub_band[sent]), opens_us + off_us[sent])
        np.maximum.at(self._until_us, others.gateway, others.end_us)
        return chosen

    def _in_doubt(
        self, answers: Answers, sub_band: Ints, off_us: Ints, others: Transmissions
    ) -> Flags:
        """Return which answers' strongest gateway may be taken when their window opens."""
        gateway, opens_us = answers.gateway[answers.first], answers.opens_us
        doubted = opens_us < self._until_us[gateway]
        doubted |= opens_us < self._off_until_us[gateway, sub_band]
        if len(others):
            doubted |= np.isin(gateway, others.gateway)
        if not len(answers):
            return doubted
        order = order_by_group(gateway)
        span_us = int(np.ptp(opens_us)) + int(off_us.max()) + int(answers.airtime_us.max()) + 1
        begin_us = gateway[order] * span_us + opens_us[order] - opens_us[0]
        free_us = begin_us + np.maximum(off_us, answers.airtime_us)[order]
        doubted[order[1:][begin_us[1:] < np.maximum.accumulate(free_us)[:-1]]] = True
        doubted[order[:-1][begin_us[1:] < free_us[:-1]]] = True
        return doubted

    def _choose(
        self,
        answers: Answers,
        which: Ints,
        sub_band: Ints,
        off_us: Ints,
        others: Transmissions,
    ) -> Ints:
        """Return the choices of some answers, one after the other: each may take the next one's."""
        until_us: dict[int, int] = {}
        off_until_us: dict[tuple[int, int], int] = {}
        strange = zip(
            others.begin_us.tolist(), others.gateway.tolist(), others.end_us.tolist(), strict=True
        )
        coming = sorted(strange, reverse=True)
        chosen = []
        for now, airtime, off, band, first, count in zip(
            answers.opens_us[which].tolist(),
            answers.airtime_us[which].tolist(),
            off_us[which].tolist(),
            sub_band[which].tolist(),
            answers.first[which].tolist(),
            answers.choices[which].tolist(),
            strict=True,
        ):
            while coming and coming[-1][0] <= now:
                _, gateway, end = coming.pop()
                until_us[gateway] = max(until_us.get(gateway, 0), end)
            choice = NOBODY
            for number, gateway in enumerate(
                answers.gateway[first : first + count].tolist(), first
            ):
                if gateway not in until_us:
                    until_us[gateway] = int(self._until_us[gateway])
                key = gateway, band
                if key not in off_until_us:
                    off_until_us[key] = int(self._off_until_us[key])
                if now >= until_us[gateway] and now >= off_until_us[key]:
                    until_us[gateway], off_until_us[key] = now + airtime, now + off
                    choice = number
                    break
            chosen.append(choice)
        return np.array(chosen, np.int64)


def _disturbed(answers: Answers, in_doubt: Flags, chosen: Ints, off_us: Ints) -> Flags:
    """Return which answers not `in_doubt` are near others' trials of their gateway.

    Those others are the ones that did not have their first choice.
    """
    disturbed = np.zeros(len(answers), np.bool_)
    tried = np.flatnonzero(in_doubt & (chosen != answers.first))
    calm = np.flatnonzero(~in_doubt)
    if not len(tried) or not len(calm):
        return disturbed
    reach_us = int(np.maximum(off_us, answers.airtime_us).max())
    origin = int(answers.opens_us[0])
    span = int(answers.opens_us[-1]) - origin + 2 * reach_us + 1
    taken = answers.gateway[answers.first[calm]]
    order = order_by_group(taken)
    keys = taken[order] * span + (answers.opens_us[calm][order] - origin) + reach_us
    count = answers.choices[tried]
    owner = np.repeat(np.arange(len(tried)), count)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    gateway = answers.gateway[answers.first[tried][owner] + number]
    key = gateway * span + (answers.opens_us[tried][owner] - origin) + reach_us
    near = np.zeros(len(calm) + 1, np.int64)
    np.add.at(near, np.searchsorted(keys, key - reach_us), 1)
    np.add.at(near, np.searchsorted(keys, key + reach_us), -1)
    disturbed[calm[order[np.cumsum(near)[:-1] > 0]]] = True
    return disturbed
