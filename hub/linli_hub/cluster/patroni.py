"""What is asked of Patroni, which decides who leads: by its own command, on this node."""

import shutil
import subprocess
import sys
from pathlib import Path

_PATIENCE_S = 60


class PatroniError(Exception):
    """Patroni is not there, or does not do what it is asked; the message says why."""


class Patroni:
    """This node's Patroni, with its configuration in the file `config`."""

    def __init__(self, config: Path) -> None:
        self._config = config

    def give_up_lead(self, node: str) -> None:
        """Have another one lead in the place of `node`, whichever is best; takes some seconds."""
        self._control("switchover", "--leader", node, "--force")

    def lead_alone(self, node: str) -> None:
        """Have `node` lead, and acknowledge what nobody else has."""
        self._control("edit-config", "--force", "--set", "synchronous_mode=off")
        self._control("failover", "--candidate", node, "--force")

    def _control(self, *words: str) -> None:
        beside = str(Path(sys.executable).parent)
        program = shutil.which("patronictl", path=beside) or shutil.which("patronictl")
        if program is None:
            raise PatroniError("not installed: patronictl. pip install 'linli[standbys]'")
        command = [program, "-c", str(self._config), *words]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            raise PatroniError(f"{' '.join(words)}: nothing after {_PATIENCE_S} s") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise PatroniError(f"{' '.join(words)}: {said[-1] if said else 'failed'}")
