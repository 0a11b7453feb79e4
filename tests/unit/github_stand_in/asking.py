"""Ask the stand-in for GitHub, without a server, as an account that may do what a test says."""

from pathlib import Path
from typing import Any

import httpx

from github.faults import Faults
from github.server import transport
from github.state import TOKEN, State
from repositories import new_repository


def with_git(folder: Path) -> State:
    """Return a repository at GitHub with one commit."""
    work = new_repository(folder / "consumer")
    work.commit({"a.yaml": "1\n", "b/c.yaml": "1\n"})
    return State(work=work)


def client(state: State, faults: Faults | None = None, *, token: str = TOKEN, **headers: str) -> httpx.Client:
    named = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    url = f"https://api.github.example/repos/{state.full_name}"
    return httpx.Client(transport=transport(state, faults), base_url=url, headers=named)


def got(github: State, path: str, **query: str | int) -> Any:
    """Return the JSON of an answer to a question; it must be 200."""
    answer = client(github).get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert github.violations == []
    return answer.json()


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the words of a refusal: of its first error where it has some."""
    body = answer.json()
    return answer.status_code, body.get("errors", [body])[0].get("message", body["message"])
