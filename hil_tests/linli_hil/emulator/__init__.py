"""The emulated board: a real MicroPython whose only file system is a LittleFS image."""

from .board import EmulatedBoard, Ended
from .image import make_image, read_image

__all__ = ["EmulatedBoard", "Ended", "make_image", "read_image"]
