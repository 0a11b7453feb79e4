"""A secret that was sent is shown nowhere, also if the platform or an application repeats it."""

import json
from collections.abc import Mapping
from typing import Final

import httpx
import pytest

from deployments_api import LIVE
from deployments_rig import DeploymentsRig, deployment, with_values
from trueup.model.run import Outcome, Status

SECRET: Final = 'p4ss"word\\ü\nsecond line'
PARTS: Final = ("p4ss", "second line")
FORMS: Final = {
    "as it is": SECRET,
    "as JSON": json.dumps(SECRET),
    "as JSON with all letters": json.dumps(SECRET, ensure_ascii=False),
    "one of its lines": "the line second line is too long",
}
CHANGED: Final = deployment(with_values(("applications.calculator.standardConfiguration.RATE_TABLE", "us")))


class _Echoing(httpx.AsyncBaseTransport):
    """A transport whose answers about deployments have other members or, with a status, only these."""

    def __init__(self, inner: httpx.AsyncBaseTransport, method: str, code: int, members: Mapping[str, object]) -> None:
        self._inner, self._method, self._code, self._members = inner, method, code, members

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != self._method or "/deployments" not in request.url.path:
            return await self._inner.handle_async_request(request)
        if self._code:
            return httpx.Response(self._code, json=self._members)
        response = await self._inner.handle_async_request(request)
        return httpx.Response(response.status_code, json={**json.loads(await response.aread()), **self._members})


def ended(method: str, code: int, **members: object) -> Outcome:
    """Return the outcome of a creation whose answers are changed."""
    rig = DeploymentsRig()
    rig.secrets = {"ACME_API_TOKEN": SECRET}
    plan = rig.plan(deployment())
    rig.transport = _Echoing(rig.transport, method, code, members)
    (outcome,) = rig.apply(plan)
    return outcome


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_that_repeats_a_secret_is_shown_without_it(form: str, status: int) -> None:
    errors = [{"code": "InvalidJsonInput", "message": form}]
    outcome = ended("POST", status, statusCode=status, message=form, errors=errors)
    assert outcome.status is not Status.APPLIED
    assert "***" in str(outcome)
    assert not any(part in str(outcome) for part in PARTS), outcome


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_report_that_repeats_a_secret_is_shown_without_it(form: str) -> None:
    entry = {"type": "Error", "title": f"exit status 1: {form}", "message": form, "createdAt": "2026-11-02T09:14:03Z"}
    build = {"id": "1", "report": {"entries": [entry]}}
    outcome = ended("GET", 0, status="Failed", details={"build": build})
    assert outcome.status is Status.FAILED
    assert "***" in str(outcome)
    assert not any(part in str(outcome) for part in PARTS), outcome


def test_a_short_secret_hides_no_ordinary_word() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    rig.secrets = {"ACME_API_TOKEN": "true"}
    assert rig.applied(CHANGED).status is Status.APPLIED
    assert rig.after(0, LIVE)["applications"][0]["standardConfiguration"][0]["value"] == "us"
