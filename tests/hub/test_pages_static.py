"""What browsers load: others' files as they came, nothing inline, colours that can be read."""

import hashlib
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from linli_hub.web import pages

WEB = Path(pages.__file__).parents[1]
VENDOR = WEB / "static" / "vendor"
PACKAGES = tomllib.loads((VENDOR / "vendored.toml").read_text(encoding="utf-8"))["package"]
SCHEMES = ("light", "dark")
# Each colour that something is written or drawn in, with what it stands on.
TEXTS = [
    *(("ink", paper) for paper in ("paper", "card", "raised", "alarm-paper", "accent-paper")),
    *(("soft", paper) for paper in ("paper", "card", "raised", "alarm-paper")),
    *(("accent", paper) for paper in ("paper", "card", "raised", "accent-paper", "alarm-paper")),
    *(("alarm", paper) for paper in ("alarm-paper", "card", "raised")),
    *(("warn", paper) for paper in ("warn-paper", "card")),
    *(("good", paper) for paper in ("good-paper", "card", "paper")),
    ("on-accent", "accent"),
    ("on-alarm", "alarm-solid"),
]
SIGNS = [("focus", "paper"), ("focus", "card"), ("edge", "card"), ("accent", "card")]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_what_others_made_is_as_it_came_with_its_licence(package: dict) -> None:
    assert set(package) == {"name", "version", "licence", "sha256"}
    assert any("LICENSE" in name for name in package["sha256"])
    for name, expected in package["sha256"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name


def test_nothing_else_is_among_what_others_made() -> None:
    listed = {name for package in PACKAGES for name in package["sha256"]}
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == listed | {"vendored.toml"}


@pytest.mark.parametrize("template", sorted(WEB.glob("templates/*.html")), ids=lambda it: it.name)
def test_no_template_has_a_script_or_a_style_in_it(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|\bjs:", text)


def test_own_files_load_nothing_from_elsewhere() -> None:
    own = [*WEB.glob("static/css/*.css"), *WEB.glob("static/js/*.js"), *WEB.glob("templates/*")]
    for path in own:
        found = re.findall(r"https?://(?!www\.w3\.org/)\S+", path.read_text(encoding="utf-8"))
        assert not found, path


def test_every_colour_is_named_once_and_used_by_name() -> None:
    named = colours("light")
    for path in WEB.glob("static/css/*.css"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"var\(--([a-z-]+)\)", text)) <= named.keys(), path
        if path.name not in ("colours.css", "print.css"):
            assert not re.search(r"#[0-9a-f]{3,8}\b", text), path


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_what_it_is_on(scheme: str) -> None:
    found = colours(scheme)
    for ink, paper in TEXTS:
        # WCAG 2.2, 1.4.3: text.
        assert contrast(found[ink], found[paper]) >= 4.5, (ink, paper)
    for sign, paper in SIGNS:
        # 1.4.11: what is no text but tells something.
        assert contrast(found[sign], found[paper]) >= 3.0, (sign, paper)


def test_contrast_is_computed_as_defined() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def colours(scheme: str) -> dict[str, str]:
    """Return the custom properties of a colour scheme."""
    text = (WEB / "static/css/colours.css").read_text(encoding="utf-8")
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", dark))
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours: WCAG 2.2, "contrast ratio"."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour: WCAG 2.2, "relative luminance"."""
    parts = [int(colour[begin:end], 16) / 255 for begin, end in pairwise((1, 3, 5, 7))]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
