"""Headless Chromium for tests, over its debugging pipe: no port is opened, and nothing need be installed beside it.

A page of files or of a server on this machine is opened, asked questions in JavaScript, and looked at:

    with Browser() as browser:
        page = browser.open(path.as_uri(), width=390)
        assert page.evaluate("document.title") == "..." and not page.errors

The protocol is Chrome DevTools': JSON messages, each ended by a zero byte, on file descriptors 3 and 4.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    # No test may need the world outside: every other name than this machine's leads nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
ENDED = "the browser has ended"


def find() -> str | None:
    """Give Chromium's path: $LA2DS_CHROMIUM, or the first name on the PATH."""
    return os.environ.get("LA2DS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


needs_browser = pytest.mark.skipif(find() is None, reason="no Chromium here (scripts/browser.sh installs Debian's)")


def _pipes() -> tuple[int, int, tuple[int, int]]:
    """Open what is read here, what is written here, and the two ends of the browser."""
    their_in, ours_out = os.pipe()
    ours_in, their_out = os.pipe()
    # Above 9, so that neither stands where the other has to go.
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (their_in, their_out))
    os.close(their_in)
    os.close(their_out)
    return ours_in, ours_out, moved


class Browser:
    """A headless Chromium with a profile of its own, which goes with it."""

    def __init__(self, *, timeout: float = 30) -> None:
        """Start it.

        Args:
            timeout: seconds that one answer, or a page's loading, may take.
        """
        self.timeout = timeout
        self._profile = tempfile.TemporaryDirectory(prefix="la2ds-browser-", ignore_cleanup_errors=True)
        self._in, self._out, theirs = _pipes()
        flags = [*FLAGS, f"--user-data-dir={self._profile.name}"]
        # Chromium refuses to run as root inside its sandbox, which is how containers run it.
        flags += ["--no-sandbox"] if os.getuid() == 0 else []
        self._process = subprocess.Popen(
            ["bash", "-c", 'exec "$0" "$@" 3<&{} 4>&{}'.format(*theirs), str(find()), *flags, "about:blank"],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in theirs:
            os.close(descriptor)
        self._buffer, self._number = b"", 0
        self.pages: dict[str, Page] = {}

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        try:
            self.call("Browser.close")
        except (OSError, TimeoutError, ConnectionError):
            self._process.kill()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def open(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> "Page":
        """Open a page in a tab of its own and wait until everything on it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.set_size(width, height)
        page.set_dark(dark)
        page.go(url)
        return page

    def call(self, method: str, *, session: str = "", **params: object) -> dict:
        """Ask for something and wait for the answer; what happens meanwhile is noted on its page."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self.wait(lambda m: m.get("id") == self._number, method)

    def wait(self, wanted, what: str) -> dict:
        """Take messages in until one is the wanted one, and give its result."""
        end = time.monotonic() + self.timeout
        while True:
            message = self._next(end, what)
            if message.get("sessionId") in self.pages:
                self.pages[message["sessionId"]].note(message)
            if wanted(message):
                if "error" in message:
                    raise RuntimeError(f"{what}: {message['error'].get('message')}")
                return message.get("result", {})

    def _next(self, end: float, what: str) -> dict:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(end - time.monotonic(), 0))
            if not ready:
                raise TimeoutError(f"{what}: no answer within {self.timeout} s")
            got = os.read(self._in, 1 << 16)
            if not got:
                raise ConnectionError(ENDED)
            self._buffer += got
        line, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(line)


class Page:
    """A tab.

    Attributes:
        errors: what the console calls errors, exceptions nobody caught, and files that could not be loaded.
        requests: addresses asked for, data: addresses not among them.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loaded = False

    def call(self, method: str, **params: object) -> dict:
        """Ask something of this tab, as Chrome's DevTools protocol names it."""
        return self.browser.call(method, session=self.session, **params)

    def note(self, message: dict) -> None:
        """Keep what a message says of errors and requests."""
        params = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                thrown = params["exceptionDetails"]
                self.errors.append(thrown.get("exception", {}).get("description") or thrown["text"])
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
                self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')[:200]}")
            case "Network.requestWillBeSent" if not params["request"]["url"].startswith("data:"):
                self.requests.append(params["request"]["url"])

    def go(self, url: str) -> None:
        """Load an address, and wait for its load event."""
        self._loaded = False
        failed = self.call("Page.navigate", url=url).get("errorText")
        if failed:
            raise RuntimeError(f"{url}: {failed}")
        if not self._loaded:
            self.browser.wait(lambda _: self._loaded, f"loading {url}")

    def evaluate(self, script: str):
        """Evaluate a JavaScript expression, a promise included, and give its value as JSON can hold it."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise RuntimeError(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    def wait_for(self, script: str, *, seconds: float = 20) -> None:
        """Wait until an expression is true: pages that draw themselves are not ready when they are loaded."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({script})"):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {seconds} s: {script}")
            time.sleep(0.1)

    def set_size(self, width: int, height: int = 900) -> None:
        """Give the window a size in CSS pixels; below 600 it is a phone's."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def set_dark(self, dark: bool) -> None:
        """Prefer dark pages or light ones."""
        value = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def screenshot(self, path: Path | str, *, whole: bool = False, selector: str = "") -> Path:
        """Write a PNG of the window, of the whole page, or of the first element that a CSS selector finds."""
        options: dict[str, object] = {"format": "png", "captureBeyondViewport": whole or bool(selector)}
        if selector or whole:
            box = f"document.querySelector({json.dumps(selector or 'html')}).getBoundingClientRect()"
            place = f"(({{x, y, width, height}}) => ({{x, y: y + scrollY, width, height}}))({box})"
            options["clip"] = self.evaluate(place) | {"scale": 1}
        path = Path(path)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))
        return path
