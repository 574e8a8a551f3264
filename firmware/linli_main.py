"""The one name by which main.py, which is never updated, knows an image."""

from linli_firmware.boards.esp32 import Board
from linli_firmware.node import main


def run() -> None:
    """Run the image's node until the board is to start anew."""
    main.run(Board())
