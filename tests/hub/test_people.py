"""Passwords, roles, tokens, and what takes two persons."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli_hub.people import Accounts, Operation, Permission, ProposalError, Proposals, Role
from linli_hub.people.accounts import token_hash
from linli_hub.people.passwords import hashed, matches
from linli_hub.people.proposals import LIFETIME_US

NOW = 1_800_000_000_000_000


@settings(max_examples=5, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_only_the_right_password_matches(right: str, wrong: str) -> None:
    kept = hashed(right, os.urandom)
    assert matches(right, kept)
    assert matches(wrong, kept) == (wrong == right)


def test_equal_passwords_are_kept_differently() -> None:
    assert hashed("correct horse", os.urandom) != hashed("correct horse", os.urandom)


def accounts() -> Accounts:
    found = Accounts()
    for name, role in (("lin", "operator"), ("chen", "admin")):
        found.take("person", {"name": name, "role": role, "password": hashed(name, os.urandom)})
    return found


def test_people_log_in_with_their_own_passwords() -> None:
    known = accounts()
    lin = known.with_password("lin", "lin")
    assert lin is not None
    assert lin.role is Role.OPERATOR
    assert known.with_password("lin", "chen") is None
    assert known.with_password("nobody", "lin") is None
    assert known.with_password("nobody", "\0") is None


def test_a_person_who_left_can_do_nothing() -> None:
    known = accounts()
    known.take("token", {"name": "lin", "hash": token_hash("abc"), "expires_us": NOW + 1})
    assert known.with_token("abc", NOW) is not None
    known.take("person", {"name": "lin", "role": None, "password": ""})
    assert known.with_token("abc", NOW) is None
    assert known.with_password("lin", "lin") is None
    assert [person.name for person in known.people()] == ["chen"]


def test_tokens_end() -> None:
    known = accounts()
    known.take("token", {"name": "lin", "hash": token_hash("abc"), "expires_us": NOW + 1})
    assert known.with_token("abd", NOW) is None
    assert known.with_token("abc", NOW + 1) is None
    known.take("token revoked", {"hash": token_hash("abc")})
    assert known.with_token("abc", NOW) is None


def test_roles_have_the_least_they_need() -> None:
    assert not any(Role.VIEWER.may(each) for each in Permission if each != Permission.SEE_SITE)
    changes = {Permission.HANDLE_INCIDENTS, Permission.PROPOSE, Permission.APPROVE}
    assert not any(Role.AUDITOR.may(each) for each in changes)
    assert not Role.ADMIN.may(Permission.SEE_METERS)
    assert not Role.ADMIN.may(Permission.SEE_DOORS)
    assert not Role.INSTALLER.may(Permission.APPROVE)
    assert all(any(role.may(each) for role in Role) for each in Permission)


def test_a_second_person_approves_once() -> None:
    proposals = Proposals()
    arguments = {"device": 7}
    made = proposals.propose(Operation.DOOR_RELEASE, arguments, "lin", "locked out", NOW)
    with pytest.raises(ProposalError, match="lin's own"):
        proposals.approve(made.number, "lin", NOW)
    assert proposals.waiting(NOW) == [made]
    assert proposals.approve(made.number, "chen", NOW) == made
    with pytest.raises(ProposalError, match="no proposal 1 waits"):
        proposals.approve(made.number, "chen", NOW)


def test_a_proposal_does_not_wait_for_ever() -> None:
    proposals = Proposals()
    made = proposals.propose(Operation.VALVE, {}, "lin", "burst", NOW)
    with pytest.raises(ProposalError, match="older than 15 min"):
        proposals.approve(made.number, "chen", NOW + LIFETIME_US)
    assert proposals.waiting(NOW + LIFETIME_US) == []
    assert list(proposals.expire(NOW + LIFETIME_US - 1)) == []
    assert list(proposals.expire(NOW + LIFETIME_US)) == [made]


def test_a_withdrawn_proposal_is_over() -> None:
    proposals = Proposals(last=41)
    made = proposals.propose(Operation.KEY_EXPORT, {}, "lin", "hand-over", NOW)
    assert made.number == 42
    proposals.withdraw(42, NOW)
    with pytest.raises(ProposalError, match="no proposal 42"):
        proposals.approve(42, "chen", NOW)


def test_a_proposal_says_why() -> None:
    with pytest.raises(ProposalError, match="needs a reason"):
        Proposals().propose(Operation.VALVE, {}, "lin", "  ", NOW)


def test_who_proposes_cannot_change_it_afterwards() -> None:
    proposals = Proposals()
    arguments = {"device": 7}
    made = proposals.propose(Operation.DOOR_RELEASE, arguments, "lin", "locked out", NOW)
    arguments["device"] = 8
    assert proposals.approve(made.number, "chen", NOW).arguments == {"device": 7}
