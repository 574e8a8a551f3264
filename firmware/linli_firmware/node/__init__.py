"""The firmware around a device: composes app, store, bearers, drivers, and keeps them going."""
