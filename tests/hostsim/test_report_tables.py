"""What the report needs of a run besides its packets: queue, backlog, places, and who is heard."""

import numpy as np
import pytest

from faulty_community import TINY
from linli_hostsim import scenario, tables
from linli_hostsim.clockwork import US_PER_H
from linli_hostsim.recorder import Recorder
from linli_hostsim.results import Results
from linli_hostsim.run import run
from linli_protocol import codes, messages


def ran(text: str) -> Results:
    return run(scenario.parse(text, "tiny"), scenario_toml=text, hours=0.5)


@pytest.fixture(scope="module")
def tiny() -> Results:
    return ran(TINY)


def test_a_message_is_in_the_backlog_of_each_hour_that_ends_before_it_arrives() -> None:
    recorder = Recorder()
    recorder.register(1, codes.METER)
    recorder.register(2, codes.DOOR)
    for number, offered_us in enumerate((1, 2, US_PER_H + 1)):
        recorder.offered(1, messages.READINGS, number, offered_us)
    recorder.offered(2, messages.EVENT, 0, 5)
    recorder.delivered(1, messages.READINGS, 0, 6)
    recorder.delivered(1, messages.READINGS, 1, 3 * US_PER_H + 1)
    recorder.given_up(2, messages.EVENT, 0)
    backlog = tables.from_run(recorder, {})["backlog"]
    assert set(backlog["kind"]) == {"meter"}
    assert backlog["hour"].tolist() == [0, 1, 2, 3]
    assert backlog["messages"].tolist() == [1, 2, 2, 1]


def test_the_hub_serves_what_was_delivered_to_it(tiny: Results) -> None:
    fates, hub = tiny.tables["fates"], tiny.tables["hub_by_hour"]
    served = fates["packets"][(fates["direction"] == "up") & (fates["fate"] == "delivered")]
    assert hub["packets"].sum() == served.sum() > 0
    assert hub["busy_us"].tolist() == [number * 1000 for number in hub["packets"].tolist()]


def test_everything_has_its_place_on_the_site(tiny: Results) -> None:
    places, links = tiny.tables["places"], tiny.tables["links"]
    stations = places["what"] == "lora gateway"
    assert stations.sum() == 2
    devices = tiny.tables["devices"]["device"].tolist()
    assert places["number"][~stations].tolist() == devices
    assert ((places["x_m"] > 0) & (places["x_m"] < 100)).all()
    assert set(links["bearer"]) == {"lora"}
    # On a site of a hundred metres both gateways hear everybody.
    assert (links["heard_by"] == 2).all()
    assert (links["margin_db"] > 10).all()


def test_a_cohort_is_heard_as_twins_are() -> None:
    margins = []
    for fidelity in ("twin", "cohort"):
        text = TINY.replace(
            'kind = "meter"\ncount = 5', f'kind = "meter"\ncount = 400\nfidelity = "{fidelity}"'
        )
        text = text.replace("width_m = 100.0", "width_m = 6000.0").replace("= 900", "= 3600")
        results = ran(text)
        links = results.tables["links"]
        own = (links["device"] >> 24) == codes.METER
        assert own.sum() == 400
        heard = np.ma.filled(np.ma.asarray(links["margin_db"])[own], -99.0) >= 0
        margins.append(heard.mean())
    assert 0.1 < margins[0] < 0.9
    # Two draws of one share, each with a standard error of 2.5 % at most.
    assert margins[1] == pytest.approx(margins[0], abs=0.1)
