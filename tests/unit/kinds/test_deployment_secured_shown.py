"""No secured value is in anything that an apply shows, logs or writes, whatever the platform answers."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest

from deployments_rig import SECRETS, DeploymentsRig, deployment, with_values
from trueup.apply.journal_file import FileJournal
from trueup.model.plan import Plan
from trueup.model.run import Outcome
from trueup.plan.codec import plan_to_json
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result
from unit.apply.fakes import kept

CANARY: Final = 'canary "s3cr3t" é/77'
FORMS: Final = (
    CANARY,
    json.dumps(CANARY)[1:-1],
    json.dumps(json.dumps(CANARY)[1:-1])[1:-1],
    json.dumps(CANARY, ensure_ascii=False)[1:-1],
    quote(CANARY, safe=""),
    b64encode(CANARY.encode()).decode(),
    "s3cr3t",
)
ROTATED: Final = deployment(
    with_values(("applications.calculator.securedConfiguration.API_TOKEN", {"fromEnv": "CANARY", "revision": "2"}))
)
Answer = Callable[[httpx.Request], httpx.Response]


def refusal(status: int, **more: object) -> Answer:
    """Return an answer of the platform's shape whose texts repeat the body of the request."""

    def answer(request: httpx.Request) -> httpx.Response:
        echo = f"{CANARY} {quote(CANARY, safe='')} {only(request)}"
        error = {"code": "InvalidJsonInput", "message": echo, "detailedErrorMessage": echo, **more}
        return httpx.Response(status, json={"statusCode": status, "message": echo, "errors": [error]})

    return answer


def only(request: httpx.Request) -> str:
    """Return the end of a body, from the secured value on: only the start of a text is shown."""
    return request.content.decode().partition("API_TOKEN")[2]


def text(status: int, content: str) -> Answer:
    return lambda request: httpx.Response(status, text=content.format(only(request)))


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"while reading the answer to {only(request)}", request=request)


ANSWERS: Final[Mapping[str, Answer]] = {
    "400": refusal(400),
    "400 with a code": refusal(400, code=CANARY),
    "403": refusal(403, code="AuthorizationError"),
    "404": refusal(404, code="ResourceNotFound"),
    "409": refusal(409, code="ConcurrentModification"),
    "429": refusal(429, code="OverCapacity"),
    "500": refusal(500, code="General"),
    "503": refusal(503),
    "a page of a gateway": text(502, "<html>{}</html>"),
    "400 of a gateway": text(400, "{}"),
    "accepted without JSON": text(201, "ok: {}"),
    "accepted with a list": text(201, "[{}]"),
    "accepted with half a document": text(201, '{{"id": {}'),
    "lost": lost,
}


class Echo(httpx.AsyncBaseTransport):
    """A transport that answers writes of deployments itself, and changes what is read of them."""

    def __init__(self, rig: DeploymentsRig, answer: Answer | None, read: Callable[[Any], Any]) -> None:
        self._inner, self._answer, self._read = rig.transport, answer, read

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        about = "/deployments" in request.url.path
        if about and request.method != "GET" and self._answer is not None:
            return self._answer(request)
        response = await self._inner.handle_async_request(request)
        if not about or request.method != "GET":
            return response
        return httpx.Response(response.status_code, json=self._read(json.loads(await response.aread())))


def shown(rig: DeploymentsRig, folder: Path, plan: Plan, caplog: pytest.LogCaptureFixture) -> Iterator[tuple[str, str]]:
    """Apply, and yield everything that a person or another program may read then."""
    journal = FileJournal(kept(folder / "runs"), now=lambda: datetime.fromtimestamp(0, UTC), name=lambda: "000001")
    outcomes = rig.apply(plan, journal=journal)
    yield from reports(plan, outcomes)
    yield from ((str(file), file.read_text()) for file in folder.rglob("*") if file.is_file())
    yield "logs", caplog.text


def reports(plan: Plan, outcomes: tuple[Outcome, ...]) -> Iterator[tuple[str, str]]:
    yield "outcomes", repr(outcomes)
    yield "saved plan", json.dumps(plan_to_json(plan))
    for name, render in RENDERERS.items():
        for command, result in (("plan", None), ("apply", outcomes)):
            rendering = render(Result(command=command, status=0, plan=plan, outcomes=result), Look(verbose=True))
            yield f"{command} as {name}", rendering.text + rendering.before


def leaks(places: Iterator[tuple[str, str]]) -> list[str]:
    return [f"{place}: {form}" for place, content in places for form in FORMS if form in content]


@pytest.mark.parametrize("creates", [True, False], ids=["creation", "redeployment"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_repeats_a_secured_value_shows_it_nowhere(
    answer: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, creates: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    rig = DeploymentsRig()
    rig.secrets = {**SECRETS, "CANARY": CANARY}
    if not creates:
        rig.deployed()
    rig.transport = Echo(rig, ANSWERS[answer], lambda body: body)
    plan = rig.plan(ROTATED, base=[deployment()])
    assert leaks(shown(rig, tmp_path, plan, caplog)) == []


def in_clear(body: Any) -> Any:
    """Return a deployment as a platform would show it that masks nothing, with a report that repeats a secret."""
    entry = {
        "type": "Warning",
        "title": f"Failed with {CANARY}",
        "message": f"env API_TOKEN={CANARY}",
        "application": "a",
    }
    if isinstance(body, dict) and "applications" in body:
        changed = json.loads(json.dumps(body).replace("****", json.dumps(CANARY)[1:-1]))
        return {**changed, "details": {"build": {"id": "1", "report": {"entries": [entry]}}}}
    return body


def test_a_reading_that_shows_secured_values_shows_them_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig = DeploymentsRig()
    rig.secrets = {**SECRETS, "CANARY": CANARY}
    rig.deployed()
    plan = rig.plan(ROTATED, base=[deployment()])
    rig.transport = Echo(rig, None, in_clear)
    found = list(shown(rig, tmp_path, plan, caplog))
    assert leaks(iter(found)) == []
    assert any("deployed with problems" in content for _, content in found)
