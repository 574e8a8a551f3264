"""What the hub's API answers to whatever its description allows, and to what it forbids.

Run as a program (`make api-fuzz`) it takes the number of examples of each kind of each route for
each role, and prints what is wrong.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import positive_data_acceptance
from schemathesis.core.failures import FailureGroup

from linli_hub.people import Role
from linli_hub.web import openapi
from site_in_thread import SiteInThread
from web_site import Served, made

WEB = "person_requests_min = 1000000\naddress_requests_min = 1000000\n"
# It has no end: tests/hub/test_web_stream.py.
ENDLESS = "/api/v1/events"
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
# A description cannot say which characters can be printed, nor that 2.0 is not taken for 2.
UNKNOWABLE = [positive_data_acceptance]


def examined(
    folder: Path,
    examples: int,
    number: int,
    statuses: Counter[int],
    roles: Sequence[Role | None] = (None, *Role),
) -> Iterator[str]:
    """Ask all routes of a new site as somebody of each role; yield what answers are wrong.

    An answer is wrong with a status of 500 or more, or when the description has no such status,
    content type or body. `examples` valid and as many invalid requests are made of each route, by
    `number`; `statuses` counts what was answered.
    """
    with SiteInThread(made(folder / "site", WEB)) as site:
        address = site.served.address
        schema = schemathesis.openapi.from_url(address + openapi.PATH)
        operations = [each.ok() for each in schema.get_all_operations()]
        for role in roles:
            for operation in operations:
                if operation.path == ENDLESS:
                    continue
                for mode in MODES:
                    strategy = operation.as_strategy(generation_mode=mode)
                    # Some requests end the token that they come with.
                    asked = _Asked(authorization(site, role), statuses)
                    try:
                        seed(number)(quick(examples)(given(strategy)(asked.ask)))()
                    except Unsatisfiable:
                        # Nothing is forbidden at a route without parameters.
                        assert mode == schemathesis.GenerationMode.NEGATIVE
                    yield from (f"{role or 'nobody'}: {each}" for each in asked.wrong)


def quick(examples: int) -> settings:
    """Return what has so many examples made, and nothing else."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class _Asked:
    """Asks with `headers`; `wrong` is what is wrong with the answers."""

    def __init__(self, headers: dict[str, str], statuses: Counter[int]) -> None:
        self.wrong: list[str] = []
        self._headers = headers
        self._statuses = statuses

    def ask(self, case: schemathesis.Case) -> None:
        answer = case.call(headers=self._headers)
        self._statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, excluded_checks=UNKNOWABLE)
        except FailureGroup as group:
            request = answer.request
            asked = f"{request.method} {request.url} {request.body!r}"
            self.wrong.extend(f"{asked}: {each}" for each in group.exceptions)


def authorization(site: SiteInThread, role: Role | None) -> dict[str, str]:
    """Return the header that says who asks."""
    if role is None:
        return {}

    async def token(served: Served) -> str:
        return served.token(role)

    return {"Authorization": f"Bearer {site.do(token)}"}


if __name__ == "__main__":
    counted: Counter[int] = Counter()
    found = 0
    with tempfile.TemporaryDirectory() as scratch:
        for each in examined(Path(scratch), int(sys.argv[1]), time.time_ns(), counted):
            found += 1
            print(each)
    print(dict(sorted(counted.items())), f"{found} answers are wrong")
    sys.exit(bool(found))
