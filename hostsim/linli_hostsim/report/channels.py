"""How full each channel was: its share of air time in every hour."""

from matplotlib.figure import Figure

from ..results import Results
from . import interruptions
from .drawing import Drawing, draw
from .occupancy import occupancy

_CHANNELS = {"nbiot": "class", "rs485": "bus"}


def drawing(results: Results) -> Drawing | None:
    """Return the figure, None when no bearer reports air time."""
    air = results.tables["airtime_by_hour"]
    bearers = sorted(set(air["bearer"][air["airtime_us"] > 0]))
    if not bearers:
        return None
    shares = {bearer: occupancy(air, bearer, results.meta.duration_s) for bearer in bearers}

    heights_in = [min(0.7 + 0.15 * len(percent), 4.0) for percent in shares.values()]

    def paint(figure: Figure) -> None:
        panels = figure.subplots(len(bearers), squeeze=False, height_ratios=heights_in)[:, 0]
        for axes, (bearer, percent) in zip(panels, shares.items(), strict=True):
            # As one image: cells as paths would weigh more than the rest of the page.
            image = axes.imshow(
                percent,
                aspect="auto",
                cmap="cividis",
                vmin=0,
                interpolation="nearest",
                extent=(0, percent.shape[1], percent.shape[0] - 0.5, -0.5),
            )
            axes.set(ylabel=f"{bearer} {_CHANNELS.get(bearer, 'channel')}")
            axes.set_yticks(range(0, len(percent), 1 + len(percent) // 9))
            axes.grid(visible=False)
            interruptions.shade(axes, results)
            figure.colorbar(image, ax=axes, label="% of time")
        panels[-1].set(xlabel="simulated hour")

    spoken = "; ".join(
        f"{bearer}: {len(percent)} channels, busiest "
        f"{percent.max():.2g} % in one hour, mean {percent.mean():.2g} %"
        for bearer, percent in shares.items()
    )
    return Drawing(
        "channels",
        "Channel use",
        "Air time in each hour as a share of that hour. Packets that overlap on a channel add up."
        + interruptions.note(results),
        f"Air time share by channel and hour. {spoken}." + interruptions.spoken(results),
        draw("channels", 0.8 + sum(heights_in), paint),
    )
