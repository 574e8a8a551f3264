"""The firmware around a device: it composes app, store, bearers and drivers, and keeps them going."""
