"""From the sources of a device to the files of its image."""

from .application import application

__all__ = ["application"]
