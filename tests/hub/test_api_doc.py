"""docs/API.md: its table has every route, its examples work, its figures are the code's."""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from linli_hub.desk.updates import LONGEST_BUNDLE
from linli_hub.people import Permission, Role
from linli_hub.web import limits, notices, requests, stream
from linli_hub.web.published import with_table
from linli_hub.web.settings import Web
from web_site import Served, told

PAGE = Path(__file__).parents[2] / "docs/API.md"
TEXT = PAGE.read_text(encoding="utf-8")
CURL = shutil.which("curl")


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_table_has_every_route() -> None:
    assert with_table(TEXT) == TEXT, "make api-doc writes the table anew"


@pytest.mark.skipif(CURL is None, reason="no curl")
def test_the_examples_work(tmp_path: Path) -> None:
    examples = [line[4:] for line in section("Examples").splitlines() if line.startswith("    ")]
    assert len(examples) >= 7

    def run(address: str) -> None:
        environment = {**os.environ, "HUB": address}
        for example in examples:
            done = subprocess.run(
                ["sh", "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, (example, done.stdout, done.stderr)
            assert done.stdout or "PUT" in example, example

    async def story(site: Served) -> None:
        (tmp_path / "token").write_text(site.token(Role.OPERATOR))
        await asyncio.to_thread(run, site.address)

    told(story, tmp_path)


def test_its_figures_are_those_of_the_code() -> None:
    for name, field in Web.model_fields.items():
        if field.default is not None:
            assert re.search(rf"^{name} = \"?{field.default}\b", TEXT, re.MULTILINE), name
    assert stream._FAR == 20_000
    assert stream._HEARTBEAT_S == 15
    assert stream._PATIENCE_S == 10
    assert (limits._FREE_OF_PAIR, limits._FREE_OF_ADDRESS) == (5, 20)
    assert (limits._FIRST_WAIT_S, limits._LONGEST_WAIT_S) == (2, 60)
    assert (requests._MOST_BYTES, LONGEST_BUNDLE) == (64 * 1024, 4 * 1024 * 1024)
    kinds = re.findall(r"^\| `(\w+)` \|", section("What happens"), re.MULTILINE)
    assert kinds == [kind.value for kind in notices.Kind]


def test_every_role_is_told_of() -> None:
    roles = re.findall(r"^\| (\w+) \| ", section("Who asks"), re.MULTILINE)[1:]
    assert roles == [role.value for role in Role]
    assert not Role.ADMIN.may(Permission.SEE_DOORS)
