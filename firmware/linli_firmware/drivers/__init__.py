"""What hangs on the pins. Drivers take pin-like objects and `now`; none imports `machine`."""
