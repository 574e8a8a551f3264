"""The site from above: where devices and stations stand, and how well each is heard."""

import numpy as np
from matplotlib.figure import Figure

from ..quantities import NOTHING, count, share
from ..results import Results
from ..scenario import Scenario
from ..site_tables import LORA_GATEWAY, NBIOT_MAST
from .coverage import margins_db
from .drawing import WIDTH_IN, Drawing, draw
from .listing import Listing

_GOOD_DB = 30.0
"""From this margin on the colour is that of the best."""
_MOST_DOTS = 20_000
_RIM = 0.04
_MOST_STATIONS = 40
_STATIONS = {LORA_GATEWAY: ("^", "LoRa gateway"), NBIOT_MAST: ("s", "NB-IoT mast")}


def drawing(results: Results, described: Scenario) -> Drawing | None:
    """Return the figure, None when nobody knows where things stand."""
    places = results.tables["places"]
    is_station = np.isin(places["what"], list(_STATIONS))
    if not (~is_station).any():
        return None
    x_m, y_m = places["x_m"], places["y_m"]
    margin_db = np.full(len(x_m), np.nan)
    margin_db[~is_station] = margins_db(results, places["number"][~is_station])
    has_radio = ~is_station & ~np.isnan(margin_db)
    heard = has_radio & (margin_db >= 0)
    unheard = has_radio & ~heard
    wired = ~is_station & ~has_radio
    thin = -(-int((~is_station).sum()) // _MOST_DOTS)
    site = described.site
    rim_m = _RIM * max(site.width_m, site.height_m)
    is_off = is_station & ~(
        (np.abs(x_m - site.width_m / 2) <= site.width_m / 2 + rim_m)
        & (np.abs(y_m - site.height_m / 2) <= site.height_m / 2 + rim_m)
    )

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        size = 14 if len(x_m) < 1000 else 6
        some = np.flatnonzero(wired)[::thin]
        if len(some):
            # As one image: thousands of dots as paths would weigh more than the rest of the page.
            axes.scatter(
                x_m[some], y_m[some], size, "#bbbbbb", lw=0, label="wired", rasterized=True
            )
        some = np.flatnonzero(heard)[::thin]
        dots = axes.scatter(
            x_m[some], y_m[some], size, margin_db[some], vmin=0, vmax=_GOOD_DB, rasterized=True
        )
        some = np.flatnonzero(unheard)[::thin]
        if len(some):
            axes.scatter(x_m[some], y_m[some], 24, "#D55E00", marker="x", label="not heard")
        for what, (marker, label) in _STATIONS.items():
            own = (places["what"] == what) & ~is_off
            if own.any():
                axes.scatter(
                    x_m[own],
                    y_m[own],
                    70,
                    "white",
                    marker=marker,
                    edgecolors="black",
                    lw=1.5,
                    label=label,
                )
        axes.set(xlabel="east (m)", ylabel="north (m)", aspect="equal")
        axes.set(xlim=(-rim_m, site.width_m + rim_m), ylim=(-rim_m, site.height_m + rim_m))
        axes.grid(visible=False)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside upper left", ncols=4)
        if has_radio.any():
            figure.colorbar(dots, ax=axes, label="dB to spare", extend="max")

    by_bearer = _by_bearer(results)
    all_heard = share(int(heard.sum()), int(has_radio.sum()))
    return Drawing(
        "site",
        "Site plan and coverage",
        "Each dot is a device, its colour how much weaker it could be and still be heard by the "
        "best station at full power and the slowest data rate."
        + (f" One dot for {count(thin)} devices." if thin > 1 else "")
        + (" The list has stations beyond the plan." if is_off.any() else ""),
        f"Plan of a site of {site.width_m:g} m by {site.height_m:g} m. {all_heard} of the devices "
        "with LoRa or NB-IoT are heard by a station. " + " ".join(by_bearer),
        draw(
            "site", min(max(0.9 + 0.75 * WIDTH_IN * site.height_m / site.width_m, 2.4), 5.5), paint
        ),
        _stations(results),
    )


def _by_bearer(results: Results) -> list[str]:
    links = results.tables["links"]
    lines = []
    for bearer in sorted(set(links["bearer"])):
        own = links["bearer"] == bearer
        number = int(own.sum())
        lines.append(
            f"{bearer}: {share(int((links['heard_by'][own] > 0).sum()), number)} heard, "
            f"{share(int((links['heard_by'][own] > 1).sum()), number)} by two stations or more."
        )
    return lines


def _stations(results: Results) -> Listing | None:
    places, links = results.tables["places"], results.tables["links"]
    station = np.ma.filled(np.ma.asarray(links["station"]).astype(np.int64), -1)
    rows = []
    for what, bearer in ((LORA_GATEWAY, "lora"), (NBIOT_MAST, "nbiot")):
        for index in np.flatnonzero(places["what"] == what).tolist():
            number = int(places["number"][index])
            own = (links["bearer"] == bearer) & (station == number) & (links["heard_by"] > 0)
            margins = np.ma.asarray(links["margin_db"])[own].compressed()
            rows.append(
                [
                    _STATIONS[what][1],
                    str(number),
                    f"{places['x_m'][index]:.0f}",
                    f"{places['y_m'][index]:.0f}",
                    count(int(own.sum())),
                    f"{np.median(margins):.0f} dB" if len(margins) else NOTHING,
                    f"{margins.min():.0f} dB" if len(margins) else NOTHING,
                ]
            )
    if not rows:
        return None
    return Listing(
        "Stations, and the devices that each hears best. " + " ".join(_by_bearer(results)),
        ["station", "number", "east, m", "north, m", "devices", "to spare, median", "least"],
        rows[:_MOST_STATIONS],
        left_out=max(0, len(rows) - _MOST_STATIONS),
    )
