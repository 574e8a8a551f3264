"""What is in a demo and what happens in it: all follows from its numbers and its seed."""

from collections import Counter
from itertools import islice
from pathlib import Path

from linli_protocol import codes
from linli_tools.demo.happenings import Happening, happenings
from linli_tools.demo.settlement import FLATS_PER_BUILDING, Settlement, planned, plans


def settlement(boards: int = 20, simulated: int = 2000, seed: int = 1) -> Settlement:
    return planned(Path("/site"), seed, boards, simulated)


def happened(site: Settlement, heard: set[int], count: int = 200) -> list[Happening]:
    found = islice(happenings(site, heard.__contains__), count)
    return [happening for _, happening in found if happening is not None]


def test_every_device_has_its_address_and_every_household_a_meter() -> None:
    site = settlement()
    assert len({each.device for each in site.devices}) == 2020
    assert {each.device >> 24 for each in site.boards} == {codes.DOOR, codes.METER, codes.PANIC}
    metered = Counter(each.household for each in site.devices if each.kind == codes.METER)
    assert sorted(metered) == list(range(1, site.households + 1))
    assert set(metered.values()) == {1}
    assert len({each.port for each in site.boards}) == 20


def test_doors_are_common_and_let_the_residents_of_their_building_in() -> None:
    site = settlement()
    doors = [each for each in site.devices if each.kind == codes.DOOR]
    assert {each.household for each in doors} == {None}
    residents = {each.building: each.cards for each in doors}
    assert sum(residents.values()) == site.households
    assert max(residents.values()) == FLATS_PER_BUILDING


def test_a_fleet_has_the_same_devices_as_the_site_but_for_its_boards() -> None:
    site = settlement(boards=3, simulated=10)
    assert [each.device for each in plans(site)] == [each.device for each in site.simulated]


def test_the_smallest_demos_are_whole_ones() -> None:
    for boards, simulated in ((1, 0), (0, 1), (1, 1), (3, 4)):
        site = settlement(boards, simulated)
        assert (len(site.boards), len(site.simulated)) == (boards, simulated)
        assert all(each.cards for each in site.devices if each.kind == codes.DOOR)


def test_nothing_happens_to_what_has_not_been_heard() -> None:
    site = settlement()
    assert not happened(site, set())
    (button,) = [each.device for each in site.devices if each.kind == codes.PANIC][:1]
    assert {each.device.device for each in happened(site, {button})} == {button}


def test_all_that_a_visitor_is_to_see_happens_in_the_first_minutes() -> None:
    site = settlement()
    everybody = {each.device for each in site.devices}
    found = islice(happenings(site, everybody.__contains__), 200)
    at_s = 0.0
    done: dict[str, float] = {}
    for wait_s, happening in found:
        at_s += wait_s
        assert happening is not None
        done.setdefault(happening.do, at_s)
    assert set(done) == {"press", "tap", "leave", "burst", "force", "tamper", "cut"}
    assert max(done.values()) < 180


def test_the_same_seed_is_the_same_story() -> None:
    everybody = {each.device for each in settlement().devices}
    assert happened(settlement(), everybody) == happened(settlement(), everybody)
    assert happened(settlement(), everybody) != happened(settlement(seed=2), everybody)
