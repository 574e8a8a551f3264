"""The ways to the hub: a module a kind, each a `transport.Transport` and its `build` from settings."""
