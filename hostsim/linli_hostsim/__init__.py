"""The simulated community: twins of the real devices, bearers, edge hub, people, results."""
