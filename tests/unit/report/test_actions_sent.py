import pytest

from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Publish,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.identity import Kind
from trueup.report.actions import sent_lines
from trueup.report.tree import Labelled, Line, Role, Sign, Span


@pytest.mark.parametrize(
    ("kind", "action", "line"),
    [
        (Kind.CONNECTOR, SetValue("name", "A"), Line(label="setName", pieces=(Span("A", Role.AFTER),))),
        (
            Kind.CONNECTOR,
            SetMembers("supportedRegions", ("a", "b")),
            Line(label="setSupportedRegions", pieces=(Span("a", Role.AFTER), Span("b", Role.AFTER))),
        ),
        (
            Kind.CONNECTOR,
            SetParts("repository", {"tag": "1"}),
            Line(label="setRepository", pieces=(Labelled("tag", Span("1", Role.AFTER)),)),
        ),
        (
            Kind.CONNECTOR,
            AddMember("privateProjects", "p"),
            Line(label="addPrivateProject", pieces=(Span("p", Role.ADDED),)),
        ),
        (
            Kind.CONNECTOR,
            RemoveMember("privateProjects", "p"),
            Line(label="removePrivateProject", pieces=(Span("p", Role.REMOVED),)),
        ),
        (
            Kind.CERTIFICATION,
            AddElement("brands", ("A",), {"website": "w"}),
            Line(
                label="brands",
                verb="ADD",
                subject="A",
                sign=Sign.CREATE,
                pieces=(Labelled("website", Span("w", Role.AFTER)),),
            ),
        ),
        (
            Kind.CERTIFICATION,
            RemoveElement("brands", ("A",)),
            Line(label="brands", verb="REMOVE", subject="A", sign=Sign.DELETE),
        ),
        (Kind.CONNECTOR, Publish(certification=True), Line(label="publish", pieces=(Span("with certification"),))),
    ],
)
def test_sent_actions_are_shown_with_their_values(kind: Kind, action: Action, line: Line) -> None:
    assert list(sent_lines(kind, action, held=False)) == [line]
