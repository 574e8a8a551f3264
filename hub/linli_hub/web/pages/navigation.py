"""Which pages there are, and who may open which."""

from dataclasses import dataclass

from ...people import Permission, Role


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the navigation; `key` opens it."""

    name: str
    path: str
    key: str


# Any one of the permissions will do.
_PAGES = (
    (Link("overview", "/", "1"), (Permission.SEE_SITE,)),
    (Link("incidents", "/incidents", "2"), (Permission.SEE_INCIDENTS,)),
    (Link("duty", "/duty", "d"), (Permission.SEE_INCIDENTS,)),
    (Link("doors", "/doors", "3"), (Permission.SEE_DOORS,)),
    (Link("cards", "/cards", "c"), (Permission.SEE_DOORS, Permission.ENROL)),
    (Link("meters", "/meters", "4"), (Permission.SEE_METERS,)),
    (Link("fleet", "/fleet", "5"), (Permission.SEE_SITE,)),
    (Link("install", "/install", "i"), (Permission.ENROL,)),
    (Link("updates", "/updates", "u"), (Permission.SEE_SITE,)),
    (
        Link("proposals", "/proposals", "6"),
        (Permission.PROPOSE, Permission.APPROVE, Permission.SEE_AUDIT),
    ),
    (Link("consent", "/consent", "7"), (Permission.CONSENT,)),
    (Link("radar", "/radar", "8"), (Permission.SEE_SITE,)),
    (Link("audit", "/audit", "9"), (Permission.SEE_AUDIT,)),
    (Link("people", "/people", "0"), (Permission.MANAGE_PEOPLE,)),
)


def links(role: Role) -> list[Link]:
    """Return the pages that somebody of a role may open."""
    return [link for link, needed in _PAGES if any(map(role.may, needed))]
