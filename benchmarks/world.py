"""A sandbox with an estate, served by another process, and the count of its requests."""

import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.estate import Estate, live
from benchmarks.measure import Broken
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.store import Store

SECONDS = 60
TOKEN, LIST, BY_KEY, SEARCH = "token", "list", "by key", "search"
_KINDS = (
    (TOKEN, re.compile(r"^POST /oauth/token$")),
    (LIST, re.compile(r"^GET /connectors/drafts$")),
    (BY_KEY, re.compile(r"^GET /connectors/drafts/key=")),
    (SEARCH, re.compile(r"/certifications/search$")),
)


@dataclass(frozen=True, slots=True)
class World:
    """A served sandbox."""

    url: str

    def requests(self) -> Counter[str]:
        """Return the number of requests of each kind since the last :meth:`forget`."""
        found = self._control("GET", "requests")["requests"]
        return Counter(_kind(entry["method"], entry["path"]) for entry in found)

    def forget(self) -> None:
        """Clear the request log."""
        self._control("DELETE", "requests")

    def _control(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None


def _kind(method: str, path: str) -> str:
    return next((kind for kind, form in _KINDS if form.search(f"{method} {path}")), f"{method} {path}")


def fill(estate: Estate, file: Path) -> None:
    """Write a state file with the live state before the changes of the estate."""
    store = Store(str(file))
    try:
        seed = live(estate)
        for world in seed["worlds"]:
            apply_seed(store, world, seed)
    finally:
        store.close()


@contextmanager
def served(state: Path, *, latency: float = 0) -> Iterator[World]:
    """Serve a state file on a free port; every answer is ``latency`` seconds late."""
    command = [sys.executable, "-m", "trueup", "sandbox", "--port", "0", "--state", str(state)]
    if latency:
        faults = state.with_suffix(".faults.json")
        faults.write_text(json.dumps({"faults": [{"effect": "slow", "seconds": latency}]}))
        command += ["--faults", str(faults)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://[\d.]+:\d+", line)
            if found is None:
                raise Broken(f"the sandbox printed no address: {line}")
            yield World(found.group())
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS)
