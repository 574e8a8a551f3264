"""Every decoder under the fuzzer for a bounded number of inputs; `make fuzz` goes on."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from decoder_targets import TARGETS
from linli_hostsim.scenario.errors import ScenarioError
from linli_hostsim.scenario.files import parse as parse_scenario
from linli_hub.configuration import ConfigurationError
from linli_hub.configuration import load as load_hub
from linli_protocol import cbor

FUZZER = Path(__file__).parents[1] / "fuzz_decoders.py"
RUNS = 8000


@pytest.mark.skipif(find_spec("atheris") is None, reason="no Atheris for this Python or system")
def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, FUZZER, "--runs", str(RUNS), f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert f"Done {RUNS} runs" in done.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_nothing_and_a_little(name: str) -> None:
    for data in (b"", b"\x00", b"\xff" * 64, bytes(range(256))):
        TARGETS[name](data)


def test_a_decoder_that_raises_what_it_must_not_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cbor, "_decode_map", lambda data, at, count, depth: data[99])
    with pytest.raises(IndexError):
        TARGETS["cbor_values"](b"\xa1\x01\x02")


def test_toml_that_is_nested_too_deep_is_told_like_any_other_mistake(tmp_path: Path) -> None:
    text = "x = " + "[" * 5000
    with pytest.raises(ScenarioError, match="deep: not TOML"):
        parse_scenario(text, "deep")
    path = tmp_path / "hub.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"hub\.toml: not TOML"):
        load_hub(path)
