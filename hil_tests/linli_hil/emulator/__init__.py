"""The emulated board: a real MicroPython whose only file system is a LittleFS image."""

from ..flash_image import make_image, read_image
from .board import EmulatedBoard
from .ended import Ended

__all__ = ["EmulatedBoard", "Ended", "make_image", "read_image"]
