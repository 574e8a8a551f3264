"""The search: the fewest simulations that show which design is the cheapest that holds.

Taken for granted is that a gateway more never hurts. Then of each kit only one number of gateways
matters, and of a dearer kit only whether it holds with as many as cost less than the best so far.
How many edge nodes stand by decides about availability alone, which the cluster shows by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from .confidence import Evidence, Verdict
from .judge import Judge, Judgement
from .levers import Design, Kit, PlanError, Space
from .screens import Screened, Screens
from .targets import Target

_NEAR = 0.9
"""Of the best value of a target that nothing reaches, what kits must have to be the nearest."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A design with what closed forms and simulations say of it."""

    design: Design
    screened: Screened
    judgement: Judgement

    @property
    def holds(self) -> bool:
        """Whether every target does."""
        return self.judgement.is_accepted


@dataclass(frozen=True, slots=True)
class Step:
    """One lever, one step cheaper; None where that is not within bounds or not cheaper."""

    lever: str
    candidate: Candidate | None


@dataclass(slots=True)
class Found:
    """What a search found.

    `best` meets the targets; where none does it is None, and `nearest` misses the least.
    `out_of_reach` are targets that no design meets even by closed forms, with the best value: they
    are left out of what was searched for.
    """

    best: Candidate | None
    nearest: Candidate | None
    out_of_reach: dict[Target, float]
    steps: list[Step]
    judged: list[Candidate]
    designs: int
    screened: int

    @property
    def simulated(self) -> int:
        """How many designs took simulations of the community; the others failed before."""
        return sum(one.judgement.replications > 0 for one in self.judged)


class Search:
    """Looks for the cheapest design that a judge finds to hold, costing at most `budget_yuan`."""

    def __init__(self, screens: Screens, judge: Judge, budget_yuan: float) -> None:
        self._screens = screens
        self._space: Space = screens.space
        self._judge = judge
        self._budget_yuan = budget_yuan
        self._candidates: dict[Design, Candidate] = {}
        self._out_of_reach: dict[Target, float] = {}

    def run(self, expect: Callable[[int], None] = lambda designs: None) -> Found:
        """Search; `expect` hears how many designs may yet be simulated. PlanError."""
        kits = self._kits()
        standbys = self._fewest_standbys(kits[0])
        self._out_of_reach |= self._unreachable(kits, standbys)
        self._judge.set_aside = frozenset(self._out_of_reach)
        best: Candidate | None = None
        ordered = self._by_least_cost(kits, standbys)
        for number, (kit, least) in enumerate(ordered):
            most = self._most(kit, standbys, best)
            expect(len(ordered) - number + max(most - least, 0).bit_length() + 3)
            best = self._cheapest(kit, least, most, standbys, best) or best
        steps: list[Step] = []
        while best is not None:
            steps = self._steps(best)
            cheaper = [step.candidate for step in steps if step.candidate and step.candidate.holds]
            if not cheaper:
                break
            best = min(cheaper, key=_cost)
        nearest = None if best else self._nearest(kits, standbys)
        return Found(
            best,
            nearest,
            self._out_of_reach,
            steps,
            sorted(self._candidates.values(), key=_cost),
            sum(len(self._space.gateways(kit)) for kit in kits) * len(self._space.standbys),
            len(self._screens.screened),
        )

    def _kits(self) -> list[Kit]:
        """Return the kits that make a scenario."""
        kits, reason = [], "no choice of bearers"
        for kit in self._space.kits():
            try:
                self._screens.screen(Design(kit, self._space.gateways(kit)[-1], 0))
                kits.append(kit)
            except PlanError as error:
                reason = str(error)
        if not kits:
            raise PlanError(f"nothing to choose from: {reason}")
        return kits

    def _fewest_standbys(self, kit: Kit) -> int:
        asked = [target for target in self._judge.targets if target.figure == "availability"]
        bounds = self._space.standbys
        if not asked:
            return min(max(self._space.scenario.edge.standbys, bounds[0]), bounds[-1])
        for standbys in bounds:
            design = Design(kit, self._space.gateways(kit)[-1], standbys)
            if self._of_edge(asked[0], design).verdict is Verdict.HOLDS:
                return standbys
        self._out_of_reach[asked[0]] = max(
            self._of_edge(asked[0], Design(kit, self._space.gateways(kit)[-1], standbys)).mean or 0
            for standbys in bounds
        )
        return bounds[-1]

    def _of_edge(self, target: Target, design: Design) -> Evidence:
        described = self._space.described(self._screens.screen(design).settings)
        return self._judge.of_edge(target, described)

    def _unreachable(self, kits: list[Kit], standbys: int) -> dict[Target, float]:
        """Return targets that each design misses by closed forms, with the best of them."""
        best: dict[Target, list[float]] = {}
        for kit in kits:
            found = self._screens.screen(Design(kit, self._space.gateways(kit)[-1], standbys)).best
            for target in self._judge.targets:
                if target.figure in found:
                    best.setdefault(target, []).append(found[target.figure])
                elif target.figure != "availability":
                    best.setdefault(target, []).append(target.value)
        missed = {}
        for target, values in best.items():
            value = max(values, key=target.margin)
            if not target.is_met(value) and target.figure != "availability":
                missed[target] = value
        return missed

    def _passes(self, kit: Kit, standbys: int, gateways: int) -> bool:
        """Tell whether closed forms leave it open that the targets hold."""
        screened = self._screens.screen(Design(kit, gateways, standbys))
        for target in self._judge.targets:
            value = screened.best.get(target.figure)
            if value is None or target.figure == "availability":
                continue
            best = self._out_of_reach.get(target)
            if best is None:
                if not target.is_met(value):
                    return False
            elif not _is_near(target, value, best):
                return False
        return screened.obstacle is None

    def _by_least_cost(self, kits: list[Kit], standbys: int) -> list[tuple[Kit, int]]:
        """Return kits that may hold, the cheapest first, with the fewest gateways they may need."""
        found = []
        for kit in kits:
            bounds = self._space.gateways(kit)
            if self._passes(kit, standbys, bounds[-1]):
                least = _first(bounds, partial(self._passes, kit, standbys))
                found.append((self._present_yuan(kit, least, standbys), kit, least))
        return [(kit, least) for _, kit, least in sorted(found, key=lambda each: each[0])]

    def _present_yuan(self, kit: Kit, gateways: int, standbys: int) -> float:
        return self._screens.screen(Design(kit, gateways, standbys)).cost.present_yuan

    def _most(self, kit: Kit, standbys: int, best: Candidate | None) -> int:
        """Return the most gateways within the budget, and cheaper than the best; -1 for none."""
        bounds = self._space.gateways(kit)

        def is_too_dear(gateways: int) -> bool:
            yuan = self._present_yuan(kit, gateways, standbys)
            return yuan > self._budget_yuan or (best is not None and yuan >= _cost(best))

        if is_too_dear(bounds[0]):
            return -1
        return bounds[-1] if not is_too_dear(bounds[-1]) else _first(bounds, is_too_dear) - 1

    def _cheapest(
        self, kit: Kit, least: int, most: int, standbys: int, best: Candidate | None
    ) -> Candidate | None:
        """Return a kit's cheapest design that holds, with `least` to `most` gateways."""
        if most < least:
            return None
        first = self.candidate(Design(kit, least, standbys))
        if first.holds:
            return first
        # Is there any, cheaper than the best? Else grow until one holds.
        steps = [most] if best else [*_growing(least, most), most]
        missed, held = least, None
        for gateways in steps:
            if gateways <= missed:
                continue
            found = self.candidate(Design(kit, gateways, standbys))
            if found.holds:
                held = found
                break
            missed = gateways
        while held is not None and held.design.gateways - missed > 1:
            middle = (missed + held.design.gateways) // 2
            found = self.candidate(Design(kit, middle, standbys))
            if found.holds:
                held = found
            else:
                missed = middle
        return held

    def candidate(self, design: Design) -> Candidate:
        """Return a design judged, once."""
        if design not in self._candidates:
            screened = self._screens.screen(design)
            described = self._space.described(screened.settings)
            judgement = self._judge.judge(screened.settings, described, brief(design))
            # So few devices that a run loses nothing do not refute a closed form.
            found = tuple(_corrected(each, screened.best) for each in judgement.evidence)
            judgement = replace(judgement, evidence=found)
            self._candidates[design] = Candidate(design, screened, judgement)
        return self._candidates[design]

    def _steps(self, best: Candidate) -> list[Step]:
        """Return the next cheaper design by each lever, simulated."""
        design = best.design
        options: dict[str, list[Design]] = {"edge nodes": [], "gateways": []}
        if design.standbys > self._space.standbys[0]:
            options["edge nodes"].append(replace(design, standbys=design.standbys - 1))
        if design.gateways > self._space.gateways(design.kit)[0]:
            options["gateways"].append(replace(design, gateways=design.gateways - 1))
        for lever, kit in self._space.kits_beside(design.kit):
            bounds = self._space.gateways(kit)
            gateways = min(max(design.gateways, bounds[0]), bounds[-1])
            options.setdefault(lever, []).append(replace(design, kit=kit, gateways=gateways))
        steps = []
        for lever, designs in options.items():
            cheaper = [each for each in designs if self._is_cheaper(each, best)]
            nearest = max(
                cheaper, key=lambda each: self._screens.screen(each).cost.present_yuan, default=None
            )
            steps.append(Step(lever, self.candidate(nearest) if nearest else None))
        return steps

    def _is_cheaper(self, design: Design, best: Candidate) -> bool:
        try:
            return self._screens.screen(design).cost.present_yuan < _cost(best)
        except PlanError:
            return False

    def _nearest(self, kits: list[Kit], standbys: int) -> Candidate | None:
        """Return what misses its targets least; where nothing was simulated, what might."""
        if not self._candidates:
            affordable = [
                Design(kit, most, standbys)
                for kit in kits
                if (most := self._most(kit, standbys, None)) >= 0
            ]
            if not affordable:
                return None
            self.candidate(max(affordable, key=self._screened_margin))
        return max(
            self._candidates.values(), key=lambda each: (each.judgement.margin, -_cost(each))
        )

    def _screened_margin(self, design: Design) -> float:
        best = self._screens.screen(design).best
        return min(
            (
                target.margin(best[target.figure])
                for target in self._judge.targets
                if target.figure in best and target not in self._out_of_reach
            ),
            default=0.0,
        )


def brief(design: Design) -> str:
    """Name a design's numbers in a few words."""
    radios = "/".join("+".join(ways) for ways in design.kit.bearers)
    return f"{design.gateways} gateways, 1+{design.standbys}, {radios}"


def _cost(candidate: Candidate) -> float:
    return candidate.screened.cost.present_yuan


def _corrected(found: Evidence, best: dict[str, float]) -> Evidence:
    value = best.get(found.target.figure)
    if value is None or found.verdict is not Verdict.NOTHING_LOST or found.target.is_met(value):
        return found
    return replace(found, mean=value, limit=value, verdict=Verdict.MISSED, is_computed=True)


def _is_near(target: Target, value: float, best: float) -> bool:
    if target.is_share:
        return 1 - value <= (1 - best) / _NEAR
    return value >= _NEAR * best if target.better == "more" else value <= best / _NEAR


def _first(bounds: range, is_true: Callable[[int], bool]) -> int:
    """Return the first of `bounds` for which `is_true`, which stays so and is for the last."""
    low, high = bounds[0], bounds[-1]
    while low < high:
        middle = (low + high) // 2
        if is_true(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _growing(least: int, most: int) -> list[int]:
    """Return numbers from above `least` up to below `most`, in steps that double."""
    found, step = [], 1
    while least + step < most:
        found.append(least + step)
        step *= 2
    return found
