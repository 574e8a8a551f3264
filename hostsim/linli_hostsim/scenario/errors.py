"""What can be wrong with a scenario."""


class ScenarioError(ValueError):
    """A scenario that cannot be used; one line for each mistake."""


class NoScenarioError(ScenarioError):
    """A name that is neither a file's nor a shipped scenario's."""
