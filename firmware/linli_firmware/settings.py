"""Settings by name: those given laid over a module's defaults."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Config

# Stands in DEFAULTS for what has no sensible default.
NEEDED = object()


def merged(defaults: "Config", config: "Config") -> "Config":
    """Return `defaults` with `config` laid over them.

    ValueError names a setting that does not exist, or one that is NEEDED and missing.
    """
    for key in config:
        if key not in defaults:
            raise ValueError(key + ": no such setting")
    result = dict(defaults)
    result.update(config)
    for key, value in result.items():
        if value is NEEDED:
            raise ValueError(key + ": needed")
    return result
