"""The site from above: where devices and stations stand, and how well each is heard."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..quantities import NOTHING, count, share
from ..results import Results
from ..scenario import Site
from ..site_tables import LORA_GATEWAY, NBIOT_MAST
from .coverage import margins_db
from .drawing import WIDTH_IN, Drawing, draw
from .listing import Listing

_GOOD_DB = 30.0
"""From this margin on the colour is that of the best."""
_MOST_DOTS = 20_000
_RIM = 0.04
_MOST_STATIONS = 40
_NAMES = {LORA_GATEWAY: "LoRa gateway", NBIOT_MAST: "NB-IoT mast"}
_MARKERS = {LORA_GATEWAY: "^", NBIOT_MAST: "s"}

Places = NDArray[np.float64]
"""East and north in metres: two columns."""


def drawing(results: Results, site: Site) -> Drawing | None:
    """Return the figure, None when nobody knows where things stand."""
    places = results.tables["places"]
    where_m = np.stack((places["x_m"], places["y_m"]), axis=1)
    is_device = ~np.isin(places["what"], list(_NAMES))
    if not is_device.any():
        return None
    margin_db = margins_db(results, places["number"][is_device])
    stations = {what: where_m[places["what"] == what] for what in _NAMES}
    has_radio = ~np.isnan(margin_db)
    heard = share(int((margin_db >= 0).sum()), int(has_radio.sum()))
    return Drawing(
        "site",
        "Site plan and coverage",
        "Each dot is a device, its colour how much weaker it could be and still be heard by the "
        "best station at full power and the slowest data rate."
        + remarks(site, stations, len(margin_db)),
        f"Plan of a site of {site.width_m:g} m by {site.height_m:g} m. {heard} of the devices "
        "with LoRa or NB-IoT are heard by a station. " + " ".join(_by_bearer(results)),
        plan(site, where_m[is_device], margin_db, stations),
        _stations(results),
    )


def plan(
    site: Site, devices_m: Places, margin_db: NDArray[np.float64], stations: Mapping[str, Places]
) -> str:
    """Return the SVG of a site; `margin_db` is NaN for devices without a radio.

    `stations` stand by what they are: LORA_GATEWAY, NBIOT_MAST.
    """
    thin = _thin(len(devices_m))
    east_m, north_m = devices_m[::thin].T
    margin_db = margin_db[::thin]
    wired, unheard, heard = np.isnan(margin_db), margin_db < 0, margin_db >= 0
    size = 14 if len(devices_m) < 1000 else 6
    rim_m = _rim_m(site)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        # As one image: thousands of dots as paths would weigh more than the rest of the page.
        if wired.any():
            axes.scatter(
                east_m[wired],
                north_m[wired],
                size,
                "#bbbbbb",
                lw=0,
                label="wired",
                rasterized=True,
            )
        if heard.any():
            dots = axes.scatter(
                east_m[heard],
                north_m[heard],
                size,
                margin_db[heard],
                vmin=0,
                vmax=_GOOD_DB,
                rasterized=True,
            )
            figure.colorbar(dots, ax=axes, label="dB to spare", extend="max")
        if unheard.any():
            axes.scatter(
                east_m[unheard],
                north_m[unheard],
                24,
                "#D55E00",
                marker="x",
                label="not heard",
                rasterized=True,
            )
        for what, where_m in stations.items():
            near = where_m[~_is_off(site, where_m)]
            if len(near):
                axes.scatter(
                    near[:, 0],
                    near[:, 1],
                    70,
                    "white",
                    marker=_MARKERS[what],
                    edgecolors="black",
                    lw=1.5,
                    label=_NAMES[what],
                )
        axes.set(xlabel="east (m)", ylabel="north (m)", aspect="equal")
        axes.set(xlim=(-rim_m, site.width_m + rim_m), ylim=(-rim_m, site.height_m + rim_m))
        axes.grid(visible=False)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside upper left", ncols=4)

    height_in = 0.9 + 0.75 * WIDTH_IN * site.height_m / site.width_m
    return draw("site", min(max(height_in, 2.4), 5.5), paint)


def remarks(site: Site, stations: Mapping[str, Places], devices: int) -> str:
    """Return sentences for the caption on what the plan leaves out."""
    thin = _thin(devices)
    found = f" One dot for {count(thin)} devices." if thin > 1 else ""
    if any(_is_off(site, where_m).any() for where_m in stations.values()):
        found += " Stations beyond the site are not on the plan."
    return found


def _thin(devices: int) -> int:
    return max(-(-devices // _MOST_DOTS), 1)


def _rim_m(site: Site) -> float:
    return _RIM * max(site.width_m, site.height_m)


def _is_off(site: Site, where_m: Places) -> NDArray[np.bool_]:
    limit_m = np.array([site.width_m, site.height_m]) + _rim_m(site)
    return np.asarray(((where_m < -_rim_m(site)) | (where_m > limit_m)).any(axis=1))


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
    found = [
        (what, bearer, index)
        for what, bearer in ((LORA_GATEWAY, "lora"), (NBIOT_MAST, "nbiot"))
        for index in np.flatnonzero(places["what"] == what).tolist()
    ]
    rows = []
    for what, bearer, index in found[:_MOST_STATIONS]:
        number = int(places["number"][index])
        own = (links["bearer"] == bearer) & (station == number) & (links["heard_by"] > 0)
        margins = np.ma.asarray(links["margin_db"])[own].compressed()
        rows.append(
            [
                _NAMES[what],
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
        rows,
        left_out=len(found) - len(rows),
    )
