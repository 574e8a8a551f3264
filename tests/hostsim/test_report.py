"""The report: complete, self-contained, and built so that a screen reader finds its way."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import made_up_run
from linli_hostsim import scenario, tables
from linli_hostsim.report import backlog, channels, closed_forms, load
from linli_hostsim.report.answers import answers
from linli_hostsim.report.coverage import margins_db
from linli_hostsim.report.interruptions import spans_h
from linli_hostsim.report.latency import tail
from linli_hostsim.report.limits import limits
from linli_hostsim.report.occupancy import occupancy
from linli_hostsim.report.page import render
from linli_hostsim.results import Results

# How a translucent fill shows in SVG; nothing else in these figures has one.
BAND = "fill-opacity"

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Elements with their attributes, in order; fails when they do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return render(made_up_run.results())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_figure_is_there_with_words_for_those_who_cannot_see_it(page: Page) -> None:
    figures = [attributes["id"] for attributes in page.all("figure")]
    names = ("latency", "fates", "site", "load", "channels", "hub", "backlog", "batteries")
    assert figures == [f"figure-{name}" for name in names]
    images = [attributes for _, attributes in page.elements if attributes.get("role") == "img"]
    assert len(images) == len(page.all("figcaption")) == len(page.all("svg")) == len(figures)
    assert all(len(attributes["aria-label"] or "") > 40 for attributes in images)


def test_nothing_is_fetched_and_nothing_runs(page: Page, html: str) -> None:
    assert page.all("script") == page.all("link") == page.all("img") == []
    for tag, attributes in page.elements:
        assert "src" not in attributes
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ("href", "xlink:href"):
                assert value is not None
                assert value.startswith(("#", "data:image/png;base64,")), (tag, value[:60])
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html


def test_every_header_cell_has_a_scope(page: Page) -> None:
    assert len(page.all("table")) == 9
    assert all(cell.get("scope") in ("row", "col") for cell in page.all("th"))


def test_ids_are_unique_and_references_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for name in ("href", "xlink:href"):
            target = attributes.get(name) or ""
            assert not target.startswith("#") or target[1:] in ids
        assert (attributes.get("aria-labelledby") or ids[0]) in ids


def test_text_of_the_scenario_is_shown_not_obeyed(page: Page) -> None:
    assert made_up_run.SCENARIO in page.text


def test_the_answers_come_first_and_name_what_failed(page: Page) -> None:
    given = answers(made_up_run.results())
    assert [answer.good for answer in given] == [False, False, False, None, False, True]
    assert given[0].text == "No: 1 of 10 had not reached the hub at the end."
    assert page.text.index(given[0].text) < page.text.index("By kind of device")


def test_times_without_service_are_hatched_in_the_figures_over_time() -> None:
    hour_us = made_up_run.HOUR_US
    results = made_up_run.results()
    failures = [(2 * hour_us, 5 * hour_us, "takeover", 1, 0), (20 * hour_us, None, "all", None, 0)]
    shown = replace(
        results,
        tables={**results.tables, "interruptions": tables.columns("interruptions", failures)},
    )
    assert spans_h(shown) == [(2.0, 5.0), (20.0, 24.0)]
    for module, panels in ((load, 1), (channels, 2)):
        calm, disturbed = module.drawing(results), module.drawing(shown)
        assert calm is not None and disturbed is not None
        assert "service" not in calm.caption + calm.alt
        assert calm.svg.count(BAND) == 0
        assert disturbed.svg.count(BAND) == panels * len(failures)
        assert disturbed.caption.endswith("Hatched: no service at the edge.")
        assert disturbed.alt.endswith("Without service at the edge: 2 times, 7 hours in all.")


def test_a_run_without_messages_still_has_a_report() -> None:
    empty = {table: tables.columns(table, []) for table in tables.SCHEMA}
    page = Page(render(Results(made_up_run.results().meta, empty, 1.0)))
    assert page.all("figure") == []
    assert "No alarm was raised in this run." in page.text


def test_the_tail_lies_on_the_empirical_distribution() -> None:
    latency_us = np.random.default_rng(1).permutation(5_000) + 1
    taken_us, longer = tail(latency_us, np.ones_like(latency_us))
    assert len(taken_us) <= 300
    for at_us, share in zip(taken_us, longer, strict=True):
        assert share == pytest.approx((latency_us > at_us).mean(), abs=1e-9)


def test_latencies_that_are_counted_make_the_same_tail() -> None:
    latency_us = np.random.default_rng(1).integers(1, 200, 5_000)
    one_by_one = tail(latency_us, np.ones_like(latency_us))
    counted = tail(*np.unique(latency_us, return_counts=True))
    assert len(counted[0]) > 50
    for found, expected in zip(counted, one_by_one, strict=True):
        assert found.tolist() == expected.tolist()


def test_a_kind_whose_latencies_are_only_counted_has_its_curve() -> None:
    made = made_up_run.results()
    kinds = made.tables["latencies"]["kind"]
    rows = {name: column[kinds != "meter"] for name, column in made.tables["latencies"].items()}
    bins = [("meter", "readings", 1_000_000, 900), ("meter", "readings", 30_000_000, 100)]
    replaced = {"latencies": rows, "latency_bins": tables.columns("latency_bins", bins)}
    page = Page(render(replace(made, tables=made.tables | replaced)))
    labels = [attributes.get("aria-label") or "" for _, attributes in page.elements]
    assert any("meter: half within 1 s, 99 % within 30 s" in label for label in labels)


def test_channel_use_of_a_short_last_hour_is_relative_to_its_length() -> None:
    air = tables.columns(
        "airtime_by_hour",
        [(0, "lora", 1, "up", 1, 10, 36_000_000), (1, "lora", 1, "down", 1, 10, 18_000_000)],
    )
    assert occupancy(air, "lora", 5_400).tolist() == [[0.0, 0.0], [1.0, 1.0]]


def test_the_resource_nearest_to_its_limit_comes_first() -> None:
    hour_us = made_up_run.HOUR_US
    air = [
        # A fifth of an hour on one channel, half of it heard: a fifth of what pure ALOHA can use.
        (0, "lora", 0, "up", 1, 10, hour_us // 5),
        # A tenth of an hour on each of two buses.
        (0, "rs485", 0, "up", 1, 10, hour_us // 10),
        (0, "rs485", 1, "down", 1, 10, hour_us // 10),
        # One gateway sends for a hundredth of an hour.
        (1, "lora", 0, "down", 1, 10, hour_us // 100),
    ]
    links = [(51, "lora", 0, 120.0, 3.0, 1, 9), (52, "lora", None, None, None, 0, 12)]
    made = made_up_run.results()
    given = {
        "airtime_by_hour": tables.columns("airtime_by_hour", air),
        "links": tables.columns("links", links),
        "hub_by_hour": tables.columns("hub_by_hour", [(3, 9, hour_us // 2, 0, 0)]),
    }
    described = scenario.parse(made_up_run.SCENARIO, "made-up")
    found = limits(replace(made, tables=made.tables | given), described)
    assert [(limit.name, round(limit.share, 6)) for limit in found] == [
        ("the hub's servers", 0.5),
        ("busiest LoRa channel, as a gateway hears it", 0.2),
        ("busiest RS-485 bus", 0.1),
        ("LoRa gateways' sending, their mean", 0.01),
    ]


def test_the_best_of_a_devices_radios_counts() -> None:
    links = [
        (51, "lora", 0, 120.0, 3.0, 1, 9),
        (51, "nbiot", 0, 140.0, 24.0, 1, None),
        (52, "lora", None, None, None, 0, 12),
        (53, "lora", 0, 160.0, -2.0, 0, 12),
    ]
    made = made_up_run.results()
    heard = replace(made, tables=made.tables | {"links": tables.columns("links", links)})
    found = margins_db(heard, np.array([50, 51, 52, 53], np.uint32)).tolist()
    assert np.isnan(found[0])
    assert found[1:] == [24.0, -np.inf, -2.0]


def test_closed_forms_stand_beside_what_the_run_had() -> None:
    made, hour_us = made_up_run.results(), made_up_run.HOUR_US
    # Each of 24 hours has a tenth of an erlang on one channel, the hub a load of a half.
    air = [(hour, "lora", 0, "up", 100, 10, hour_us // 10) for hour in range(24)]
    hub = [(hour, 100, hour_us // 2, 50_000, 3) for hour in range(24)]
    given = {
        "airtime_by_hour": tables.columns("airtime_by_hour", air),
        "hub_by_hour": tables.columns("hub_by_hour", hub),
    }
    described = scenario.parse(made_up_run.SCENARIO, "made-up")
    found = closed_forms.listing(replace(made, tables=made.tables | given), described)
    assert found is not None
    by_name = {row[0]: row[1:3] for row in found.rows}
    # exp(-0.2) beside 700 collided of 9 700; M/D/1 waits half a service of 1 ms at that load.
    assert by_name["LoRa uplinks that did not collide"] == ["92.8 %", "81.9 %"]
    assert by_name["mean wait at the hub"] == ["500 µs", "500 µs"]


def test_the_backlog_stays_as_it_was_after_its_last_change() -> None:
    made = made_up_run.results()
    rows = [(0, "door", 3), (1, "door", 1)]
    given = replace(made, tables=made.tables | {"backlog": tables.columns("backlog", rows)})
    assert backlog.by_kind(given)["door"].tolist() == [3] + [1] * 23
    shown = backlog.drawing(given)
    assert shown is not None
    assert "Most, 3, at the end of hour 1; 1 at the end of the run." in shown.alt
