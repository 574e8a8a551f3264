"""The API keeps to its description, whoever asks for whatever; `make api-fuzz` asks for long."""

from collections import Counter
from pathlib import Path

import pytest

from api_fuzz import examined
from linli_hub.desk.households import Households
from linli_hub.people import Role


def test_no_answer_is_an_error_of_the_hub_or_another_than_described(tmp_path: Path) -> None:
    statuses: Counter[int] = Counter()
    assert list(examined(tmp_path, 1, 1, statuses)) == []
    # Some were let in, some were not, some asked for nonsense.
    assert {200, 204, 401, 403, 404, 422} <= statuses.keys()


def test_an_error_of_the_hub_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("made to fail")

    monkeypatch.setattr(Households, "consents", fails)
    found = list(examined(tmp_path, 1, 1, Counter(), [Role.ADMIN]))
    assert found
    assert all("consents" in each for each in found)
