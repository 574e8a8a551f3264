"""The study's promises: verdicts follow from intervals, and say under which conditions."""

from collections.abc import Mapping

import pytest

from linli_hostsim.experiments.intervals import MeanInterval
from linli_hostsim.study import AssumptionError, Finding, Inputs, Verdict, choose, promises, run
from linli_hostsim.study.catalogue import NoPromiseError
from linli_hostsim.study.finding import Answer, Outcome
from linli_hostsim.study.page import page
from linli_hostsim.study.promise import Assumption, Case, Promise, Target
from linli_hostsim.study.wording import estimate, quantity, summary, verdict

LOUD = Case({"noise_db": 20.0}, "a louder street")


def promise(cases: tuple[Case, ...] = (LOUD,)) -> Promise:
    return Promise(
        name="quiet",
        title="Quiet",
        claim="hardly a sound, and fast",
        model="Nothing moves.",
        targets=(
            Target("heard", "heard", "share", 0.9, "less"),
            Target("waited_s", "waited", "s", 2.0, "more"),
        ),
        observed=(),
        assumptions=(Assumption("noise_db", 3.0, "dB", "noise", "assumption"),),
        cases=cases,
        replicate=lambda values, seed, inputs: {},
        replications=2,
    )


def outcome(case: Case | None, heard: float, waited_s: float = 1.0, half: float = 0.01) -> Outcome:
    estimates = {
        "heard": MeanInterval(heard, half, 5),
        "waited_s": MeanInterval(waited_s, half, 5),
    }
    return Outcome(case, estimates)


def finding(base: Outcome, *others: Outcome) -> Finding:
    of = promise(tuple(other.case for other in others if other.case))
    return Finding(of, of.values, base, others)


@pytest.mark.parametrize(
    ("heard", "half", "expected"),
    [
        (0.95, 0.01, Answer.KEPT),
        (0.9, 0.0, Answer.KEPT),
        (0.9, 0.01, Answer.OPEN),
        (0.85, 0.01, Answer.BROKEN),
    ],
)
def test_a_figure_answers_with_its_whole_interval(
    heard: float, half: float, expected: Answer
) -> None:
    of = promise()
    assert outcome(None, heard, half=half).answer(of.targets[0]) is expected


def test_of_what_must_not_be_more_the_greater_is_broken() -> None:
    waited = promise().targets[1]
    assert outcome(None, 1.0, waited_s=1.9).answer(waited) is Answer.KEPT
    assert outcome(None, 1.0, waited_s=2.1).answer(waited) is Answer.BROKEN


def test_a_figure_that_never_came_leaves_the_answer_open() -> None:
    assert Outcome(None, {}).answer(promise().targets[0]) is Answer.OPEN


def test_a_promise_that_every_case_keeps_holds() -> None:
    found = finding(outcome(None, 0.95), outcome(LOUD, 0.94))
    assert found.verdict is Verdict.HOLDS
    assert verdict(found) == "holds"


def test_a_promise_holds_only_without_what_breaks_it() -> None:
    found = finding(outcome(None, 0.95), outcome(LOUD, 0.5))
    assert found.verdict is Verdict.CONDITIONAL
    assert verdict(found) == "holds only if none of this is so: a louder street (noise_db = 20 dB)"
    assert "the promise holds" in summary(found)


def test_a_broken_promise_names_what_would_keep_it() -> None:
    found = finding(outcome(None, 0.5), outcome(LOUD, 0.95))
    assert verdict(found) == "holds only if one of this is so: a louder street (noise_db = 20 dB)"
    assert "the promise does not hold" in summary(found)


def test_one_broken_part_breaks_the_promise() -> None:
    found = finding(outcome(None, 0.95, waited_s=3.0), outcome(LOUD, 0.95, waited_s=3.0))
    assert found.verdict is Verdict.FAILS


def test_a_promise_is_open_when_nothing_contradicts_it_but_the_scatter() -> None:
    assert finding(outcome(None, 0.9), outcome(LOUD, 0.5)).verdict is Verdict.OPEN


def test_the_page_has_the_study_s_figures_beside_ours() -> None:
    text = page([finding(outcome(None, 0.95), outcome(LOUD, 0.5))])
    assert "at least 90 % | 95.0 ± 1.0 % | 5 | kept | **holds only if** |" in text
    assert "| 1 | a louder street (noise_db = 20 dB) | 50.0 ± 1.0 %, broken |" in text
    assert "| `noise_db` | noise | 3 dB | assumption |" in text


def test_numbers_have_the_digits_that_their_interval_supports() -> None:
    assert estimate(MeanInterval(1234.5, 67.0, 5), "min") == "1234 ± 67 min"
    assert estimate(MeanInterval(0.1, 0.1 * 1e-12, 5), "") == "0.1"
    assert estimate(None, "s") == "–"
    assert quantity(0.9999, "share") == "99.99 %"


@pytest.mark.parametrize("each", promises(), ids=lambda each: each.name)
def test_every_case_changes_assumptions_that_are_made_and_sourced(each: Promise) -> None:
    assert all(assumption.source and assumption.meaning for assumption in each.assumptions)
    assert all(one.span[0] <= one.value <= one.span[1] for one in each.assumptions)
    names = [figure.name for figure in (*each.targets, *each.observed)]
    assert len(set(names)) == len(names)
    for case in each.cases:
        assert case.words
        for name, value in case.changes.items():
            assert each.assumption(name).value != value
            low, high = each.assumption(name).span
            assert low <= value <= high
    assert all(each.facts(each.values) or [True])


def test_an_assumption_s_name_means_one_thing() -> None:
    names = [assumption.name for each in promises() for assumption in each.assumptions]
    assert len(set(names)) == len(names)


def test_promises_are_chosen_by_name_in_their_own_order() -> None:
    names = [each.name for each in choose(["water-loss", "outage"])]
    assert names == ["outage", "water-loss"]
    with pytest.raises(NoPromiseError, match="no promise 'peace'; known: outage, redundancy"):
        choose(["peace"])


def test_an_assumption_that_nobody_makes_is_refused() -> None:
    with pytest.raises(AssumptionError, match="no assumption 'luck'; known here: common_cause"):
        run(choose(["redundancy"]), Inputs(quick=True), {"luck": 1.0})


def test_a_changed_assumption_changes_the_answer() -> None:
    progress: list[tuple[str, int, int]] = []

    def note(name: str, done: int, total: int) -> None:
        progress.append((name, done, total))

    found: Mapping[float, Finding] = {
        share: run(choose(["redundancy"]), Inputs(quick=True), {"common_cause": share}, 1, note)[0]
        for share in (0.0, 0.1)
    }
    assert found[0.0].holds(found[0.0].base)
    assert found[0.1].base.answer(found[0.1].promise.targets[0]) is Answer.BROKEN
    assert progress[-1] == ("redundancy", 5, 5)
