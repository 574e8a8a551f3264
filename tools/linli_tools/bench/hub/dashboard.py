"""Whoever is on duty: follows the hub's events over HTTP, as the page does, and sees alarms."""

import json
import threading
import time
from collections import deque
from typing import Any

import httpx

from ...failure import Failure
from .site import OPERATOR, PASSWORD

_PATIENCE_S = 60.0


class Dashboard:
    """Follows calls for help at the hub's web server, in a thread of its own, within a `with`.

    `delays` has when each alarm was seen, a time of the monotonic clock, and how many s after it
    was due to be sent.
    """

    def __init__(self, web_port: int) -> None:
        self.delays: list[tuple[float, float]] = []
        self._raised: dict[int, deque[float]] = {}
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{web_port}/api/v1", timeout=None)
        self._following = threading.Event()
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)

    def __enter__(self) -> "Dashboard":
        self._thread.start()
        if not self._following.wait(_PATIENCE_S) or self._trouble is not None:
            raise Failure(f"the dashboard sees nothing: {self._trouble}")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def raised(self, device: int, due: float) -> None:
        """Note that a device sends an alarm that was due at a time of the monotonic clock."""
        self._raised.setdefault(device, deque()).append(due)

    def unseen(self) -> int:
        """Return how many alarms have not been seen."""
        return sum(map(len, self._raised.values()))

    def _run(self) -> None:
        try:
            self._follow()
        except (httpx.HTTPError, RuntimeError, OSError) as error:
            # The hub has ended, or the client was closed.
            self._trouble = repr(error)
            self._following.set()

    def _follow(self) -> None:
        name = {"name": OPERATOR, "password": PASSWORD}
        token = self._client.post("/log-in", json=name).raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        wanted = {"kinds": "incident"}
        with self._client.stream("GET", "/events", params=wanted, headers=headers) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                self._following.set()
                if line.startswith('data: {"'):
                    self._see(json.loads(line.removeprefix("data: ")))

    def _see(self, notice: dict[str, Any]) -> None:
        now = time.monotonic()
        raised = self._raised.get(notice["device"]) if notice["what"] == "raised" else None
        if raised:
            self.delays.append((now, now - raised.popleft()))
