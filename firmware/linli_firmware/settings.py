"""Settings by name: those given laid over a module's defaults."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .types import Config

# Stands in DEFAULTS for what has no sensible default.
NEEDED = object()


def merged(defaults: "Config", config: "Config") -> "Config":
    """Return `defaults` with `config` laid over them.

    ValueError names a setting that does not exist, is NEEDED and missing, or is no number, text or
    truth value where the default is one.
    """
    for key in config:
        if key not in defaults:
            raise ValueError(key + ": no such setting")
        expected = type(defaults[key])
        if expected in (int, str, bool) and type(config[key]) is not expected:
            raise ValueError(key + ": must be " + expected.__name__)
    result = dict(defaults)
    result.update(config)
    for key, value in result.items():
        if value is NEEDED:
            raise ValueError(key + ": needed")
    return result
