"""Firmware of the door controller, the water meter and the panic button.

`apps` holds what each device decides, `device` ties an app to session, link, clock and store.
Neither has a clock, randomness or I/O of its own.
"""

__version__ = "0.1.0"
