"""What a command says when it cannot do its work: one line on standard error, exit code 1."""


class Failure(Exception):
    """The message names what is wrong and where."""
