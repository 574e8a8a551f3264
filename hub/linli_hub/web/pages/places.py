"""Where devices are, for whoever may know."""

from ...desk import Desk
from ...people import Permission, Person
from ...privacy.homes import Placement


async def placed(desk: Desk, person: Person) -> dict[int, Placement]:
    """Return placements by device; none for whoever may not know."""
    if not any(map(person.role.may, (Permission.ENROL, Permission.CONSENT))):
        return {}
    return {each.device: each for each in await desk.placements(person)}
