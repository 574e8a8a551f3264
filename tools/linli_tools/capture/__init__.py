"""Watching a line: logs and packets as they pass, and captures that Wireshark reads."""
