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
        (
            Kind.CONNECTOR,
            SetValue("name", "A"),
            Line(label="spec.name", name="setName", pieces=(Span("A", Role.AFTER),)),
        ),
        (
            Kind.CONNECTOR,
            SetMembers("supportedRegions", ("a", "b")),
            Line(
                label="spec.supportedRegions",
                name="setSupportedRegions",
                pieces=(Span("a", Role.AFTER), Span("b", Role.AFTER)),
            ),
        ),
        (
            Kind.CONNECTOR,
            SetParts("repository", {"tag": "1"}),
            Line(label="spec.repository.tag", name="setRepository", pieces=(Span("1", Role.AFTER),)),
        ),
        (
            Kind.CONNECTOR,
            AddMember("privateProjects", "p"),
            Line(label="spec.privateProjects", name="addPrivateProject", pieces=(Span("p", Role.ADDED),)),
        ),
        (
            Kind.CONNECTOR,
            RemoveMember("privateProjects", "p"),
            Line(label="spec.privateProjects", name="removePrivateProject", pieces=(Span("p", Role.REMOVED),)),
        ),
        (
            Kind.CERTIFICATION,
            AddElement("brands", ("A",), {"website": "w"}),
            Line(
                label="spec.brands",
                subject="A",
                sign=Sign.CREATE,
                pieces=(Labelled("website", Span("w", Role.AFTER)),),
            ),
        ),
        (
            Kind.CERTIFICATION,
            RemoveElement("brands", ("A",)),
            Line(label="spec.brands", subject="A", sign=Sign.DELETE),
        ),
        (
            Kind.CONNECTOR,
            Publish(certification=True),
            Line(label="lifecycle.publish", pieces=(Span("certified, after a review by commercetools"),)),
        ),
    ],
)
def test_sent_actions_are_shown_with_their_values(kind: Kind, action: Action, line: Line) -> None:
    assert list(sent_lines(kind, action, held=False)) == [line]
