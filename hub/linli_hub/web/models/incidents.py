"""Calls for help."""

from typing import Annotated, Literal, Self

from pydantic import Field

from linli_protocol import words

from ...desk import CallForHelp
from .base import Asked, Model, Told

State = Literal["received", "help is coming", "closed"]
"""What the centre has done about a call, as `words.ALARM_STATES` has it."""


class Step(Model):
    """The first that brought a call to a state."""

    state: State
    time_us: int
    by: str


class Incident(Model):
    """A call for help; `row` is its alarm's in the log, by which it is handled."""

    row: int
    device: Told
    place: str | None
    raised_us: int
    cause: Literal["press", "fall", "inactivity"] | None
    presses: int | None
    state: Literal["raised"] | State
    by: str | None = Field(description="Who brought it to its state.")
    grade: int | None
    steps: list[Step]

    @classmethod
    def of(cls, call: CallForHelp) -> Self:
        """Return what is told of a call."""
        incident = call.incident
        steps = [
            {"state": words.ALARM_STATES[step.state], "time_us": step.time_us, "by": step.by}
            for step in incident.steps
        ]
        return cls.model_validate(
            {
                "row": incident.alarm,
                "device": incident.device,
                "place": call.place,
                "raised_us": incident.raised_us,
                "cause": None if call.cause is None else words.ALARM_CAUSES.get(call.cause),
                "presses": call.presses,
                "state": words.ALARM_STATES.get(incident.state, "raised"),
                "by": incident.steps[-1].by if incident.steps else None,
                "grade": incident.grade,
                "steps": steps,
            }
        )


class Handling(Asked):
    """What was done about a call."""

    state: State
    grade: Annotated[int, Field(ge=1, le=3, strict=True)] | None = None

    @property
    def code(self) -> int:
        """The state, as the protocol has it."""
        return next(code for code, word in words.ALARM_STATES.items() if word == self.state)
