"""LoRaSim itself: somebody's copy of its loraDir.py, run as it is but for its prints.

It reports most of what it does to each packet; left in, that would be most of its time.
"""

import ast
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

from linli_hostsim.lorasim.experiments import EXPERIMENTS, PERIOD_S

from .lora import SEED
from .stopwatch import Done, Stopwatch

_MS_PER_S = 1000


class _WithoutPrints(ast.NodeTransformer):
    """Puts `pass` in the place of statements that only print."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        match node.value:
            case ast.Call(func=ast.Name(id="print")):
                return ast.copy_location(ast.Pass(), node)
        return node


def experiment(
    path: str, number: int, nodes: int, rule: Literal["simple", "full"], packets: int
) -> Done:
    """Run an experiment until its nodes have sent some `packets`.

    The arguments are loraDir.py's: nodes, ms between packets, experiment, ms of the run, check.
    SyntaxError when the copy is not of Python 3.
    """
    tree = _WithoutPrints().visit(ast.parse(Path(path).read_bytes(), path))
    code = compile(tree, path, "exec")
    # A node pauses from the end of one packet to the next.
    airtimes_us = [setting.airtime_us for setting in EXPERIMENTS[number].settings]
    between_s = PERIOD_S + min(airtimes_us) / 1e6
    run_ms = round(packets / nodes * between_s * _MS_PER_S)
    arguments = (nodes, round(PERIOD_S * _MS_PER_S), number, run_ms, int(rule == "full"))
    sys.argv = [path, *map(str, arguments)]
    random.seed(SEED)
    names: dict[str, Any] = {"__name__": "__main__"}
    # It appends its results to a file in the current folder.
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        stopwatch = Stopwatch()
        exec(code, names)
        done = stopwatch.done(names["sent"], names["nrReceived"] / names["sent"])
        os.chdir("/")
    return done
