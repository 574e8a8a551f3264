"""Boards on a bench: what a rig file names, and one interface to emulated and real ones."""
