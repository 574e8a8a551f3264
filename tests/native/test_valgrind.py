"""No branch and no address depends on a secret: counted by valgrind, the same on every machine."""

import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from c_compiler import AS_INSTALLED, CC, NO_CC, build, require_flags, run

VALGRIND = shutil.which("valgrind")
COMPILERS = [CC, shutil.which("clang")]
PROGRAM = Path(__file__).parent / "leaks/secrets.c"
MESSAGES = 70  # of a batch, as the program has it

pytestmark = [
    pytest.mark.skipif(CC is None, reason=NO_CC),
    pytest.mark.skipif(VALGRIND is None, reason="no valgrind"),
]

Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module", params=COMPILERS, ids=["cc", "clang"])
def counts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[bool, Counts]:
    """Return for engines that are called constant-time and others, by name: each job's count."""
    compiler = request.param
    if compiler is None:
        pytest.skip("no clang")
    folder = tmp_path_factory.mktemp("secrets")
    require_flags(folder, "-include", "valgrind/memcheck.h", compiler=compiler)
    program = build(folder, PROGRAM, *AS_INSTALLED, compiler=compiler)
    log = folder / "log"
    found: dict[bool, Counts] = {True: defaultdict(dict), False: defaultdict(dict)}
    for line in run(VALGRIND, "-q", f"--log-file={log}", program).splitlines():
        engine, constant_time, job, count = line.split()
        found[constant_time == "1"][engine][job] = int(count)
    print(log.read_text()[:20_000])  # for whom a test fails: where
    return found


def test_no_branch_and_no_address_depends_on_a_secret(counts: dict[bool, Counts]) -> None:
    assert "bitsliced" in counts[True], "no engine to look at"
    for engine, jobs in counts[True].items():
        told = {
            job: count for job, count in jobs.items() if "-open-" not in job and "early" not in job
        }
        assert len(told) == 11
        assert not any(told.values()), f"{engine}: {told}"


def test_opening_branches_on_the_verdict_alone(counts: dict[bool, Counts]) -> None:
    for engine, jobs in counts[True].items():
        for job, most in (("ccm", 1), ("gcm", 4), ("batch", MESSAGES)):
            assert 0 < jobs[f"{job}-open-4"] == jobs[f"{job}-open-16"] <= most, engine


def test_a_comparison_that_ends_early_would_be_seen(counts: dict[bool, Counts]) -> None:
    for jobs in counts[True].values():
        assert jobs["early-exit-16"] > jobs["early-exit-4"] > 0


def test_the_portable_engine_has_addresses_for_its_s_box_and_for_nothing_else(
    counts: dict[bool, Counts],
) -> None:
    assert set(counts[False]) == {"portable"}
    for job, count in counts[False]["portable"].items():
        assert (count == 0) == (job in ("hmac", "ghash")), job
    assert counts[False]["portable"]["schedule"] == 32 * 4
