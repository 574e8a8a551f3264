"""The cheapest design of a community that meets its targets: screened, then simulated."""
