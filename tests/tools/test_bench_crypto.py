"""`linli bench crypto`: every job is timed by everybody who can do it, and all do the same work."""

import ctypes
import importlib
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from c_compiler import CC, NO_CC
from linli_protocol.ccm import ccm_seal
from linli_protocol.cmac import cmac
from linli_protocol.sm3 import Sm3
from linli_protocol.sm4 import Sm4
from linli_tools.bench import crypto, crypto_report, engines, peers
from linli_tools.bench.jobs import (
    BLOCK,
    ENGINE_JOBS,
    GROUPS,
    HEADER,
    KEY,
    LOOPED,
    NONCE,
    TAG_LENGTH,
    Implementation,
    Job,
    Kind,
    data,
)
from linli_tools.bench.timing import Budget, Work, time_in_turns
from linli_tools.cli import app
from linli_tools.failure import Failure

ONCE = Budget(rounds=1, turn_s=0)
PACKAGES = {
    "OpenSSL": "cryptography",
    "gmssl_fast": "gmssl_fast",
    "gmssl_pyx": "gmssl_pyx",
    "cobs": "cobs",
}
JOBS = [job for group in GROUPS for job in group.jobs]


def quiet(name: str, done: int, total: int) -> None: ...


@pytest.fixture(scope="module")
def results() -> crypto.Results:
    return crypto.measure(ONCE, quiet)


@pytest.fixture(scope="module")
def native() -> Any:
    if CC is None:
        pytest.skip(NO_CC)
    return importlib.import_module("linli_native")


def has_libgcrypt() -> bool:
    try:
        ctypes.CDLL("libgcrypt.so.20")
    except OSError:
        return False
    return True


def printed(results: crypto.Results) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(crypto_report.heading(results))
    for table in crypto_report.tables(results):
        console.print(table)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_every_job_has_a_time(results: crypto.Results) -> None:
    assert [one.job for one in results.measured] == JOBS
    for one in results.measured:
        assert one.seconds
        assert all(seconds > 0 for seconds in (one.seconds | one.by_engine).values())


def test_linli_does_every_job_and_the_clock_is_known(results: crypto.Results, native: Any) -> None:
    assert results.own[0] == "linli"
    assert results.machine.engine == native.ENGINE
    assert results.machine.clock_hz
    for one in results.measured:
        assert "linli" in one.seconds
        assert one.clock_hz


def test_every_other_engine_is_a_row(results: crypto.Results, native: Any) -> None:
    assert results.machine.engines[0] == native.ENGINE
    assert set(results.machine.engines) == set(native.ENGINES)
    others = set(results.machine.engines[1:])
    if not others:
        pytest.skip("this processor runs one engine only")
    forced = {one.job for one in results.measured if set(one.by_engine) == others}
    assert forced == set(ENGINE_JOBS)
    for name in others:
        assert re.search(rf"^ *{name} +[0-9]", printed(results), re.MULTILINE)


@pytest.mark.parametrize("peer", [*PACKAGES, "libgcrypt", "CPython"])
def test_a_peer_that_is_here_is_measured_and_another_is_named(
    peer: str, results: crypto.Results
) -> None:
    here = {"libgcrypt": has_libgcrypt(), "CPython": True}
    here |= {name: find_spec(package) is not None for name, package in PACKAGES.items()}
    measured = {name for one in results.measured for name in one.seconds}
    assert (peer in measured) == (peer in results.machine.versions) == here[peer]
    absent = {name.lower() for name in results.absent}
    assert (peer.lower() in absent) == (not here[peer])


# The command with all it does, but for the time it takes.
HASTY = f"""
from linli_tools import bench
from linli_tools.bench.timing import Budget
from linli_tools.cli import main
bench.BUDGET = {ONCE}
main()
"""


def test_the_command_prints_tables() -> None:
    run = subprocess.run(
        [sys.executable, "-c", HASTY, "bench", "crypto"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stderr) == (0, "")
    for group in GROUPS:
        assert f"{group.title}: " in run.stdout
    for job in JOBS:
        assert f" {job.name} " in run.stdout
    assert "\x1b" not in run.stdout


def test_the_command_prints_json(results: crypto.Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "measure", lambda budget, progress: results)
    ran = CliRunner().invoke(app, ["bench", "crypto", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found["machine"]["engine"] == results.machine.engine
    assert [row["job"] for row in found["jobs"]] == [job.name for job in JOBS]
    for row in found["jobs"]:
        assert all(one["ns_per_message"] > 0 for one in row["by"].values())


def test_json_tells_cycles_a_byte_and_the_ratio(results: crypto.Results, native: Any) -> None:
    row = crypto_report.to_json(results)["jobs"][0]
    own, best = row["by"][results.own[0]], row["by"][row["best_peer"]]
    assert row["ratio"] == pytest.approx(best["ns_per_message"] / own["ns_per_message"])
    assert own["cycles_per_byte"] == pytest.approx(
        own["ns_per_message"] * 1e-9 * row["clock_hz"] / row["bytes"]
    )


def test_without_the_core_the_python_code_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "linli_native", None)
    results = crypto.measure(ONCE, quiet)
    assert results.own == ("reference",)
    assert results.machine.clock_hz is None
    assert results.machine.engine == "reference"
    by_kind = {one.job.kind: one for one in results.measured}
    for kind in (Kind.SEAL, Kind.OPEN, Kind.CMAC, Kind.COBS_ENCODE, Kind.CRC16):
        assert by_kind[kind].seconds["reference"] > 0
    assert "Bulk, one key: ns" in printed(results)


def test_a_package_that_is_missing_is_told_how_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "linli_tools.bench.peers.gmssl_pyx", raising=False)
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    present, absent = peers.load()
    assert "gmssl_pyx" not in {peer.name for peer in present}
    assert absent["gmssl_pyx"] == "pip install 'linli[bench]'"


# What each kind of job gives for 256 bytes.
LENGTH = 256


def expected() -> dict[Kind, bytes]:
    message = data(LENGTH)
    cipher = Sm4(KEY)
    blocks = [message[at : at + 16] for at in range(0, LENGTH, 16)]
    counters = [(int.from_bytes(BLOCK, "big") + at).to_bytes(16, "big") for at in range(16)]
    stream = b"".join(map(cipher.encrypt_block, counters))
    chain, chained = BLOCK, []
    for block in blocks:
        chain = cipher.encrypt_block(bytes(a ^ b for a, b in zip(chain, block, strict=True)))
        chained.append(chain)
    inner = Sm3(bytes(byte ^ 0x36 for byte in KEY.ljust(64, b"\0")) + message).digest()
    return {
        Kind.ECB: b"".join(map(cipher.encrypt_block, blocks)),
        Kind.CTR: bytes(a ^ b for a, b in zip(message, stream, strict=True)),
        Kind.CBC_ENCRYPT: b"".join(chained),
        Kind.CCM: ccm_seal(cipher, NONCE, HEADER, message, TAG_LENGTH),
        Kind.SM3: Sm3(message).digest(),
        Kind.HMAC_SM3: Sm3(bytes(byte ^ 0x5C for byte in KEY.ljust(64, b"\0")) + inner).digest(),
        Kind.CMAC: cmac(cipher, message),
        Kind.OPEN: message,
        Kind.OPEN_FRAME: message,
    }


def everyone() -> list[Implementation]:
    return [*crypto._own()[0], *peers.load()[0]]


def flat(result: Any) -> bytes:
    return b"".join(map(bytes, result)) if isinstance(result, tuple) else bytes(result)


@pytest.mark.parametrize("kind", list(expected()), ids=lambda kind: kind.name)
def test_all_do_the_same_work(kind: Kind) -> None:
    right = expected()[kind]
    # GmSSL pads the last block, and gmssl_fast puts the IV before the result.
    if kind in (Kind.ECB, Kind.CBC_ENCRYPT):
        right = right[:-16]
    makers = {one.name: one.makers[kind] for one in everyone() if kind in one.makers}
    assert makers
    for name, make in makers.items():
        result = flat(make(Job(kind, LENGTH))())
        assert right in result, name
        assert len(result) - len(right) <= 32, name


def test_gcm_peers_agree() -> None:
    makers = {one.name: one.makers[Kind.GCM] for one in everyone() if Kind.GCM in one.makers}
    sealed = {name: flat(make(Job(Kind.GCM, LENGTH))()) for name, make in makers.items()}
    assert all(len(one) == LENGTH + TAG_LENGTH for one in sealed.values()), sealed
    assert len(set(sealed.values())) == 1, sealed


def test_cbc_is_decrypted_whole() -> None:
    makers = {one.name: one.makers for one in everyone() if Kind.CBC_DECRYPT in one.makers}
    for name, makers_of_one in makers.items():
        result = flat(makers_of_one[Kind.CBC_DECRYPT](Job(Kind.CBC_DECRYPT, LENGTH))())
        # Padding of a byte goes.
        assert len(result) in (LENGTH, LENGTH - 1), name


def test_batches_are_of_every_message_or_of_enough_for_a_loop(native: Any) -> None:
    many = Job(Kind.SEAL_MANY, 48, 5 * LOOPED)
    for one in everyone():
        assert one.messages(many) == (many.messages if one.name == "linli" else LOOPED)


def test_an_engine_that_breaks_off_is_named(native: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with engines.started(["abacus"]) as (engine,), pytest.raises(Failure, match="abacus"):
        engine.work(JOBS[0]).seconds(1)
    assert "abacus" in capfd.readouterr().err


def test_ways_take_turns_and_their_medians_count() -> None:
    turns = []

    def way(name: str, durations_s: list[float]) -> Work:
        left = iter(durations_s)

        def seconds(times: int) -> float:
            turns.append((name, times))
            return times * next(left)

        return Work(seconds, units=2)

    # The first is for finding out how often it fits into a turn.
    medians = time_in_turns(
        {"a": way("a", [1, 4, 1, 2]), "b": way("b", [5, 3, 3, 9])}, Budget(rounds=3, turn_s=2)
    )
    assert medians == {"a": 1, "b": 1.5}
    assert turns[2:] == [("a", 2), ("b", 1)] * 3
