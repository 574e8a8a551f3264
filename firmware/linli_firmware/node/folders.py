"""Where things lie on the flash's file system."""

DATA = "/data"  # the store
CONFIG = "/config"
SLOTS = ("/a", "/b")  # images
RECORD = "/slots"  # which of them runs
MARKER = "/decommission"  # exists while everything is being overwritten
