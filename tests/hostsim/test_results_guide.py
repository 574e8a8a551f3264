"""docs/RESULTS.md holds every column there is, and its queries run."""

import re
from pathlib import Path

import duckdb
import pytest

import made_up_run
from linli_hostsim.tables import SCHEMA

GUIDE = (Path(__file__).parents[2] / "docs/RESULTS.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", SCHEMA)
def test_every_column_is_described(table: str) -> None:
    section = GUIDE.split(f"### {table}.parquet")[1].split("\n#")[0]
    described = re.findall(r"^\| (\w+) \|", section, flags=re.MULTILINE)
    assert described == ["column", *SCHEMA[table]]


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL))
def test_the_queries_run(query: str, tmp_path: Path) -> None:
    made_up_run.results().write(tmp_path / "runs/hemu-1")
    with duckdb.connect() as database:
        assert database.execute(query.replace("'runs/", f"'{tmp_path}/runs/")).fetchall()
