"""Simulates designs until each target is decided: more replications, the same seeds for all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..experiments.replications import seed_of
from ..experiments.runs_store import Figures
from ..scenario import Scenario
from . import availability
from .cells import setting
from .confidence import Evidence, Verdict, evidence
from .laboratory import Laboratory
from .targets import REPORT_INTERVAL, Target
from .trials import Setting, alarms, is_of_alarms, is_simulated, presses

CONFIDENCE = 0.95
_ALLOWED_LOSSES = 3.0
_ALLOWED_FACTOR = 1.5
# Of the cluster alone.
_CLUSTER_LOOKS = (10, 40)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated: how many replications there are at each look, and hours of each.

    The error is divided among the looks, so that together they keep CONFIDENCE.
    """

    looks: tuple[int, ...] = (3, 6, 12)
    hours: float | None = None

    @property
    def alpha(self) -> float:
        """The error of one look."""
        return (1 - CONFIDENCE) / len(self.looks)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of each target, from `replications` of the community.

    `beside` is on targets that nothing reaches, and so decides nothing.
    """

    evidence: tuple[Evidence, ...]
    beside: tuple[Evidence, ...]
    replications: int

    @property
    def verdict(self) -> Verdict:
        """That of the target about which least is known to be good."""
        verdicts = {each.verdict for each in self.evidence}
        for verdict in (Verdict.MISSED, Verdict.UNDECIDED, Verdict.NOTHING_LOST):
            if verdict in verdicts:
                return verdict
        return Verdict.HOLDS

    @property
    def is_accepted(self) -> bool:
        """Whether all targets hold, as far as so many messages can show."""
        return self.verdict in (Verdict.HOLDS, Verdict.NOTHING_LOST)

    @property
    def worst(self) -> Evidence | None:
        """The target with the least margin, None when none decides."""
        return min(self.evidence, key=lambda each: each.margin, default=None)

    @property
    def margin(self) -> float:
        """That margin."""
        return self.worst.margin if self.worst else 0.0


class Judge:
    """Judges scenarios, each with settings of its own, by the same targets.

    Those in `set_aside` are looked at but decide nothing.
    """

    def __init__(
        self,
        scenario_toml: str,
        seed: int,
        targets: Sequence[Target],
        laboratory: Laboratory,
        effort: Effort,
    ) -> None:
        self.targets = tuple(targets)
        self.simulated = 0
        self.set_aside: frozenset[Target] = frozenset()
        self._toml = scenario_toml
        self._seed = seed
        self._laboratory = laboratory
        self._effort = effort
        self._clusters: dict[int, list[float]] = {}
        self._judged: dict[str, Judgement] = {}

    def seeds(self, count: int) -> list[int]:
        """Return the seeds of the replications, the same for every design."""
        return [seed_of(self._seed, number) for number in range(count)]

    def of_edge(self, target: Target, scenario: Scenario) -> Evidence:
        """Return what the cluster by itself says of the availability of a scenario's edge."""
        edge = availability.settings(scenario, scenario.edge.standbys)
        values = self._clusters.setdefault(edge.standbys, [])
        for count in _CLUSTER_LOOKS:
            seeds = self.seeds(count)[len(values) :]
            values += [availability.simulated(edge, seed) for seed in seeds]
            found = evidence(target, values, 0, (1 - CONFIDENCE) / len(_CLUSTER_LOOKS))
            if found.verdict is not Verdict.UNDECIDED:
                break
        return found

    def judge(self, settings: dict[str, object], scenario: Scenario, subject: str) -> Judgement:
        """Return the judgement of `scenario`, which is that of the plan with `settings`."""
        key = repr(sorted(settings.items()))
        if key not in self._judged:
            self._laboratory.subject = subject
            self._judged[key] = self._judge(settings, scenario)
        return self._judged[key]

    def _judge(self, settings: dict[str, object], scenario: Scenario) -> Judgement:
        known = [self._known(target, scenario) for target in self.targets]
        fixed = [each for each in known if each is not None]
        open_targets = [target for target in self.targets if is_simulated(target)]
        judgement = self._judgement(fixed, 0)
        if not open_targets or judgement.verdict is Verdict.MISSED:
            return judgement
        self.simulated += 1
        kinds = self._kinds(open_targets, scenario)
        samples: dict[bool, list[Figures]] = {is_alarm: [] for is_alarm in kinds}
        for count in (1, *self._effort.looks):
            self._replicate(kinds, samples, settings, count)
            found = [
                self._evidence(target, samples[is_of_alarms(target)], scenario)
                for target in open_targets
            ]
            if count == 1:
                found = [_dropped(each) if _is_far_off(each) else each for each in found]
            judgement = self._judgement([*fixed, *found], count)
            if judgement.verdict is Verdict.MISSED:
                break
            if count > 1 and judgement.verdict is Verdict.HOLDS:
                break
        return judgement

    def _judgement(self, found: Sequence[Evidence], replications: int) -> Judgement:
        aside = self.set_aside
        return Judgement(
            tuple(each for each in found if each.target not in aside),
            tuple(each for each in found if each.target in aside),
            replications,
        )

    def _known(self, target: Target, scenario: Scenario) -> Evidence | None:
        if target.figure == "availability":
            return self.of_edge(target, scenario)
        if target.figure == REPORT_INTERVAL:
            intervals = [
                float(setting(group, REPORT_INTERVAL))
                for group in scenario.devices
                if group.kind == "meter"
            ]
            value = max(intervals, default=0.0)
            verdict = Verdict.HOLDS if target.is_met(value) else Verdict.MISSED
            return Evidence(target, value, value, 0, verdict)
        return None

    def _kinds(self, targets: Sequence[Target], scenario: Scenario) -> dict[bool, Setting]:
        """Return the trials that `targets` need, by whether they are those of alarms."""
        kinds = {}
        if any(is_of_alarms(target) for target in targets):
            kinds[True] = alarms(scenario)
        if not all(is_of_alarms(target) for target in targets):
            kinds[False] = Setting({}, self._effort.hours)
        return kinds

    def _replicate(
        self,
        kinds: dict[bool, Setting],
        samples: dict[bool, list[Figures]],
        settings: dict[str, object],
        count: int,
    ) -> None:
        wanted = [
            (is_alarm, setting.trial(self._toml, settings, seed))
            for is_alarm, setting in kinds.items()
            for seed in self.seeds(count)[len(samples[is_alarm]) :]
        ]
        figures = self._laboratory.results([trial for _, trial in wanted])
        for (is_alarm, _), found in zip(wanted, figures, strict=True):
            samples[is_alarm].append(found)

    def _evidence(self, target: Target, samples: Sequence[Figures], scenario: Scenario) -> Evidence:
        values = [figures.get(target.figure) for figures in samples]
        messages = self._messages(target, samples, scenario)
        return evidence(target, values, messages, self._effort.alpha)

    def _messages(self, target: Target, samples: Sequence[Figures], scenario: Scenario) -> float:
        """Return how many units a share was counted in: alarms, or messages."""
        name, _, kind = target.figure.partition(".")
        devices = sum(
            group.number(scenario.households)
            for group in scenario.devices
            if group.kind == (kind or ("panic" if is_of_alarms(target) else group.kind))
        )
        if is_of_alarms(target):
            return devices * presses(scenario) * len(samples)
        if name != "delivery":
            return 0
        days = (self._effort.hours or scenario.duration_h) / 24
        a_day = [
            figures.get(f"messages_per_device_day{kind and '.' + kind}") for figures in samples
        ]
        return sum(each or 0.0 for each in a_day) * devices * days


def _is_far_off(found: Evidence) -> bool:
    """Tell whether one replication is so bad that others are not worth their time: our choice.

    Of a share that is thrice the loss allowed, of other figures half as bad again as asked.
    """
    target, value = found.target, found.mean
    if value is None or target.is_met(value):
        return False
    if target.is_share:
        return 1 - value > _ALLOWED_LOSSES * (1 - target.value)
    ratio = value / target.value if target.better == "less" else target.value / max(value, 1e-12)
    return ratio > _ALLOWED_FACTOR


def _dropped(found: Evidence) -> Evidence:
    return replace(found, verdict=Verdict.MISSED)
