"""Consents and homes are what the log says, at once in memory, and in tables on both databases."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli_hub.journal import Journal
from linli_hub.log import Record
from linli_hub.privacy import (
    CONSENT,
    CONSENTS,
    HOLDER,
    HOMES,
    PLACED,
    ConsentError,
    Consents,
    Homes,
    Purpose,
    consent,
)
from linli_hub.projections import ERASURE, Keeper
from linli_hub.storage import Database
from linli_hub.vault import Vault

WAIT_S = 20
HISTORY = Purpose.DOOR_HISTORY
STORY: list[tuple[str, dict[str, object]]] = [
    (CONSENT, consent(1, HISTORY, True, "li", "signed form")),
    (CONSENT, consent(1, Purpose.INDOOR_CLIMATE, True, "li", "signed form")),
    (CONSENT, consent(2, HISTORY, True, "li", "told two persons")),
    (PLACED, {"device": 10, "household": 1, "place": "hemu/3/5/501"}),
    (PLACED, {"device": 11, "household": None, "place": "hemu/3"}),
    (HOLDER, {"holder": 7, "household": 1}),
    (HOLDER, {"holder": 8, "household": 2}),
    (HOLDER, {"holder": 9, "household": 2}),
    (CONSENT, consent(1, HISTORY, False, "wang", "by telephone")),
    (PLACED, {"device": 10, "household": 2, "place": "hemu/3/5/502"}),
    (HOLDER, {"holder": 9, "household": None}),
    (ERASURE, {"household": 2, "keys": [], "by": "wang", "reason": "moved"}),
    (CONSENT, consent(2, Purpose.INDOOR_CLIMATE, True, "wang", "signed form")),
]


def test_a_consent_holds_from_its_record_until_it_is_withdrawn() -> None:
    consents = Consents()
    assert not consents.given(1, HISTORY)
    consents.take(CONSENT, consent(1, HISTORY, True, "li", "signed form"))
    assert consents.given(1, HISTORY)
    assert not consents.given(2, HISTORY)
    assert not consents.given(1, Purpose.INDOOR_CLIMATE)
    consents.take(CONSENT, consent(1, HISTORY, False, "li", "at the desk"))
    assert not consents.given(1, HISTORY)


@pytest.mark.parametrize(("by", "how"), [("", "signed form"), ("li", " ")])
@pytest.mark.parametrize("is_given", [True, False])
def test_a_consent_says_who_and_how(by: str, how: str, is_given: bool) -> None:
    with pytest.raises(ConsentError):
        consent(1, HISTORY, is_given, by, how)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Purpose), st.booleans(), st.booleans()))
)
def test_the_last_word_counts(words: list[tuple[int, Purpose, bool, bool]]) -> None:
    consents = Consents()
    last: dict[tuple[int, Purpose], bool] = {}
    for household, purpose, is_given, is_erasure in words:
        if is_erasure:
            consents.take(ERASURE, {"household": household, "keys": []})
            last = {which: said for which, said in last.items() if which[0] != household}
        else:
            consents.take(CONSENT, consent(household, purpose, is_given, "li", "form"))
            last[household, purpose] = is_given
    for household in (1, 2, 3):
        for purpose in Purpose:
            assert consents.given(household, purpose) == last.get((household, purpose), False)


@pytest.mark.parametrize("together", [True, False])
def test_tables_and_memory_tell_the_same(database: Database, together: bool) -> None:
    journal = Journal(database)
    keeper = Keeper([CONSENTS, HOMES], Vault(journal, bytes(16), os.urandom))
    keeper.prepare(database)
    consents, homes = Consents(), Homes()
    records = []
    for time_us, (kind, body) in enumerate(STORY):
        consents.take(kind, body)
        homes.take(kind, body)
        records.append(Record(time_us, kind, 0, 0, json.dumps(body).encode()))
    if together:
        journal.start([keeper])
        for record in records:
            journal.add(record)
            assert journal.wait(journal.position, WAIT_S)
    else:
        for record in records:
            journal.add(record)
        journal.start([keeper])
    journal.close()
    with database.reading() as transaction:
        assert transaction.query("SELECT * FROM consents ORDER BY household, purpose") == [
            (1, "door history", 0, "wang", "by telephone", 8),
            (1, "indoor climate", 1, "li", "signed form", 1),
            (2, "indoor climate", 1, "wang", "signed form", 12),
        ]
        assert transaction.query("SELECT * FROM placements ORDER BY device") == [
            (10, 2, "hemu/3/5/502", 9),
            (11, None, "hemu/3", 4),
        ]
        loaded, placed = Consents.load(transaction), Homes.load(transaction)
    for household in (1, 2):
        for purpose in Purpose:
            assert loaded.given(household, purpose) == consents.given(household, purpose)
        assert placed.devices(household) == homes.devices(household)
    assert homes.devices(2) == [10]
    assert homes.is_common(11) and placed.is_common(11)
    assert not homes.is_common(12) and not placed.is_common(12)
    assert (homes.of_holder(7), homes.of_holder(8), homes.of_holder(9)) == (1, None, None)
    assert (placed.of_holder(7), placed.of_holder(8), placed.of_holder(9)) == (1, None, None)
