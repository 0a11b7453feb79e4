"""Every example of ``deployment-api.md`` section 15 is answered by the sandbox as the page says.

A case is a file of ``deployment_examples``, of the number and subject of the example: ``before``, requests that lead to
it (each must be accepted); ``step``, its requests, with ``status`` and ``answer``, which is complete, or ``part``, the
members that the example shows. ``body`` is a whole body, ``like_example_1_but`` the members in which it differs from
that of example 1, null for one that is left out. ``switches`` differ from the defaults; ``connector`` has members of
the draft that differ from that of the examples. ``advance`` moves the clock by this many seconds before a request, and
``edit`` is what another client does before it. In an answer, the text ``{...}`` stands for a value that the platform
chooses, and CONNECTOR(VERSION, TAG) for the object of the page.

Two things differ from the page: ids are the sandbox's, and so is the first part of a host, which is made from an id.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connect_api import taken
from deployments_api import CONTRACT, DRAFT, DeploymentsApi

CASES = Path(__file__).with_name("deployment_examples")
_CONNECTOR = re.compile(r"CONNECTOR\((?P<version>\d+), ?\"(?P<tag>[^\"]+)\"\)")
_ANY = "{...}"


def connector(found: re.Match[str]) -> str:
    """Return the object that the page calls CONNECTOR."""
    copy = {
        "id": "5a0d8c1e-7b42-4f7e-9a63-1d2c3b4a5f60",
        "key": "acme-tax",
        "version": int(found["version"]),
        "name": "Acme Tax",
        "integrationTypes": ["tax"],
        "creator": {"email": "dev@acme.example"},
        "repository": {"url": "git@github.com:acme/tax.git", "tag": found["tag"]},
        **CONTRACT,
        "certified": False,
        "supportedRegions": ["europe-west1.gcp"],
    }
    return json.dumps(copy)


def expected(text: str) -> Any:
    return json.loads(_CONNECTOR.sub(connector, text))


def fits(answer: Any, wanted: Any, *, complete: bool) -> bool:
    """Return whether an answer is as wanted; unless complete, objects may have other members."""
    match wanted:
        case str() if wanted == _ANY:
            return isinstance(answer, str)
        case dict():
            if not isinstance(answer, dict) or (complete and answer.keys() != wanted.keys()):
                return False
            return all(name in answer and fits(answer[name], wanted[name], complete=complete) for name in wanted)
        case list():
            pairs = zip(answer, wanted, strict=False) if isinstance(answer, list) else ()
            return len(answer) == len(wanted) and all(fits(*pair, complete=complete) for pair in pairs)
        case _:
            return bool(answer == wanted)


def body_of(step: Mapping[str, Any]) -> Any:
    if "like_example_1_but" in step:
        changed = {**DRAFT, **json.loads(step["like_example_1_but"])}
        return {name: value for name, value in changed.items() if value is not None}
    return json.loads(step["body"]) if "body" in step else None


def sent(api: DeploymentsApi, step: Mapping[str, Any]) -> Any:
    api.clock.advance(step.get("advance", 0))
    method, path = step["request"].split(" ")
    if "edit" in step:
        assert api.edit(json.loads(step["edit"])) == 1
    body = body_of(step)
    return api.call(method, path, **({"json": body} if body is not None else {}))


def case_names() -> list[str]:
    return sorted(file.stem for file in CASES.iterdir())


@pytest.mark.parametrize("case", case_names())
def test_the_sandbox_answers_as_the_page_says(case: str) -> None:
    content = tomllib.loads((CASES / f"{case}.toml").read_text("utf-8"))
    api = DeploymentsApi(content.get("connector"), **content.get("switches", {}))
    for step in content.get("before", ()):
        accepted = sent(api, step)
        assert accepted.is_success, accepted.text
    for step in content["step"]:
        shown = taken(sent(api, step), step["status"])
        for form in ("answer", "part"):
            if form in step:
                assert fits(shown, expected(step[form]), complete=form == "answer"), json.dumps(shown, indent=1)


def test_no_example_is_missing() -> None:
    assert sorted({int(name.partition("-")[0]) for name in case_names()}) == list(range(1, 21))
