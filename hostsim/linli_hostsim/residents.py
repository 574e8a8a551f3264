"""The people of a community and their water: drawn at random, or replayed from real series."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from simpy import Environment

from linli_protocol import codes

from .people import alarms, doors, water
from .people.timeline import play
from .replay.doors import DoorReplay
from .replay.water import WaterReplay
from .roster import Member
from .scenario import Scenario
from .streams import stream
from .twins import DoorTwin, MeterTwin, PanicTwin, Twin


def holders_per_door(scenario: Scenario, door_count: int) -> int:
    """Return how many people hold a card for each door: all residents, dealt evenly."""
    people = scenario.households * scenario.people.persons_per_household
    return max(1, round(people / door_count))


class Residents:
    """Whoever lives in a scenario; `start` is the local time at which the run begins.

    `water_replay` and `door_replay` take the place of the scenario's draws and passages: meter n
    replays household n of the file's, door n begins with the nth of its weeks, in turn. `replayed`
    then lists the meters of each household.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        start: datetime,
        water_replay: WaterReplay | None = None,
        door_replay: DoorReplay | None = None,
    ) -> None:
        self._scenario = scenario
        self._seed = seed
        self._start = start
        self._water = water_replay
        self._doors = door_replay
        self.replayed: dict[str, list[int]] = {}

    def move_in(self, env: Environment, members: Sequence[Member], twins: dict[int, Twin]) -> None:
        """Let everybody live beside the device that they use."""
        door_count = sum(member.kind == codes.DOOR for member in members)
        for member in members:
            twin = twins[member.id]
            if isinstance(twin, DoorTwin):
                play(env, self._passages(member, door_count), twin.person)
            elif isinstance(twin, MeterTwin):
                for draws in self._draws(member):
                    play(env, draws, twin.draw)
            elif isinstance(twin, PanicTwin):
                random = stream(self._seed, member.id, "presses")
                rate = self._scenario.people.presses_per_user_month
                play(env, alarms.presses(random, self._start, rate), twin.press)

    def _passages(self, member: Member, door_count: int) -> Iterator[tuple[int, doors.Passage]]:
        people = self._scenario.people
        random = stream(self._seed, member.id, "passages")
        count = holders_per_door(self._scenario, door_count)
        holders = doors.CardHolders(random, count, people.unknown_card_share)
        if self._doors is not None:
            return self._doors.passages(self._start, member.index, random, holders)
        per_day = people.entries_per_person_day * count
        return doors.passages(random, self._start, per_day, holders)

    def _draws(self, member: Member) -> list[Iterator[tuple[int, water.Draw]]]:
        people = self._scenario.people
        random = stream(self._seed, member.id, "draws")
        if self._water is not None:
            households = self._water.households
            household = households[member.index % len(households)]
            self.replayed.setdefault(household, []).append(member.id)
            return [self._water.draws(household, self._start, random)]
        draws = [water.draws(random, self._start, people.litres_per_household_day)]
        if stream(self._seed, member.id, "leak").random() < people.leak_share:
            draws.append(water.leak(people.leak_l_per_h))
        return draws
