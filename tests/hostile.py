"""Hypothesis strategies for whatever a report may have to show, meant to break it.

``texts()``        words mixed with what terminals, Markdown, HTML and runners would act upon
``plans()``        plans of any verdicts, actions and findings, with such texts wherever a text can stand
``crowds()``       the same of up to 40 resources, which not every comment has room for
``ended_crowds()`` such a plan, and one outcome for each resource
``outcomes(plan)`` one outcome for each resource of a plan
``diagnostics()``  diagnostics of such texts at any place
``RENDERED``       how many examples a test of a rendering takes

Every resource's name begins with its number (``r0-``), so that a test can find it in what is rendered.
"""

from dataclasses import replace
from functools import cache
from typing import assert_never

from hypothesis import settings
from hypothesis import strategies as st

from trueup.errors import Diagnostic, Severity
from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    Finding,
    Level,
    Publish,
    Reason,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    Rollout,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.field import Risk
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Cause, Forecast, Plan, PlannedAction, PlannedFinding, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import FieldReport, Outcome, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Attributes, Elements, Known, LiveValue, Members, Parts, Value

Changed = tuple[Action, LiveValue, LiveValue]
"""An action with what it starts from and what it leads to."""

FRAGMENTS = (
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "\r",
    "\n",
    "\n\n",
    "\t",
    "\x00",
    "\u202e",
    "\u200b",
    "\ud800",
    "\ufeff",
    "```",
    "````",
    "~~~",
    "`",
    "|",
    "\\|",
    "\\",
    "</details>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "&amp;",
    "@octocat",
    "#123",
    "GH-7",
    "https://evil.example/",
    "www.evil.example",
    "a@evil.example",
    "**",
    "__",
    "[x](y)",
    "![x](y)",
    "- ",
    "1. ",
    "# ",
    "> ",
    "---",
    "$x$",
    "::error::x",
    "%0A",
    " ",
    "你好",
    "e\u0301",
    "x" * 120,
)

RENDERED = settings(max_examples=min(150, settings().max_examples))
"""Examples for what is rendered, which is no law of diff, plan or apply."""

MOST = 40
"""Resources of a crowd."""

LONGEST = 5
"""How often the actions of a crowd's resource are repeated at most, so that some are too long to be shown unfolded."""

FENCES = ("```", "````md", "~~~", "</details>")
"""Whole lines that would end what they stand in."""

LABELLED = {
    Kind.CONNECTOR: ("name", "description", "creator.company", "documentationUrl"),
    Kind.DEPLOYMENT: ("connector.key", "type", "region"),
    Kind.CERTIFICATION: ("certificateNumber", "url", "voc.content.densityLimitGL"),
}
"""Scalar fields of each kind: the paths of actions are ours, whatever else is hostile."""


@cache
def texts() -> st.SearchStrategy[str]:
    anything = st.text(max_size=4)
    return st.lists(st.sampled_from(FRAGMENTS) | st.sampled_from(["word", "other"]) | anything, max_size=3).map("".join)


@cache
def _attributes() -> st.SearchStrategy[Attributes]:
    return st.dictionaries(texts(), texts() | st.integers(), max_size=2)


@cache
def _parts() -> st.SearchStrategy[Parts]:
    return _attributes().map(Parts)


@cache
def _members() -> st.SearchStrategy[Members]:
    return st.lists(texts(), max_size=2, unique=True).map(lambda values: Members(tuple(values)))


@cache
def _values() -> st.SearchStrategy[Value]:
    elements = st.dictionaries(_keys(), _attributes(), max_size=2).map(Elements)
    return st.one_of(texts(), st.integers(), _members(), _parts(), elements)


@cache
def _keys() -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts(), min_size=1, max_size=2).map(tuple)


@cache
def _live(values: st.SearchStrategy[Value]) -> st.SearchStrategy[LiveValue]:
    return st.one_of(values.map(Known), st.just(ABSENT), st.just(NOT_RETURNED))


@cache
@st.composite
def _set_value(draw: st.DrawFn, kind: Kind) -> Changed:
    value = draw(texts())
    before = draw(_live(texts()).filter(lambda live: live != Known(value)))
    return SetValue(draw(st.sampled_from(LABELLED[kind])), value), before, Known(value)


@cache
@st.composite
def _set_members(draw: st.DrawFn) -> Changed:
    members = tuple(draw(st.lists(texts(), max_size=3, unique=True)))
    before = draw(_live(st.lists(texts(), max_size=3, unique=True).map(lambda old: Members(tuple(old)))))
    return SetMembers("supportedRegions", members), before, Known(Members(members))


@cache
@st.composite
def _set_parts(draw: st.DrawFn) -> Changed:
    parts = draw(_parts())
    return SetParts("repository", parts.values), draw(_live(_parts())), Known(parts)


@cache
@st.composite
def _element(draw: st.DrawFn, path: str) -> Changed:
    key, attributes = draw(_keys()), draw(_attributes())
    before = draw(_attributes())
    choices: list[Changed] = [
        (AddElement(path, key, attributes), ABSENT, Known(Parts(attributes))),
        (AddElement(path, key, attributes), Known(Parts(before)), Known(Parts({**before, **attributes}))),
        (RemoveElement(path, key), Known(Parts(before)), ABSENT),
    ]
    return draw(st.sampled_from(choices))


@cache
@st.composite
def _connector_action(draw: st.DrawFn) -> Changed:
    text = draw(texts())
    choices: list[Changed] = [
        (AddMember("privateProjects", text), ABSENT, Known(text)),
        (RemoveMember("privateProjects", text), Known(text), ABSENT),
        (AddComment(text), ABSENT, Known(text)),
        (Delete(text), ABSENT, ABSENT),
        (Publish(certification=True), ABSENT, ABSENT),
        (RequestPreview(), ABSENT, ABSENT),
        (Unlist(), ABSENT, ABSENT),
    ]
    return draw(st.sampled_from(choices))


@cache
def _deployment_action() -> st.SearchStrategy[Changed]:
    action = st.builds(Rollout, follow=st.booleans(), scripts=st.booleans(), to=texts()) | st.builds(Delete, texts())
    return action.map(lambda one: (one, ABSENT, ABSENT))


@cache
@st.composite
def _create(draw: st.DrawFn) -> Changed:
    fields = draw(st.dictionaries(st.sampled_from(["name", "repository", "brands"]), _values(), max_size=2))
    return Create(fields), ABSENT, ABSENT


@cache
def _actions(kind: Kind) -> st.SearchStrategy[Changed]:
    match kind:
        case Kind.CONNECTOR:
            return st.one_of(_set_value(kind), _set_members(), _set_parts(), _connector_action(), _create())
        case Kind.CERTIFICATION:
            return st.one_of(_set_value(kind), _element("brands"), _create())
        case Kind.DEPLOYMENT:
            element = _element("applications.standardConfiguration")
            return st.one_of(_set_value(kind), element, _deployment_action(), _create())
        case _:
            assert_never(kind)


@cache
@st.composite
def _planned(draw: st.DrawFn, kind: Kind) -> PlannedAction:
    action, before, after = draw(_actions(kind))
    return PlannedAction(
        action=action,
        stage=draw(st.integers(0, 2)),
        reason=draw(st.sampled_from(Reason)),
        risk=draw(st.sampled_from(Risk)),
        before=before,
        after=after,
        cause=draw(st.none() | st.sampled_from(Cause)),
    )


@cache
def positions() -> st.SearchStrategy[Position]:
    return st.builds(Position, texts(), st.integers(0, 10**6), st.integers(0, 10**4))


@cache
def _findings() -> st.SearchStrategy[PlannedFinding]:
    finding = st.builds(Finding, level=st.sampled_from(Level), code=texts(), message=texts(), path=texts())
    return st.builds(PlannedFinding, finding=finding, position=st.none() | positions())


@cache
@st.composite
def resources(draw: st.DrawFn, number: int) -> ResourcePlan:
    kind = draw(st.sampled_from(Kind))
    field = IdField.EXTERNAL_ID if kind is Kind.CERTIFICATION else IdField.KEY
    return ResourcePlan(
        identity=Identity(draw(st.sampled_from(["a", "b|`"])), kind, field, f"r{number}-{draw(texts())}"),
        verdict=draw(st.sampled_from(Verdict)),
        position=draw(positions()),
        locale=draw(st.none() | texts()),
        actions=tuple(draw(st.lists(_planned(kind), max_size=3))),
        findings=tuple(draw(st.lists(_findings(), max_size=2))),
        error=draw(st.just("") | texts()),
    )


@cache
@st.composite
def plans(draw: st.DrawFn) -> Plan:
    return Plan(
        resources=tuple(draw(resources(number)) for number in range(draw(st.integers(0, 3)))),
        digest="sha256:" + "0" * 64,
        forecast=Forecast(requests=draw(st.integers(0, 9)), seconds=draw(st.floats(0, 10**6))),
        unmanaged=draw(st.dictionaries(texts(), st.integers(0, 9), max_size=2)),
    )


@cache
def crowds() -> st.SearchStrategy[Plan]:
    """Repeat a few resources under numbers of their own: many, and still drawn quickly."""
    return st.builds(_crowd, plans(), st.integers(0, MOST))


@st.composite
def ended_crowds(draw: st.DrawFn) -> tuple[Plan, tuple[Outcome, ...]]:
    """Draw a crowd and how each of its resources ended."""
    few = draw(plans())
    crowd = _crowd(few, draw(st.integers(0, MOST)))
    ended = draw(outcomes(few))
    return crowd, tuple(replace(ended[n % len(ended)], identity=r.identity) for n, r in enumerate(crowd.resources))


def _crowd(few: Plan, number: int) -> Plan:
    number = number if few.resources else 0
    return replace(few, resources=tuple(_numbered(few.resources[n % len(few.resources)], n) for n in range(number)))


def _numbered(resource: ResourcePlan, number: int) -> ResourcePlan:
    name = resource.identity.value.partition("-")[2]
    identity = replace(resource.identity, value=f"r{number}-{name}")
    return replace(resource, identity=identity, actions=resource.actions * (1 + number % LONGEST))


@cache
def _field_reports() -> st.SearchStrategy[list[FieldReport]]:
    live = _live(_values())
    report = st.builds(FieldReport, path=texts(), planned=live, now=live, wanted=live, note=texts())
    return st.lists(report, max_size=2)


@st.composite
def outcomes(draw: st.DrawFn, plan: Plan) -> tuple[Outcome, ...]:
    return tuple(draw(_outcome(resource)) for resource in plan.resources)


@st.composite
def _outcome(draw: st.DrawFn, resource: ResourcePlan) -> Outcome:
    taken = draw(st.integers(0, len(resource.actions)))
    actions = tuple(planned.action for planned in resource.actions)
    return Outcome(
        identity=resource.identity,
        status=draw(st.sampled_from(Status)),
        position=resource.position,
        message=draw(texts()),
        details=tuple(draw(st.lists(texts() | st.sampled_from(FENCES), max_size=2))),
        done=actions[:taken],
        left=actions[taken:],
        fields=tuple(draw(_field_reports())),
        requests=draw(st.integers(0, 3)),
    )


@cache
def diagnostics() -> st.SearchStrategy[Diagnostic]:
    return st.builds(
        Diagnostic,
        code=texts(),
        message=texts(),
        position=positions(),
        severity=st.sampled_from(Severity),
        path=texts(),
        allowed=texts(),
        hint=texts(),
    )
