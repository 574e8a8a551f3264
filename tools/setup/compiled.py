"""Compile what every packet passes through to machine code, for long simulations and busy hubs.

    python tools/setup/compiled.py build/compiled
    PYTHONPATH=build/compiled linli sim run hemu
    PYTHONPATH=build/compiled linli hub serve

The results are the same. What is compiled is a copy, since tests reach into objects in ways that
mypyc's do not allow, and since code that is being worked on must not run as it was.
"""

import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "protocol/linli_protocol",
    "firmware/linli_firmware",
    "hub/linli_hub",
    "hostsim/linli_hostsim",
    "tools/linli_tools",
)

# Not among them: classes that others inherit from which are not compiled.
MODULES = {
    "linli_protocol": "association bearer cbor counters cutter device_association framing "
    "hub_association link messages notices outbox packet receipts refusals session stream ways "
    "window",
    "linli_firmware": "actions clock event_log timers",
    "linli_hostsim": "clockwork network packet priority_queue recorder rs485 tracker waker",
    "linli_hostsim/edge": "node queue",
    "linli_hub": "key_terms vault",
    "linli_hub/core": "hub incidents ledger peer",
    "linli_hub/live": "engine",
    "linli_hub/log": "chain record",
    "linli_hub/northbound": "newest",
    "linli_hub/privacy": "classification consent homes keeping",
    "linli_hub/projections": "erased event keeper",
    "linli_hub/views": "conditions fleet meters moments",
}


def main(folder: Path) -> None:
    """Write the packages, compiled as far as MODULES says, into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in PACKAGES:
        leave_out = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(package, folder / Path(package).name, ignore=leave_out)
    shutil.copy("pyproject.toml", folder)
    paths = [f"{room}/{name}.py" for room, names in MODULES.items() for name in names.split()]
    subprocess.run([sys.executable, "-m", "mypyc", *paths], cwd=folder, check=True)
    shutil.rmtree(folder / "build")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
