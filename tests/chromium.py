"""A real headless Chromium, driven through two pipes by the Chrome DevTools Protocol."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "no chromium: tools/setup/add_test_tools.sh installs it"

WAIT_S = 60
STOP_S = 10
# What keys that type nothing are called by the protocol.
_KEYS = {
    "Tab": {"code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
}
_COMMANDS, _ANSWERS = 3, 4
"""The descriptors that --remote-debugging-pipe reads and writes; messages end with a NUL."""
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)


class Chromium:
    """A browser with a new profile in `folder`, until the context ends."""

    def __init__(self, folder: Path) -> None:
        assert CHROMIUM, MISSING
        self._last = 0
        self._received = b""
        self._pages: dict[str, Page] = {}
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Above those that they are to have, so that neither overwrites the other.
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out)]

        def give_pipes() -> None:
            os.dup2(high[0], _COMMANDS)
            os.dup2(high[1], _ANSWERS)

        self._process = subprocess.Popen(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={folder}"],
            preexec_fn=give_pipes,
            pass_fds=(_COMMANDS, _ANSWERS),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in (theirs_in, theirs_out, *high):
            os.close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Its processes are all in the session that was started for it.
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_S)
        os.close(self._out)
        os.close(self._in)

    def page(self, path: Path, width: int, height: int = 900) -> "Page":
        """Open a file in a window of so many CSS pixels and wait until it is loaded."""
        return self.open(path.as_uri(), width, height)

    def visitor(self) -> str:
        """Return a new visitor, who has cookies of their own, to open pages as."""
        visitor: str = self.call("Target.createBrowserContext")["browserContextId"]
        return visitor

    def open(self, url: str, width: int, height: int = 900, visitor: str = "") -> "Page":
        """Open an address in a window of so many CSS pixels and wait until it is loaded."""
        of = {"browserContextId": visitor} if visitor else {}
        target = self.call("Target.createTarget", url="about:blank", **of)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        size = {"width": width, "height": height}
        page.call(
            "Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=width < 600
        )
        page.go(url)
        return page

    def wait(self, page: "Page") -> None:
        """Wait until a page is loaded."""
        deadline = time.monotonic() + WAIT_S
        while not page.is_loaded:
            self._take(deadline)

    def close_pages(self) -> None:
        """Close all pages that were opened."""
        for page in self._pages.values():
            self.call("Target.closeTarget", targetId=page.target)
        self._pages.clear()

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Return what a command of the protocol answers."""
        self._last += 1
        command: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + WAIT_S
        while True:
            message = self._take(deadline)
            if message.get("id") == self._last:
                assert "error" not in message, (method, message["error"])
                result: dict[str, Any] = message["result"]
                return result

    def _take(self, deadline: float) -> dict[str, Any]:
        """Return the next message; what happens on a page is noted there too."""
        while b"\0" not in self._received:
            left_s = deadline - time.monotonic()
            ready, _, _ = select.select([self._in], [], [], max(left_s, 0))
            assert ready, f"Chromium says nothing for {WAIT_S} s"
            received = os.read(self._in, 1 << 20)
            assert received, "Chromium has gone"
            self._received += received
        text, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        page = self._pages.get(message.get("sessionId", ""))
        if page and "method" in message:
            page.note(message["method"], message["params"])
        return message


class Page:
    """A page that was opened; `complaints` are what the console shows, `requests` the addresses."""

    def __init__(self, browser: Chromium, session: str, target: str) -> None:
        self.target = target
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.is_loaded = False
        self._browser = browser
        self._session = session
        self._is_navigating = False

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return what a command of the protocol answers for this page."""
        return self._browser.call(method, self._session, **parameters)

    def note(self, method: str, parameters: dict[str, Any]) -> None:
        """Keep what happened on the page."""
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
            self._is_navigating = True
        elif method == "Page.loadEventFired":
            # about:blank loads without a request.
            self.is_loaded = self._is_navigating
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.complaints.append(json.dumps(parameters))

    def go(self, url: str) -> None:
        """Open another address, and wait until it is loaded."""
        self.leave(lambda: self.call("Page.navigate", url=url))

    def leave(self, step: Callable[[], object]) -> None:
        """Do a step that leads to another page, and wait until that is loaded."""
        self.is_loaded = self._is_navigating = False
        step()
        self._browser.wait(self)

    def wait_for(self, expression: str) -> None:
        """Wait until an expression in JavaScript is true."""
        deadline = time.monotonic() + WAIT_S
        while not self.value(f"Boolean({expression})"):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key and let go of it."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **_KEYS.get(key, text))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def value(self, expression: str) -> Any:
        """Return what an expression in JavaScript evaluates to."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self) -> bytes:
        """Return a PNG of the whole page."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """Return the page as it is printed on A4."""
        answer = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(answer["data"])
