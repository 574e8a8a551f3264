"""What closed forms say of designs lies where simulations find it; targets and evidence."""

import numpy as np
import pytest

from linli_hostsim import placement
from linli_hostsim.energy.typical import examples
from linli_hostsim.experiments.settings import with_settings
from linli_hostsim.experiments.trial import Trial, perform
from linli_hostsim.lora.link_budget import spreading_factor
from linli_hostsim.lora.region import REGIONS
from linli_hostsim.lora.sensitivity import BY_NAME
from linli_hostsim.plan import availability
from linli_hostsim.plan.confidence import Verdict, evidence
from linli_hostsim.plan.coverage import Coverage
from linli_hostsim.plan.levers import Design, Kit, PlanError, Space
from linli_hostsim.plan.options import varied
from linli_hostsim.plan.places import Chooser
from linli_hostsim.plan.screens import DEVICES_BUSY, Screens
from linli_hostsim.plan.targets import Target, TargetError, of_every_kind, parse
from linli_hostsim.plan.trials import alarms, presses
from linli_hostsim.roster import roster
from linli_hostsim.scenario import Edge, load, read
from linli_hostsim.scenario import parse as parse_scenario
from linli_hostsim.streams import stream
from plan_worlds import ESTATE


def test_chances_of_spreading_factors_are_those_that_devices_draw() -> None:
    hemu = load("hemu")
    members = [each for each in roster(hemu) if "lora" in each.group.bearers]
    coverage = Coverage(hemu, members, placement.buildings(hemu))
    masts, positions = coverage.places_m(6), placement.devices(hemu, members)
    region, sensitivity = REGIONS[hemu.lora.region], BY_NAME[hemu.lora.sensitivity]
    drawn = np.zeros(len(coverage.factors) + 1)
    for member in members:
        random = stream(5, member.id)
        loss_db = min(
            hemu.lora.path.loss_db(
                float(np.hypot(*np.subtract(positions[member.id], mast))), random
            )
            for mast in masts
        )
        factor = spreading_factor(loss_db, region, hemu.lora.margin_db, 64, sensitivity)
        heard = region.max_power_dbm - loss_db >= max(
            sensitivity.device_dbm[factor], sensitivity.gateway_dbm[factor]
        )
        drawn[coverage.factors.index(factor) if heard else -1] += 1
    expected = coverage.shares(6).sum(axis=0)
    assert expected.sum() == pytest.approx(len(members))
    # Four standard errors of a binomial number.
    allowed = 4 * np.sqrt(expected * (1 - expected / len(members))) + 1
    assert (np.abs(drawn - expected) < allowed).all()


def test_places_reach_more_than_a_grid_does() -> None:
    hemu = load("hemu")
    members = [each for each in roster(hemu) if "lora" in each.group.bearers]
    placed = Coverage(hemu, members, placement.buildings(hemu)).shares(8)[:, -1].mean()
    grid = placement.grid(8, hemu.site.width_m, hemu.site.height_m)
    assert placed <= Coverage(hemu, members, grid).shares(8)[:, -1].mean()


def test_the_best_places_are_chosen_among_few() -> None:
    at_m, places_m = np.array([0.0, 1.0, 10.0, 11.0]), np.array([0.5, 5.0, 10.5])
    apart_m = np.abs(at_m[:, None] - places_m)
    chooser = Chooser((apart_m > 1).astype(float), apart_m)
    assert chooser.choose(2) == (0, 2)
    assert chooser.choose(1) in ((0,), (2,))
    assert chooser.choose(3) == (0, 1, 2)


def test_cells_last_as_long_as_in_the_table_of_power() -> None:
    space = Space(read("hemu"), "hemu")
    kit = next(space.kits())
    found = Screens(space).screen(Design(kit, 32, 1)).best
    least, most = (
        examples()["meter, C6, light sleep, SF10"],
        examples()["meter, C6, light sleep, SF7"],
    )
    assert least.life_years * 0.9 < found["battery_years.meter"] < most.life_years * 1.1
    on_wifi = examples()["button, C3, on Wi-Fi too"]
    assert found["battery_years.panic"] == pytest.approx(on_wifi.life_years, rel=0.1)


def test_a_simulation_finds_what_closed_forms_promise() -> None:
    space = Space(ESTATE, "estate")
    screened = Screens(space).screen(Design(Kit((("lora",), ("lora",))), 2, 0))
    figures = [perform(Trial(ESTATE, screened.settings, seed, 26.0)) for seed in (1, 2)]
    for kind in ("meter", "panic"):
        lasted = np.mean([found[f"battery_years.{kind}"] for found in figures])
        # Joining, which a day in a hundred has in truth, weighs on one simulated day.
        assert 0.7 < lasted / screened.best[f"battery_years.{kind}"] < 1.05
    delivered = np.mean([found["delivery.meter"] for found in figures])
    assert abs(delivered - screened.best["delivery.meter"]) < 0.1


@pytest.mark.parametrize("standbys", [0, 1, 3])
def test_an_edge_serves_as_long_as_its_closed_form_says(standbys: int) -> None:
    edge = Edge(standbys=standbys, mtbf_h=500.0, mttr_h=10.0)
    found = [1 - availability.simulated(edge, seed) for seed in range(10)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    # One crew may be busy elsewhere when a common cause comes, which the closed form neglects.
    assert np.mean(found) == pytest.approx(1 - availability.expected(edge), rel=0.1, abs=4 * error)


def test_reports_that_the_air_cannot_carry_are_seen_before_any_simulation() -> None:
    eu = with_settings(ESTATE, {"lora.region": "EU868", "devices.0.app.report_interval_s": 60})
    space = Space(eu, "eu")
    assert Screens(space).screen(Design(next(space.kits()), 1, 0)).obstacle == DEVICES_BUSY
    assert Screens(Space(ESTATE, "cn")).screen(Design(next(space.kits()), 1, 0)).obstacle is None


def test_a_share_is_proven_by_as_many_messages_as_it_takes() -> None:
    target = parse("delivery=0.999")
    assert evidence(target, [1.0] * 3, 2_000, 0.05).verdict is Verdict.NOTHING_LOST
    assert evidence(target, [1.0] * 3, 3_000, 0.05).verdict is Verdict.HOLDS
    assert evidence(target, [1.0, 0.99, 1.0], 90_000, 0.05).verdict is Verdict.UNDECIDED
    assert evidence(target, [0.99, 0.99, 0.991], 90_000, 0.05).verdict is Verdict.MISSED


def test_nothing_sent_shows_nothing_but_no_cell_cannot_be_empty() -> None:
    assert evidence(parse("delivery=0.9"), [None], 0, 0.05).verdict is Verdict.UNDECIDED
    assert evidence(parse("battery_years=6"), [None], 0, 0.05).verdict is Verdict.HOLDS


def test_targets_hold_for_every_kind_and_one_that_names_its_kind_goes_before() -> None:
    targets = of_every_kind([parse("delivery=0.9"), parse("delivery.meter=0.5")], ["door", "meter"])
    assert set(targets) == {Target("delivery.door", 0.9), Target("delivery.meter", 0.5)}


def test_margins_are_the_unused_part_of_what_is_allowed() -> None:
    assert parse("delivery=0.999").margin(0.9995) == pytest.approx(0.5)
    assert parse("alarm_p99_s=2").margin(3.0) == pytest.approx(-0.5)
    assert parse("battery_years=6").margin(9.0) == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["delivery", "delivery=x", "speed=3", "delivery=1.5", "hub_use=0"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(TargetError, match=text):
        parse(text)


def test_bounds_are_read_from_options() -> None:
    text = varied(ESTATE, ["gateways=2..5", "standbys=1", "panic=lora+wifi,nbiot", "meter=lora"])
    space = Space(text, "estate")
    assert [kit.bearers for kit in space.kits()] == [
        (("lora",), ("lora", "wifi")),
        (("lora",), ("nbiot",)),
    ]
    assert list(space.gateways(next(space.kits()))) == [2, 3, 4, 5]
    assert list(space.standbys) == [1]
    for wrong in ("gateways=a..b", "colour=red", "meter="):
        with pytest.raises(PlanError, match=wrong.replace(".", r"\.")):
            varied(ESTATE, [wrong])


def test_every_button_is_pressed_in_the_trial_of_alarms() -> None:
    described = parse_scenario(ESTATE, "estate")
    setting = alarms(described)
    figures = perform(setting.trial(ESTATE, {"lora.gateways": 4}, 3))
    buttons = 8
    assert presses(described) == 4
    assert setting.hours == 0.5 + 4 * 1.5
    assert figures["alarm_delivery"] is not None
    results = setting.trial(ESTATE, {}, 3).toml
    assert results.count("at_h") == presses(described)
    assert buttons * presses(described) == 32


def test_there_are_no_more_gateways_than_places() -> None:
    space = Space(with_settings(ESTATE, {"plan.places_m": [[100.0, 100.0], [400.0, 400.0]]}), "two")
    kit = next(space.kits())
    assert list(space.gateways(kit)) == [1, 2]
    assert Screens(space).places_m(Design(kit, 2, 0)) == ((100.0, 100.0), (400.0, 400.0))
    with pytest.raises(PlanError, match=r"plan\.gateways: from 3, but there are places for 2"):
        crowded = with_settings(space.toml, {"plan.gateways": [3, 4]})
        Space(crowded, "crowded").gateways(kit)
