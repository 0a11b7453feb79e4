"""Drive a real browser over the DevTools protocol: pages open from files, and nothing leaves this machine.

The protocol is JSON over a pair of pipes, so there is no driver to install beside the browser.
"""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

SECONDS = 60
"""How long the browser may take to start, or to answer, before a test gives up on it."""

BYTES = 256 * 1024 * 1024
"""How long one message may be: pictures are sent whole."""

ON_PIPES = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
"""The browser takes commands on descriptor 3 and answers on 4."""

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--no-first-run", "--no-default-browser-check", "--disable-default-apps", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--metrics-recording-only", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"),
)

TOLD: Mapping[str, Callable[[Any], str]] = {
    "Runtime.exceptionThrown": lambda told: told["exceptionDetails"]["text"],
    "Log.entryAdded": lambda told: told["entry"]["text"],
    "Runtime.consoleAPICalled": lambda told: str(told["args"]),
}
"""Events that say something went wrong, or that something spoke."""


@dataclass
class Tab:
    """Hold one open page, what it asked for (by number; not what its own policy refused), and its complaints."""

    browser: "Browser"
    session: str
    asked: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    loaded: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, method: str, **params: Any) -> Any:
        """Send one command to the page."""
        return await self.browser.do(method, session=self.session, **params)

    async def value(self, expression: str) -> Any:
        """Return the value of an expression in the page; works also where the page itself may run no script."""
        answer = await self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def click(self, selector: str) -> None:
        """Press the mouse on the middle of an element."""
        place = await self.value(
            f"(() => {{ const node = document.querySelector({json.dumps(selector)}); node.scrollIntoView();"
            " const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            x, y = place
            await self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.do("Input.insertText", text=text)

    async def clear(self, selector: str) -> None:
        """Put the focus into a field, and take what it says."""
        await self.click(selector)
        await self.value("document.activeElement.select()")
        await self.press("Backspace")

    async def choose(self, selector: str, value: str) -> None:
        """Choose one of a list's values, as a reader's hand would."""
        node = f"document.querySelector({json.dumps(selector)})"
        told = "dispatchEvent(new Event('input', { bubbles: true }))"
        await self.value(f"{node}.value = {json.dumps(value)}; {node}.{told}")

    async def press(self, key: str) -> None:
        """Press a key that writes nothing."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            told = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            await self.do("Input.dispatchKeyEvent", **told, **(text if kind == "keyDown" else {}))

    async def picture(self, *, whole: bool = True) -> bytes:
        """Return what the page looks like, as a PNG; ``whole``: also what is below the window's edge."""
        taken = await self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(taken["data"])

    def note(self, method: str, told: Any) -> None:
        """Take in what the browser says of this page."""
        if method == "Page.loadEventFired":
            self.loaded.set()
        elif method == "Network.requestWillBeSent":
            self.asked[told["requestId"]] = told["request"]["url"]
        elif method == "Network.loadingFailed" and told.get("blockedReason") == "csp":
            del self.asked[told["requestId"]]
        elif method in TOLD:
            self.complaints.append(TOLD[method](told))


KEYS = {"Backspace": 8, "Enter": 13}


@dataclass
class Browser:
    """Hold a running browser."""

    commands: asyncio.StreamWriter
    messages: asyncio.StreamReader
    sent: int = 0
    waiting: dict[int, "asyncio.Future[Any]"] = field(default_factory=dict)
    tabs: dict[str, Tab] = field(default_factory=dict)

    async def do(self, method: str, *, session: str | None = None, **params: Any) -> Any:
        """Send one command and return its result."""
        self.sent += 1
        answer = self.waiting[self.sent] = asyncio.get_running_loop().create_future()
        told = {"id": self.sent, "method": method, "params": params}
        self.commands.write(json.dumps({**told, "sessionId": session} if session else told).encode() + b"\0")
        await self.commands.drain()
        return await asyncio.wait_for(answer, SECONDS)

    async def listen(self) -> None:
        """Hand on every message until the browser ends."""
        while message := (await self.messages.readuntil(b"\0")).rstrip(b"\0"):
            told = json.loads(message)
            if "id" not in told:
                if (tab := self.tabs.get(told.get("sessionId", ""))) is not None:
                    tab.note(told["method"], told["params"])
            elif "error" in told:
                self.waiting.pop(told["id"]).set_exception(AssertionError(told["error"]))
            else:
                self.waiting.pop(told["id"]).set_result(told["result"])

    async def open(self, file: Path, *, width: int = 1280, dark: bool = False, script: bool = True) -> Tab:
        """Open a file as a page and wait until all of it is there."""
        target = (await self.do("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.do("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = self.tabs[session] = Tab(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            await tab.do(f"{domain}.enable")
        phone = width < PHONE
        size = {"width": width, "height": 844 if phone else 900, "deviceScaleFactor": 2 if phone else 1}
        await tab.do("Emulation.setDeviceMetricsOverride", mobile=phone, **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await tab.do("Emulation.setEmulatedMedia", features=[scheme])
        await tab.do("Emulation.setScriptExecutionDisabled", value=not script)
        await tab.do("Page.navigate", url=file.as_uri())
        await asyncio.wait_for(tab.loaded.wait(), SECONDS)
        return tab


PHONE = 600
"""Columns of pixels below which a window is that of a phone."""


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser that keeps what it keeps in ``folder``, and end it."""
    assert BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", ON_PIPES, "sh", BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=BYTES,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    browser = Browser(process.stdin, process.stdout)
    listening = asyncio.create_task(browser.listen())
    try:
        yield browser
    finally:
        listening.cancel()
        process.terminate()
        await process.wait()
