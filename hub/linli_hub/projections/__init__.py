"""Tables that follow from the log, for whoever asks; they can be made anew from it at any time."""

from .erased import DESTRUCTIONS, ERASURE, KEY_DEVICES, RETIREMENT
from .event import Event
from .keeper import Keeper, Projection

__all__ = ["DESTRUCTIONS", "ERASURE", "KEY_DEVICES", "RETIREMENT", "Event", "Keeper", "Projection"]
