"""Run the platform's command line client, and its SDK, against a served sandbox.

Both are installed with ``npm install --global @commercetools/cli@0.0.23``. Without it, tests that need them are
skipped.
"""

import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

CLI = shutil.which("commercetools")
needs_client = pytest.mark.skipif(CLI is None, reason="the client is not installed")

_SERVE = """
import json, sys
from trueup.sandbox.server import serve
from trueup.sandbox.settings import Settings
seed, switches = json.loads(sys.argv[1])
serve(port=0, seed=seed, settings=Settings().changed(switches), on_ready=lambda url: print(url, flush=True))
"""
_FAST = """
const later = globalThis.setTimeout;
globalThis.setTimeout = (run, delay, ...rest) => later(run, delay > 5000 ? delay / 40 : delay, ...rest);
"""
"""Runs before the client, which polls only once a minute."""


@dataclass(frozen=True, slots=True)
class OfficialClient:
    """The client, logged in at a served sandbox; ``home`` has its credentials."""

    url: str
    home: Path

    def run(self, *words: str) -> str:
        """Run a command below ``connect`` that must succeed; return its standard output."""
        fast = self.home / "fast.cjs"
        fast.write_text(_FAST, encoding="utf-8")
        return self._output([str(CLI), "connect", *words], {"NODE_OPTIONS": f"--require {fast}"})

    def run_on_terminal(self, *words: str, answer: str) -> str:
        """Run a command below ``connect`` on a terminal, answer its question, and return what it shows."""
        terminal, side = pty.openpty()
        # Without a width, the client's indicator of progress never returns.
        termios.tcsetwinsize(side, (24, 80))
        with os.fdopen(terminal, "rb+", buffering=0) as screen:
            command = [str(CLI), "connect", *words]
            with subprocess.Popen(command, env=self._environment({}), stdin=side, stdout=side, stderr=side) as process:
                os.close(side)
                shown = b""
                while b"(y/n)" not in shown:
                    shown += screen.read(4096)
                screen.write(answer.encode())
                # When the other side is closed, Linux reports an error in place of an end.
                with suppress(OSError):
                    while read := screen.read(4096):
                        shown += read
                assert process.wait(timeout=20) == 0, shown
        return " ".join(shown.decode().split())

    def run_sdk(self, script: str) -> Any:
        """Run a script with the SDK and return the JSON that it prints.

        The script is the body of an async function with ``api``, the client of the SDK.
        """
        modules = Path(str(CLI)).resolve().parents[3]
        text = f"""
            const {{createRequire}} = await import("node:module");
            const require = createRequire({json.dumps(f"{modules}/")});
            const load = async (name) => await import(require.resolve(name));
            const {{createApiClient}} = await load("@commercetools-connect/sdk");
            const {{ClientBuilder}} = await load("@commercetools/ts-client");
            const host = {json.dumps(self.url)};
            const header = "Bearer " + {json.dumps(self.token())};
            const client = new ClientBuilder()
                .withExistingTokenFlow(header, {{force: true}})
                .withHttpMiddleware({{host, httpClient: fetch}}).build();
            const api = createApiClient(client.execute, host);
            console.log(JSON.stringify(await (async () => {{ {script} }})()));
        """
        return json.loads(self._output(["node", "--input-type=module", "--eval", text], {}))

    def token(self) -> str:
        """Return an access token of the sandbox."""
        form = {"grant_type": "client_credentials"}
        return str(httpx.post(f"{self.url}/oauth/token", auth=("a", "b"), data=form).json()["access_token"])

    def state(self, kind: str) -> list[dict[str, Any]]:
        """Return the stored documents of a kind."""
        return list(httpx.get(f"{self.url}/_sandbox/state").json().get(kind, ()))

    def advance(self, seconds: float) -> None:
        """Advance the clock of the sandbox."""
        httpx.post(f"{self.url}/_sandbox/clock", json={"advance": seconds})

    def _output(self, command: list[str], more: Mapping[str, str]) -> str:
        ran = subprocess.run(
            command,
            env=self._environment(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        settings = {"HOME": str(self.home), "CTP_CLI_CONNECT_API_URL": self.url, "NO_COLOR": "1"}
        return {**os.environ, **settings, **more}


@contextmanager
def official_client(
    home: Path, seed: Mapping[str, object] | None = None, **switches: object
) -> Iterator[OfficialClient]:
    """Serve a sandbox with this seed and these switches while the block runs."""
    project = switches.setdefault("project_key", "sandbox")
    serving = [sys.executable, "-c", _SERVE, json.dumps([seed or {}, switches])]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            client = OfficialClient(process.stdout.readline().strip(), home)
            _log_in(client, str(project))
            yield client
        finally:
            process.terminate()
            process.wait(timeout=20)


def _log_in(client: OfficialClient, project: str) -> None:
    """Write what the client's ``login`` keeps: the hosts of tokens are fixed in its code."""
    credentials = {
        "authentication": "client-credentials",
        "clientId": "a",
        "clientSecret": "b",
        "projectKey": project,
        "scope": f"manage_project:{project}",
        "region": "europe-west1.gcp",
        "accessToken": client.token(),
        "refreshToken": None,
        "issuedAt": 1_700_000_000_000,
        "expiresAt": 4_100_000_000_000,
    }
    (client.home / ".commercetools").mkdir()
    (client.home / ".commercetools" / "credentials").write_text(json.dumps(credentials), encoding="utf-8")
