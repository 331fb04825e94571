"""A headless Chromium that tests drive by its DevTools protocol: open, evaluate, click, type, screenshot."""

import asyncio
import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType

import pytest

PATIENCE = 120.0  # seconds that a condition may take on a busy machine
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0", "--mute-audio",
)  # fmt: skip
# Whether every figure is drawn and nothing is on its way to the server.
_IDLE = "Boolean(window.Bokeh && Bokeh.documents.length && Bokeh.documents.every(one => one.is_idle))"


class Browser:
    """One page of a headless Chromium; the test is skipped where there is none.

    Parameters
    ----------
    width, height : int
        Size of the page, pixels.
    """

    def __init__(self, width: int = 1400, height: int = 900) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            pytest.skip("no Chromium here")
        self._home = Path(tempfile.mkdtemp(prefix="browser-"))
        flags = (*_FLAGS, f"--user-data-dir={self._home}", f"--window-size={width},{height}")
        self._process = subprocess.Popen(
            [program, *flags, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._loop = asyncio.new_event_loop()
        self._socket, self._number, self._clicked = None, 0, 0.0
        self.errors: list[str] = []  # what the page reported on its console as an error
        try:
            self._socket = self._run(self._connect())
            for domain in ("Page", "Runtime", "Network"):
                self.call(f"{domain}.enable")
            self.resize(width, height)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the browser."""
        if self._socket is not None:
            self._socket.close()
            self._loop.run_until_complete(self._drained())
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        shutil.rmtree(self._home, ignore_errors=True)

    async def _drained(self):
        """Wait until the browser has closed the connection, so that nothing is left open in the loop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while await self._socket.read_message() is not None:
                    pass
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _run(self, coroutine):
        return self._loop.run_until_complete(asyncio.wait_for(coroutine, PATIENCE))

    async def _connect(self):
        """Connect to the first page, once the browser answers."""
        from tornado.websocket import websocket_connect

        port = self._home / "DevToolsActivePort"
        while not (port.exists() and "\n" in port.read_text()):
            if self._process.poll() is not None:
                pytest.skip("Chromium does not start here")
            await asyncio.sleep(0.05)
        address = f"http://127.0.0.1:{port.read_text().splitlines()[0]}/json/list"
        while True:
            pages = json.loads(self._read(address))
            found = [page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"]
            if found:
                return await websocket_connect(found[0], max_message_size=2**28)
            await asyncio.sleep(0.05)

    @staticmethod
    def _read(address):
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return answer.read()

    def call(self, method, **parameters):
        """Call a method of the protocol and return its result."""
        return self._run(self._call(method, parameters))

    async def _call(self, method, parameters):
        self._number += 1
        number = self._number
        await self._socket.write_message(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = await self._socket.read_message()
            assert message is not None, "the browser has gone"
            answer = json.loads(message)
            self._note(answer)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _note(self, message):
        """Keep what went wrong in the page."""
        if message.get("method") == "Runtime.exceptionThrown":
            details = message["params"]["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        if message.get("method") == "Runtime.consoleAPICalled" and message["params"]["type"] == "error":
            self.errors.append(" ".join(str(one.get("value")) for one in message["params"]["args"]))

    def resize(self, width, height):
        """Give the page another size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address):
        """Open an address and wait until all is drawn."""
        self.call("Page.navigate", url=address)
        self.wait(f"location.href.startsWith({json.dumps(address.split('?')[0])}) && {_IDLE}")

    def evaluate(self, script):
        """Evaluate an expression in the page and return its value."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, condition, seconds=PATIENCE):
        """Wait until an expression is true in the page, and return its value."""
        end = time.monotonic() + seconds
        while True:
            answer = self.call("Runtime.evaluate", expression=condition, returnByValue=True)
            value = answer["result"].get("value")
            if "exceptionDetails" not in answer and value:
                return value
            assert time.monotonic() < end, f"never true: {condition}; errors of the page: {self.errors}"
            time.sleep(0.05)

    def click(self, x, y):
        """Click at a place of the page, pixels; not so soon after another click that both are a double click."""
        time.sleep(max(0.0, self._clicked + 0.6 - time.monotonic()))
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self._clicked = time.monotonic()

    def screenshot(self, path, whole=False):
        """Write a PNG of what is seen, or of the whole page."""
        parameters = {}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            parameters = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}  # fmt: skip # noqa: E501
        picture = self.call("Page.captureScreenshot", format="png", **parameters)
        Path(path).write_bytes(base64.b64decode(picture["data"]))
