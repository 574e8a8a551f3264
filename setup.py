"""Nothing yet beyond pyproject.toml; the native core hooks its cffi build in here."""

from setuptools import setup

setup()
