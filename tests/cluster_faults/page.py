"""The page docs/FAULTS.md: what campaigns measured, beside what was promised and predicted.

python -m cluster_faults.page FOLDER... > docs/FAULTS.md
python -m cluster_faults.page FOLDER... --json
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from . import faults, prediction
from .campaign import NODES
from .checker import Verdict, checked
from .figures import Figures, Round, measured, percentile, together

_WITH_PROSE = Path(__file__).with_name("page.md.jinja")
_STUDY = 0.9999
_GOAL_MOST_S = 60.0


def told(folders: Sequence[Path]) -> dict[str, Any]:
    """Return all figures of the campaigns in `folders`, for JSON and for the page."""
    figures = together([measured(folder) for folder in folders])
    verdicts = [checked(folder) for folder in folders]
    known = [*faults.PROCESSES, *faults.NETWORKS, *faults.DISKS, *faults.CLOCKS]
    by_kind = {kind: [r for r in figures.rounds if r.kind == kind] for kind in known}
    return {
        "campaigns": len(folders),
        "rounds": len(figures.rounds),
        "hours": figures.duration_s / 3600,
        "takeovers": sum(each.leader != each.leader_after for each in figures.rounds),
        "alarms": figures.alarms,
        "kinds": [_kind(kind, rounds) for kind, rounds in by_kind.items() if rounds],
        "not_run": [kind for kind, rounds in by_kind.items() if not rounds],
        "all": _kind("all", figures.rounds),
        "over_most": [r._asdict() for r in figures.rounds if r.interruption_s > _GOAL_MOST_S],
        "availability": figures.availability,
        "answering": figures.answering,
        "study": _STUDY,
        "predicted": _predicted(figures),
        "mean_interruption_s": _mean_s(r for r in figures.rounds if r.kind not in faults.BESIDE),
        "mean_takeover_s": _mean_s(r for r in figures.rounds if r.leader != r.leader_after),
        **_checked(verdicts),
    }


def _kind(kind: str, rounds: Sequence[Round]) -> dict[str, Any]:
    spans = [each.interruption_s for each in rounds if each.interruption_s]
    waits = [wait for each in rounds for wait in each.waits_s]
    return {
        "kind": kind,
        "rounds": len(rounds),
        "interrupted": len(spans),
        "takeovers": sum(each.leader != each.leader_after for each in rounds),
        "interruption_s": _quantiles(spans),
        "wait_s": _quantiles(waits),
    }


def _mean_s(rounds: Iterable[Round]) -> float:
    """Return the mean interruption, with the rounds that had none."""
    spans = [each.interruption_s for each in rounds]
    return sum(spans) / max(len(spans), 1)


def _quantiles(values: Sequence[float]) -> list[float]:
    """Return median, 99th percentile and maximum."""
    return [percentile(values, share) for share in (0.5, 0.99, 1.0)]


def _predicted(figures: Figures) -> dict[str, float]:
    """Return availabilities, had every fault of the serving node been its failure."""
    at_s = [
        at_s
        for at_s, each in zip(figures.faults_s, figures.rounds, strict=True)
        if each.kind not in faults.BESIDE
    ]
    repair_s = sum(each.whole_s for each in figures.rounds) / len(figures.rounds)
    failover_s = prediction.DETECTION_S + prediction.TAKEOVER_S
    return {
        "faults": len(at_s),
        "repair_s": repair_s,
        "detection_s": prediction.DETECTION_S,
        "takeover_s": prediction.TAKEOVER_S,
        "simulated": prediction.simulated(at_s, figures.duration_s, repair_s, NODES),
        "closed_form": prediction.closed_form(len(at_s), figures.duration_s, failover_s),
    }


def _checked(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "checked": _summed(each.checked for each in verdicts),
        "tolerated": _summed(each.tolerated for each in verdicts),
        "violations": [found._asdict() for each in verdicts for found in each.violations],
    }


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def page(figures: dict[str, Any]) -> str:
    """Return the page of these figures."""
    import jinja2

    template = jinja2.Template(
        _WITH_PROSE.read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return template.render(**figures, table=list(_table([*figures["kinds"], figures["all"]])))


def _table(kinds: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield (
        "| fault of the node that serves | rounds | interrupted | another leads "
        "| interruption, s: median; p99; longest | wait of an alarm raised meanwhile, s |"
    )
    yield "|---|---:|---:|---:|---|---|"
    for each in kinds:
        cells = [each[name] for name in ("kind", "rounds", "interrupted", "takeovers")]
        cells += [_three(each[name]) for name in ("interruption_s", "wait_s")]
        yield "| " + " | ".join(map(str, cells)) + " |"


def _three(values: Sequence[float]) -> str:
    return "; ".join(f"{value:.1f}" for value in values) if any(values) else "–"


def main() -> None:
    """Print the page, or the figures as JSON."""
    figures = told([Path(each) for each in sys.argv[1:] if each != "--json"])
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=1))
    else:
        sys.stdout.write(page(figures))


if __name__ == "__main__":
    main()
