"""The site that the load is for: its devices enrolled and placed, all consents given."""

import os
import time
from pathlib import Path

from linli_hub.configuration import load
from linli_hub.people import PERSON, Role, passwords
from linli_hub.privacy import CONSENT, HOLDER, PLACED, Purpose, consent
from linli_hub.registry import ENROLLED
from linli_hub.site import Site, make
from linli_protocol import words

from . import mix

_ADMIN = "bench"
OPERATOR = "duty"
"""Who is shown calls for help."""
PASSWORD = "of no use to anybody"
_WAIT_S = 60.0


def make_site(folder: Path, devices: int, port: int, web_port: int) -> Path:
    """Make a site of `devices` that serves at these ports of this host; return its hub.toml."""
    now_us = time.time_ns() // 1000
    path = make(folder, _ADMIN, PASSWORD, now_us)
    path.write_text(f'[[ways]]\nkind = "tcp"\nport = {port}\n[web]\nport = {web_port}\n')
    site = Site(load(path))
    site.journal.start([site.keeper])
    try:
        hashed = passwords.hashed(PASSWORD, os.urandom)
        person = {"name": OPERATOR, "role": Role.OPERATOR, "password": hashed, "by": _ADMIN}
        site.tell(PERSON, person, now_us)
        for index in range(devices):
            _enrol(site, index, now_us)
            if site.journal.full:
                site.journal.wait(site.journal.position, _WAIT_S)
        for holder in range(1, min(mix.HOLDERS, devices) + 1):
            body = {"holder": holder, "household": holder}
            site.tell(HOLDER, body, now_us)
    finally:
        site.close()
    return path


def _enrol(site: Site, index: int, now_us: int) -> None:
    device, home = mix.FIRST + index, mix.household_of(index)
    kind = words.DEVICE_KINDS[mix.kind_of(index)]
    body = {"device": device, "kind": kind, "generation": 0, "ways": ["tcp"], "by": _ADMIN}
    site.tell(ENROLLED, body, now_us)
    site.tell(PLACED, {"device": device, "household": home, "place": "bench"}, now_us)
    if home is not None:
        for purpose in Purpose:
            site.tell(CONSENT, consent(home, purpose, True, _ADMIN, "in a benchmark"), now_us)
