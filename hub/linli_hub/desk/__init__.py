"""What people do at a running site. `Desk(running)` has it all; there is no HTTP in it.

Who does something is the first argument, a `Person`: of every method but `log_in`, `with_token` and
`log_out`. What a person may do is what the role says now, so one who has lost it is refused even
with a `Person` from before. What is not open is in the audit, durably, before it is returned; a
deed is durable when its method returns. `DeskError` and its kinds say why something is not done.

A module a subject: `overview` (site, fleet), `incidents`, `doors`, `cards` (who is let in where),
`meters`, `trail` (audit, verify), `persons` (log in, people, tokens), `devices` (enrol, place),
`updates`, `households` (placements, consents, erasure), `radar`, and `proposals` (what takes two
persons; `operations` says what each does).
`Desk.run` goes beside `RunningSite.run`: proposals expire, devices that have left are retired.
"""

from .cards import Card, Held
from .desk import Desk
from .errors import DeskError, Forbidden, NotFound, Refused, Unavailable
from .incidents import CallForHelp
from .overview import SiteState
from .persons import Account
from .radar import GradedIncident, Radar
from .updates import Update

__all__ = [
    "Account",
    "CallForHelp",
    "Card",
    "Desk",
    "DeskError",
    "Forbidden",
    "GradedIncident",
    "Held",
    "NotFound",
    "Radar",
    "Refused",
    "SiteState",
    "Unavailable",
    "Update",
]
