import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from trueup.errors import UsageError
from trueup.sandbox.server import serve

pytestmark = [pytest.mark.process, pytest.mark.slow]

SCRIPT = """
import sys
from pathlib import Path
from trueup.cli.files import read_faults, read_seed
from trueup.sandbox.server import serve
paths = {name: Path(path) for name, path in zip(sys.argv[1::2], sys.argv[2::2])}
if "seed" in paths:
    paths["seed"] = read_seed(paths["seed"])
if "faults" in paths:
    paths["faults"] = read_faults(paths["faults"])
serve(port=0, on_ready=lambda url: print(url, flush=True), **paths)
print("ended", flush=True)
"""
SEED = """
connectors:
  - {key: k1, name: n, creator: {email: a@b.c}, repository: {url: "git@x.y:z.git", tag: "1"}}
"""


@contextmanager
def served(tmp_path: Path, end: int = signal.SIGTERM, *, stderr: str = "", **files: str) -> Iterator[str]:
    """Serve these files in another process; check that the signal ends it without an error, and its ``stderr``."""
    arguments = []
    for name, text in files.items():
        path = tmp_path / name
        if text:
            path.write_text(text, encoding="utf-8")
        arguments += [name, str(path)]
    command = [sys.executable, "-c", SCRIPT, *arguments]
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
            process.send_signal(end)
            out, err = process.communicate(timeout=20)
            assert (process.returncode, out, err) == (0, "ended\n", stderr)
        finally:
            process.kill()


@contextmanager
def authorised(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url) as client:
        answer = client.post("/oauth/token", auth=("id", "secret"), data={"grant_type": "client_credentials"})
        client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_served_sandbox_answers_and_ends_on_a_signal(tmp_path: Path, end: int) -> None:
    with served(tmp_path, end, seed=SEED) as url, authorised(url) as client:
        assert client.get("/connectors/drafts/key=k1").json()["name"] == "n"


def test_a_signal_ends_it_though_a_connection_is_open(tmp_path: Path) -> None:
    with httpx.Client() as client, served(tmp_path) as url:
        assert client.get(f"{url}/_sandbox/state").json() == {}


def test_the_state_is_kept_in_the_file_and_seeded_once(tmp_path: Path) -> None:
    with served(tmp_path, db="", seed=SEED) as url, authorised(url) as client:
        assert client.delete("/connectors/drafts/key=k1").status_code == 200
    with served(tmp_path, db="", seed=SEED) as url, authorised(url) as client:
        assert client.get("/connectors/drafts").json()["total"] == 0


def test_a_signal_ends_it_though_an_answer_is_under_way(tmp_path: Path) -> None:
    rule = "faults: [{effect: slow, path: drafts, seconds: 600}]"
    with ThreadPoolExecutor() as pool:
        with served(tmp_path, seed=SEED, faults=rule) as url:
            lost = pool.submit(httpx.get, f"{url}/connectors/drafts", timeout=60)
            while not httpx.get(f"{url}/_sandbox/faults").json()["faults"][0]["struck"]:
                pass
        assert isinstance(lost.exception(timeout=60), httpx.RemoteProtocolError)


@pytest.mark.parametrize(("performed", "after"), [("false", 200), ("true", 404)])
def test_a_dropped_connection_is_closed_without_an_answer(tmp_path: Path, performed: str, after: int) -> None:
    rule = f"faults: [{{effect: drop, method: DELETE, performed: {performed}}}]"
    with served(tmp_path, seed=SEED, faults=rule) as url, authorised(url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.delete("/connectors/drafts/key=k1")
        assert client.get("/connectors/drafts/key=k1").status_code == after


def test_a_slow_write_is_done_although_its_client_has_given_up(tmp_path: Path) -> None:
    rule = "faults: [{effect: slow, method: DELETE, seconds: 30}]"
    with served(tmp_path, seed=SEED, faults=rule) as url, authorised(url) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.delete("/connectors/drafts/key=k1", timeout=0.2)
        assert client.get("/connectors/drafts/key=k1").status_code == 404


def test_a_port_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port}"):
            serve(port=port, on_ready=lambda _: None)


def test_the_server_refuses_foreign_hosts_and_pages(tmp_path: Path) -> None:
    with served(tmp_path) as url, httpx.Client(base_url=url) as client:
        assert client.get("/_sandbox/state", headers={"host": "evil.example"}).status_code == 421
        assert client.delete("/_sandbox/state", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.get("/_sandbox/state").status_code == 200


def test_headers_are_bounded(tmp_path: Path) -> None:
    complaint = "Invalid HTTP request received.\n"
    with served(tmp_path, stderr=complaint) as url, httpx.Client(base_url=url) as client:
        assert client.get("/_sandbox/state", headers={"x-long": "x" * 30_000}).status_code == 200
        where = client.base_url
        # The headers do not end: without a bound, the server would wait for more and answer nothing.
        with socket.create_connection((where.host, where.port or 0), timeout=20) as endless:
            endless.sendall(f"GET / HTTP/1.1\r\nHost: {where.host}\r\nX-Long: {'x' * 66_000}".encode())
            assert endless.recv(100).startswith(b"HTTP/1.1 400 ")
        assert client.get("/_sandbox/state").status_code == 200
