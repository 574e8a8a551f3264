"""`linli hub` as its user runs it, without a process."""

from typer.testing import CliRunner, Result

from linli_tools.cli import app
from linli_tools.failure import Failure


def linli(*words: str, code: int = 0) -> Result:
    """Run `linli hub` with `words`, which is to end with `code`."""
    done = CliRunner().invoke(app, ["hub", *words])
    if isinstance(done.exception, Failure):
        assert code == 1, done.exception
    else:
        assert done.exit_code == code, done.output
    return done
