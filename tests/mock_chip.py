"""A chip in its boot loader, with a blank flash of 4 MiB: esp32-mock-bootloader on a pty."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# The mock forgets esptool's stub three seconds after a write, whatever is under way by then, and
# hangs up on a reader that a busy machine keeps away for 50 ms.
_MOCK = """
from esp32_mock_bootloader import cli, server
server._FLASH_END_IDLE_SEC = float('inf')
server._CLIENT_RECV_TIMEOUT = 10.0
cli.main()
"""


@contextmanager
def mock_chip(chip: str = "esp32") -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """The port of a chip, by esptool's name for it, and the process that it is."""
    with TemporaryDirectory() as folder:
        port = Path(folder) / "port"
        options = ["run", "--pty", "--port-file", str(port), "--chip", chip]
        process = subprocess.Popen(
            [sys.executable, "-c", _MOCK, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            while not (port.exists() and port.read_text()):
                assert process.poll() is None
                time.sleep(0.02)
            yield port.read_text().strip(), process
        finally:
            process.kill()
            process.wait()
