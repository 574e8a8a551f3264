"""Why a person is not given what was asked for."""


class DeskError(Exception):
    """Something was not done; the message says what and why.

    What people meet most has a `key`, too, by which pages say it in their language, with `fields`.
    """

    def __init__(self, message: str, key: str = "", **fields: object) -> None:
        super().__init__(message)
        self.key = key
        self.fields = fields


class Forbidden(DeskError):
    """The person's role has no permission for it."""


class NotFound(DeskError):
    """There is no such thing, or there is no more."""


class Refused(DeskError):
    """It makes no sense, or not now."""


class Unavailable(DeskError):
    """It is written down but not on disk: the database takes nothing at the moment."""
