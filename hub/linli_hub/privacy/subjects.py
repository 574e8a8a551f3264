"""The names under which the vault keeps data keys: whose data a key protects."""


def of_household(household: int) -> str:
    """Return the subject of what tells of a household."""
    return f"household {household}"


def of_device(device: int) -> str:
    """Return the subject of what a device in no household tells of whoever is near it."""
    return f"device {device}"


def of_holder(holder: int) -> str:
    """Return the subject of what tells of a card's holder of no known household, such as staff."""
    return f"holder {holder}"


def of_health(subject: str) -> str:
    """Return the subject of health-like data about `subject`: "health 12" of "household 12"."""
    return "health " + subject.removeprefix("household ")


def is_of_health(subject: str) -> bool:
    """Tell whether a subject is one that `of_health` returns."""
    return subject.startswith("health ")
