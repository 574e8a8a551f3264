"""The ways to the hub: a module each, with a `transport.Transport` and `build` from settings."""
