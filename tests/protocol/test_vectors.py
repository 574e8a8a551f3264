"""The files in protocol/vectors are what the code generates."""

import json
from pathlib import Path

import pytest

from linli_tools.vectors import LAYERS

FOLDER = Path(__file__).parents[2] / "protocol/vectors"


@pytest.mark.parametrize("layer", LAYERS)
def test_file_is_what_its_generator_writes(layer: str) -> None:
    path = FOLDER / f"{layer}.json"
    assert json.loads(path.read_text(encoding="utf-8")) == LAYERS[layer]()
    assert path.stat().st_size < 60_000


def test_every_file_has_a_generator() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(LAYERS)
