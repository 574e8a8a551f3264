"""Versions of images: major.minor.patch for people, one number in messages and manifests."""

import re

_TEXT = re.compile(r"(\d{1,4})\.(\d{1,3})\.(\d{1,3})")


def parse_version(text: str) -> int:
    """Return major << 16 | minor << 8 | patch; ValueError when `text` is no such version."""
    match = _TEXT.fullmatch(text)
    major, minor, patch = map(int, match.groups()) if match else (0, 256, 0)
    if minor > 255 or patch > 255 or not major | minor | patch:
        raise ValueError(f"{text!r} is no version: 1.2.3, the last two numbers up to 255")
    return major << 16 | minor << 8 | patch


def version_text(version: int) -> str:
    """Return a version as people write it."""
    return f"{version >> 16}.{version >> 8 & 0xFF}.{version & 0xFF}"
