"""Roles, each with the least that its work needs; the study asks for that (community.md)."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a person may be allowed to do."""

    SEE_SITE = "see site"
    """Devices, their state and their faults; nothing about a household."""
    SEE_INCIDENTS = "see incidents"
    HANDLE_INCIDENTS = "handle incidents"
    SEE_DOORS = "see doors"
    """Who went through which door when."""
    SEE_METERS = "see meters"
    """A household's consumption."""
    PROPOSE = "propose"
    """Ask for an operation that takes two persons."""
    APPROVE = "approve"
    """Be the second person."""
    ENROL = "enrol"
    """Make devices known, place them, update them."""
    CONSENT = "record consent"
    SEE_AUDIT = "see audit"
    MANAGE_PEOPLE = "manage people"
    ERASE = "erase"
    """Erase what is known of a household, on its request."""


class Role(StrEnum):
    """What a person works as."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    INSTALLER = "installer"
    AUDITOR = "auditor"
    ADMIN = "admin"

    def may(self, permission: Permission) -> bool:
        """Tell whether the role has a permission."""
        return permission in _GRANTED[self]


_P = Permission

# An auditor changes nothing, an administrator reads nobody's doors and meters.
_GRANTED = {
    Role.VIEWER: frozenset({_P.SEE_SITE}),
    Role.OPERATOR: frozenset(
        {
            _P.SEE_SITE,
            _P.SEE_INCIDENTS,
            _P.HANDLE_INCIDENTS,
            _P.SEE_DOORS,
            _P.SEE_METERS,
            _P.PROPOSE,
            _P.APPROVE,
            _P.CONSENT,
        }
    ),
    Role.INSTALLER: frozenset({_P.SEE_SITE, _P.ENROL, _P.PROPOSE}),
    Role.AUDITOR: frozenset({_P.SEE_SITE, _P.SEE_INCIDENTS, _P.SEE_AUDIT}),
    Role.ADMIN: frozenset(
        {_P.SEE_SITE, _P.ENROL, _P.MANAGE_PEOPLE, _P.PROPOSE, _P.APPROVE, _P.CONSENT, _P.ERASE}
    ),
}
