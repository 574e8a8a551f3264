"""Numbers as people read them, in the terminal and in the report."""

NARROW_SPACE = "\u202f"
NOTHING = "–"


def count(number: int) -> str:
    """Return a whole number in groups of three digits (ISO 80000-1, 7.3.1)."""
    return f"{number:_}".replace("_", NARROW_SPACE)


def duration(us: int | None) -> str:
    """Return microseconds in the unit that fits: 3 ms, 1.25 s, 12 min 5 s, 3 h 20 min."""
    if us is None:
        return NOTHING
    if us < 999_500:
        return f"{us / 1e3:.3g} ms"
    if us < 120_000_000:
        return f"{us / 1e6:.3g} s"
    seconds = round(us / 1e6)
    if seconds < 7200:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def size(length: int) -> str:
    """Return bytes as B, kB or MB."""
    if length < 10_000:
        return f"{count(length)} B"
    return f"{length / 1e3:.3g} kB" if length < 1e6 else f"{length / 1e6:.3g} MB"


def energy(joules: float) -> str:
    """Return joules as J or kJ; nothing for what the mains feed."""
    if not joules:
        return NOTHING
    return f"{joules:.3g} J" if joules < 1000 else f"{joules / 1e3:.3g} kJ"


def years(number: float | None) -> str:
    """Return years with one decimal."""
    return NOTHING if number is None else f"{number:.1f} years"


def share(part: int, whole: int) -> str:
    """Return a percentage that says 0 % and 100 % only when it is exactly that."""
    if not whole:
        return NOTHING
    if part in (0, whole):
        return f"{100 * part // whole} %"
    percent = 100 * part / whole
    return (
        f"{min(max(percent, 0.01), 99.99):.3g} %"
        if percent < 99
        else f"{min(percent, 99.99):.4g} %"
    )
