"""The wire that devices and hub share: framing, packets, sessions, messages and the reliable link.

Every module here is sans-IO and runs unchanged on CPython and MicroPython. `docs/PROTOCOL.md`
describes the same wire byte by byte.
"""

__version__ = "0.1.0"
