"""States of UPDATE_STATUS that linli_protocol.codes does not have yet."""

# What arrived, or what the flash gives back of it, is not what was signed; it may be sent again.
UPDATE_DAMAGED = 5
# For another MicroPython, or a newer loader than this device has.
UPDATE_REFUSED_PLATFORM = 21
