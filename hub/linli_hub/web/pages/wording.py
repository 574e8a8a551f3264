"""What the pages say, in Chinese and in English: the tables of `web/wording`.

A table `words.NAME` has a text for each of the words that the hub knows something by, such as
"denied: wrong PIN"; English has none where those will do. Every other table has the pages' own
texts, which may have {fields} in them.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ...desk import DeskError

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parents[1] / "wording"


class Wording:
    """The texts of one language."""

    def __init__(self, language: str, tables: Mapping[str, Any]) -> None:
        self.language = language
        self._words: Mapping[str, Mapping[str, str]] = tables["words"]
        self._texts: dict[str, str] = {
            f"{section}.{name}": text
            for section, texts in tables.items()
            if section != "words"
            for name, text in texts.items()
        }

    def text(self, key: str, **fields: object) -> str:
        """Return the text "section.name" with its fields filled in; KeyError: there is none."""
        return self._texts[key].format_map(fields)

    def word(self, table: str, word: str) -> str:
        """Return what people read for a word; one that the table has not, as it is."""
        return self._words.get(table, {}).get(word, word)

    def error(self, error: Exception) -> str:
        """Return what people read of an error: by its key, or its message where it has none."""
        if not isinstance(error, DeskError) or not error.key:
            return str(error)
        fields = {name: self.word(name, str(value)) for name, value in error.fields.items()}
        return self.text(f"refused.{error.key}", **fields)

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts by "section.name"."""
        return self._texts

    @property
    def words(self) -> Mapping[str, Mapping[str, str]]:
        """The tables of words."""
        return self._words


@cache
def wording(language: str) -> Wording:
    """Return the texts of one of `LANGUAGES`."""
    path = FOLDER / f"{language}.toml"
    return Wording(language, tomllib.loads(path.read_text(encoding="utf-8")))


def chosen(cookie: str | None, accepted: str | None) -> str:
    """Return the language to speak: the cookie's, or the first accepted one that is spoken here.

    `accepted` is an Accept-Language header (RFC 9110, 12.5.4); its first language is preferred
    over English, and English over nothing.
    """
    if cookie in LANGUAGES:
        return cookie
    ranked = sorted(map(_ranked, (accepted or "").split(",")), key=lambda each: -each[1])
    for language, weight in ranked:
        if weight > 0 and language in LANGUAGES:
            return language
    return "en"


def _ranked(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    language = tag.strip().lower().split("-")[0]
    try:
        weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        weight = 0.0
    return language, weight
