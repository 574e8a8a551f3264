"""The data rules: what is stored of whom, with whose consent, and how it goes away again."""

from .classification import Kept, classify
from .consent import CONSENT, CONSENTS, ConsentError, Consents, consent
from .erasure import erase
from .homes import HOLDER, HOMES, PLACED, Homes
from .keeping import MESSAGE, Keeping
from .retirement import adopt_older_keys, overdue, retire, sweep_done, swept
from .terms import Purpose, Sensitivity

__all__ = [
    "CONSENT",
    "CONSENTS",
    "HOLDER",
    "HOMES",
    "MESSAGE",
    "PLACED",
    "ConsentError",
    "Consents",
    "Homes",
    "Keeping",
    "Kept",
    "Purpose",
    "Sensitivity",
    "adopt_older_keys",
    "classify",
    "consent",
    "erase",
    "overdue",
    "retire",
    "sweep_done",
    "swept",
]
