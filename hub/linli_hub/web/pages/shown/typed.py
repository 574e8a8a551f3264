"""What people type or paste where a device's address or place is asked for."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s:.\-_]|^0x", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9a-f]{8}")
_NOBODY = (0, 0xFFFFFFFF)


def device_address(text: str) -> int | None:
    """Return the address that a text has, with whatever separates its digits; None: it is none.

    Full-width digits, as input methods for Chinese write them, are digits.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).strip().lower())
    if not _ADDRESS.fullmatch(digits) or int(digits, 16) in _NOBODY:
        return None
    return int(digits, 16)


def place(*parts: str) -> str | None:
    """Return "site/building/floor/flat" of its parts, or of the first ones; None: one is missing.

    A slash in a part would begin another.
    """
    stripped = [each.strip() for each in parts]
    while stripped and not stripped[-1]:
        stripped.pop()
    return "/".join(stripped) if all(each and "/" not in each for each in stripped) else None
