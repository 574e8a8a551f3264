"""The ways to the hub: one module a kind, each a `transport.Transport` with a `build` from settings."""
