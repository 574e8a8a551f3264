"""Pages in a real browser: quiet, nothing fetched, every figure seen, fit for phone and paper."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import chromium
import made_up_plan
import made_up_run
import made_up_trials
from linli_hostsim import tables
from linli_hostsim.report import plan_page, sweep_page, trials
from linli_hostsim.report.page import render
from linli_hostsim.results import Results

pytestmark = pytest.mark.skipif(chromium.CHROMIUM is None, reason=chromium.MISSING)

WIDTHS = (360, 1280)
RUN_FIGURES = (
    "latency",
    "fates",
    "site",
    "load",
    "channels",
    "hub",
    "backlog",
    "failover",
    "batteries",
)
FIGURES = {
    "run": RUN_FIGURES,
    "plan": ("targets", "frontier", "growth", "site"),
    "sweep": ("load", "factors"),
}

SIZES = """Object.fromEntries(Array.from(document.querySelectorAll("figure"), figure => {
  const box = figure.querySelector("svg").getBoundingClientRect();
  return [figure.id, [box.width, box.height]];
}))"""


def disturbed() -> Results:
    """Return a run in which the edge failed as well."""
    made, hour_us = made_up_run.results(), made_up_run.HOUR_US
    gaps = [(hour_us, 3 * hour_us, "takeover", 1, 4), (23 * hour_us, None, "common cause", None, 0)]
    return replace(
        made, tables=made.tables | {"interruptions": tables.columns("interruptions", gaps)}
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    with chromium.Chromium(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made_up_trials.write(folder / "trials")
    found = {
        "run": render(disturbed()),
        "plan": plan_page.render(made_up_plan.plan()),
        "sweep": sweep_page.render(trials.read(folder / "trials")),
    }
    for name, text in found.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in found}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "figures"), FIGURES.items())
def test_a_page_is_quiet_and_shows_all_its_figures(
    browser: chromium.Chromium,
    pages: dict[str, Path],
    name: str,
    figures: tuple[str, ...],
    width: int,
) -> None:
    page = browser.page(pages[name], width)
    assert page.complaints == []
    # Images within figures are data in the page itself.
    assert [url for url in page.requests if not url.startswith("data:")] == [pages[name].as_uri()]
    sizes = page.value(SIZES)
    assert list(sizes) == [f"figure-{figure}" for figure in figures]
    for figure, (wide, high) in sizes.items():
        assert 300 < wide <= width and high > 60, (figure, wide, high)
    # Tables scroll by themselves: the page as a whole never has to.
    assert page.value("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_dark_on_light(
    browser: chromium.Chromium, pages: dict[str, Path], name: str
) -> None:
    page = browser.page(pages[name], 1280)
    style = "getComputedStyle(document.body)"
    assert page.value(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
    assert page.value(f"{style}.color") == "rgb(34, 34, 34)"


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_prints_with_what_is_folded_on_the_screen(
    browser: chromium.Chromium, pages: dict[str, Path], name: str
) -> None:
    page = browser.page(pages[name], 1280)
    folded = "Array.from(document.querySelectorAll('details > dl, details > pre'))"
    is_shown = f"{folded}.map(each => each.checkVisibility())"
    assert not any(page.value(is_shown))
    page.call("Emulation.setEmulatedMedia", media="print")
    assert all(page.value(is_shown))
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") >= 3


def test_the_browser_tells_of_complaints_and_requests(
    browser: chromium.Chromium, tmp_path: Path
) -> None:
    faulty = tmp_path / "faulty.html"
    faulty.write_text("<title>x</title><script>console.error('a'); nothing()</script><img src=no>")
    page = browser.page(faulty, 800)
    assert len(page.complaints) >= 2
    assert page.requests[-1].endswith("/no")
