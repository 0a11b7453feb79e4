"""For every example of ``deployment-api.md`` section 15, trueup sends what the page shows, or a reason says why not.

A case of ``deployment_examples`` has ``run``: what trueup plans and applies. ``spec`` are the values, by dotted path,
in which its manifest differs from that of example 1; the text "absent" leaves one out. ``lifecycle`` is the block of
the same name, and ``base`` are the values in which the manifest of the base differs; without it, there is no base.
``connector`` and ``before`` replace those of the case. ``race`` is what another client does right before the first
write arrives, which no plan can know: an ``edit``, or a ``seed``.

``sends`` are requests of the page, by the position of their ``step``, in the order in which trueup sends them; it sends
no other write. The answers must be those of the page. A member ``request``, ``body``, ``status``, ``answer`` or
``part`` differs from the page, and ``because`` is the reason. ``foresees`` are positions of requests that trueup does
not send, because the plan names the ``code`` that the platform would answer. ``status`` is the outcome, and ``says``
are texts of the report. ``survey`` reads all
deployments instead, and these are the keys.

trueup writes by the id that it has read, where the page has the key, and it reads the connector by the id that the
deployment has: so it never takes another one for it that was created under the same key since then.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from acceptance.test_deployment_examples import CASES, body_of, case_names, expected, fits, sent
from connect_api import WORLD
from deployments_api import CONNECTOR, DEPLOYMENTS, LIVE
from deployments_rig import DeploymentsRig, deployment, with_values
from trueup.model.identity import Kind
from trueup.model.manifest import Manifest
from trueup.model.plan import Plan
from trueup.model.run import Outcome
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result

NEVER: Final[Mapping[tuple[str, int], str]] = {
    ("06-name-of-the-draft", 1): "The answer shows that nothing changed, and trueup sends what changes something.",
    ("10-unknown-application", 1): "It is the creation that the next request needs; case 01 has it.",
    ("16-left-out-application", 0): "A creation names every application of the connector, because one that is left "
    "out can never be added (section 3.4).",
    ("20-list", 1): "A page is never asked for more than the limit that is allowed.",
}
"""Requests of the page, by case and position, that trueup never sends, and why."""
FORMS: Final = ("answer", "part")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and its answer."""

    request: str
    body: Any
    status: int
    answer: Any

    @property
    def is_write(self) -> bool:
        return not self.request.startswith("GET ")


class Shown:
    """An answer of the page; equal to one that fits it."""

    def __init__(self, step: Mapping[str, Any]) -> None:
        self._wanted = {form: expected(step[form]) for form in FORMS if form in step}

    def __eq__(self, other: object) -> bool:
        return all(fits(other, wanted, complete=form == "answer") for form, wanted in self._wanted.items())

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return str(self._wanted)


class Recorded(httpx.AsyncBaseTransport):
    """A transport that keeps each exchange but those for tokens; ``race`` happens before the first write."""

    def __init__(self, rig: DeploymentsRig, race: Mapping[str, str]) -> None:
        self._rig, self._inner, self._race = rig, rig.transport, race
        self.kept: list[Exchange] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix(f"/worlds/{WORLD}")
        if path.startswith("/oauth/"):
            return await self._inner.handle_async_request(request)
        if request.method != "GET":
            race, self._race = self._race, {}
            for act, content in race.items():
                {"edit": self._rig.edit_now, "seed": self._rig.seed}[act](json.loads(content))
        response = await self._inner.handle_async_request(request)
        answer = json.loads(await response.aread())
        # The page has no id.
        shown = re.sub(rf"^{DEPLOYMENTS}/[0-9a-f-]{{36}}$", LIVE, path).replace(CONNECTOR["id"], "key=acme-tax")
        body = json.loads(request.content) if request.content else None
        self.kept.append(Exchange(f"{request.method} {shown}", body, response.status_code, answer))
        return response


class Played:
    """A run of trueup as a case describes it, and the exchanges of it."""

    def __init__(self, name: str, position: int) -> None:
        case = content(name)
        self.run: Mapping[str, Any] = case["run"][position]
        self._steps: Sequence[Mapping[str, Any]] = case["step"]
        self.rig = DeploymentsRig(self.run.get("connector", case.get("connector")), **case.get("switches", {}))
        for step in self.run.get("before", case.get("before", ())):
            accepted = sent(self.rig, step)
            assert accepted.is_success, accepted.text
        self.rig.clock.advance(self.run.get("advance", 60))
        recorded = Recorded(self.rig, self.run.get("race", {}))
        self.rig.transport, self.kept = recorded, recorded.kept

    def plan(self) -> Plan:
        base = [manifest({}, self.run["base"])] if "base" in self.run else None
        return self.rig.plan(manifest(self.run, self.run.get("spec", {})), base=base)

    def wanted(self) -> list[Exchange]:
        """Return the requests of the page as trueup sends them, each with its answer."""
        return [self._wanted(entry) for entry in self.run.get("sends", ())]

    def _wanted(self, entry: Mapping[str, Any]) -> Exchange:
        step = dict(self._steps[entry["step"]])
        own = {name: value for name, value in entry.items() if name not in ("step", "because")}
        assert ("because" in entry) is bool(own), "a difference has a reason"
        assert all(step.get(name) != value for name, value in own.items()), "nothing differs from the page"
        if "body" in own:
            step.pop("like_example_1_but", None)
        if own.keys() & set(FORMS):
            step = {name: value for name, value in step.items() if name not in FORMS}
        shown = step | own
        return Exchange(shown["request"], body_of(shown), shown["status"], Shown(shown))


def content(name: str) -> dict[str, Any]:
    return tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))


def runs() -> list[tuple[str, int]]:
    return [(name, position) for name in case_names() for position in range(len(content(name).get("run", ())))]


def manifest(run: Mapping[str, Any], values: Mapping[str, Any]) -> Manifest:
    changes = [(path, None if value == "absent" else value) for path, value in values.items()]
    return deployment(with_values(*changes), **run.get("lifecycle", {}))


def reported(plan: Plan, outcomes: Sequence[Outcome] | None = None) -> str:
    """Return the report of a plan or an apply as one line."""
    result = Result(command="plan" if outcomes is None else "apply", status=0, plan=plan, outcomes=outcomes)
    return " ".join(RENDERERS["text"](result, Look(width=1000, verbose=True)).text.split())


@pytest.mark.parametrize(("name", "position"), runs())
def test_trueup_sends_what_the_page_shows_and_reports_the_answer(name: str, position: int) -> None:
    played = Played(name, position)
    (surveyed if "survey" in played.run else applied)(played)
    wanted, kept = played.wanted(), list(played.kept)
    for each in wanted:
        assert each in kept, (each, kept)
        kept = kept[kept.index(each) + 1 :]
    assert [each.request for each in played.kept if each.is_write] == [each.request for each in wanted if each.is_write]


def applied(played: Played) -> None:
    plan = played.plan()
    outcomes = played.rig.apply(plan)
    said = f"{reported(plan)} {reported(plan, outcomes)}"
    assert outcomes[0].status == played.run["status"], said
    missing = [words for words in (*played.run.get("says", ()), played.run.get("code", "")) if words not in said]
    assert not missing, said


def surveyed(played: Played) -> None:
    found = played.rig.run(lambda at: at.surveyors[WORLD].survey(WORLD, Kind.DEPLOYMENT))
    assert [identity.value for identity in found.readings] == played.run["survey"]


@pytest.mark.parametrize("name", case_names())
def test_no_request_of_the_page_is_left_out_without_a_reason(name: str) -> None:
    case = content(name)
    played = {entry["step"] for run in case.get("run", ()) for entry in run.get("sends", ())}
    foreseen = {position for run in case.get("run", ()) for position in run.get("foresees", ())}
    never = {position for case_name, position in NEVER if case_name == name}
    assert played | foreseen | never == set(range(len(case["step"])))
    assert not never & (played | foreseen)


@pytest.mark.parametrize("name", case_names())
def test_what_is_foreseen_is_refused_with_the_code_that_the_plan_names(name: str) -> None:
    case = content(name)
    for run in case.get("run", ()):
        for position in run.get("foresees", ()):
            step = case["step"][position]
            (found,) = [expected(step[form])["errors"] for form in FORMS if form in step]
            assert [error["code"] for error in found] == [run["code"]]
