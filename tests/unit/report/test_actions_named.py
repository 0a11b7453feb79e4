"""Actions on elements that a manifest names: their path says which one it is."""

from typing import Final

import pytest

from trueup.model.action import Action, AddElement, Create, Reason, RemoveElement, Rollout
from trueup.model.field import Risk
from trueup.model.identity import Kind
from trueup.model.plan import PlannedAction
from trueup.model.value import ABSENT, Attributes, Elements, Known, LiveValue, Parts
from trueup.report.actions import action_line, creation_lines, sent_lines
from trueup.report.tree import Labelled, Line, Role, Span, Swap
from trueup.report.values import UNSET

VALUES: Final = "applications.standardConfiguration"
SECRETS: Final = "applications.securedConfiguration"
POLICY: Final = "applications.retryPolicy"
LEVEL: Final = ("calculator", "LOG_LEVEL")
TOKEN: Final = ("calculator", "API_TOKEN")


def known(**attributes: str | int) -> Known:
    return Known(Parts(attributes))


def shown(action: Action, before: LiveValue, after: LiveValue) -> Line:
    planned = PlannedAction(
        action=action, stage=0, reason=Reason.ELEMENT_DIFFERS, risk=Risk.ROUTINE, before=before, after=after
    )
    return action_line(Kind.DEPLOYMENT, planned, held=False, tag_cause=False)


def add(path: str, key: tuple[str, ...], **attributes: str | int) -> AddElement:
    return AddElement(path, key, attributes)


def test_a_changed_value_is_shown_by_its_own_path() -> None:
    line = shown(add(VALUES, LEVEL, value="debug"), known(value="info"), known(value="debug"))
    assert line.label == "spec.applications.calculator.standardConfiguration.LOG_LEVEL"
    assert (line.subject, line.sign) == ("", None)
    assert line.pieces == (Swap(Span("info", Role.BEFORE), Span("debug", Role.AFTER)),)


def test_a_new_value_is_shown_by_its_own_path() -> None:
    line = shown(add(VALUES, LEVEL, value="debug"), ABSENT, known(value="debug"))
    assert line.label == "spec.applications.calculator.standardConfiguration.LOG_LEVEL"
    assert line.pieces == (Span("debug", Role.ADDED),)


def test_the_rollout_of_a_creation_deploys_applications_and_is_no_redeployment() -> None:
    line = shown(Rollout(), ABSENT, Known("Deployed"))
    assert (line.label, line.name, line.pieces) == ("rollout", "", (Span("deploys its applications"),))


def test_the_rollout_of_what_exists_restarts_applications_by_a_redeployment() -> None:
    line = shown(Rollout(), Known("Deployed"), Known("Deployed"))
    assert (line.label, line.name, line.pieces) == ("rollout", "redeploy", (Span("restarts its applications"),))


def test_one_changed_attribute_is_part_of_the_path() -> None:
    line = shown(add(POLICY, ("mailer",), maxAttempts=30), known(maxAttempts=20), known(maxAttempts=30))
    assert line.label == "spec.applications.mailer.retryPolicy.maxAttempts"
    assert line.pieces == (Swap(Span("20", Role.BEFORE), Span("30", Role.AFTER)),)


def test_a_new_reference_keeps_the_path_of_its_value() -> None:
    line = shown(add(SECRETS, TOKEN, fromEnv="ACME_TOKEN"), ABSENT, known(fromEnv="ACME_TOKEN"))
    assert line.label == "spec.applications.calculator.securedConfiguration.API_TOKEN"
    assert line.pieces == (Labelled("fromEnv", Span("ACME_TOKEN", Role.ADDED)),)


def test_a_masked_value_that_is_gone_is_shown_as_unset() -> None:
    line = shown(RemoveElement(SECRETS, TOKEN), Known(Parts({})), ABSENT)
    assert line.label == "spec.applications.calculator.securedConfiguration.API_TOKEN"
    assert line.pieces == (UNSET,)


@pytest.mark.parametrize("attributes", [{"value": "info"}, {"value": ""}])
def test_a_creation_shows_each_value_by_its_own_path(attributes: Attributes) -> None:
    (line,) = creation_lines(Kind.DEPLOYMENT, {VALUES: Elements({LEVEL: attributes})}, held=False)
    assert line.label == "spec.applications.calculator.standardConfiguration.LOG_LEVEL"
    assert line.pieces == (Span(str(attributes["value"]), Role.ADDED),)


def test_a_sent_value_is_shown_by_its_own_path() -> None:
    (line,) = sent_lines(Kind.DEPLOYMENT, add(VALUES, LEVEL, value="debug"), held=False)
    assert isinstance(line, Line)
    assert line.label == "spec.applications.calculator.standardConfiguration.LOG_LEVEL"


def test_a_sent_creation_shows_each_value_by_its_own_path() -> None:
    create = Create({VALUES: Elements({LEVEL: {"value": "info"}})})
    (line,) = sent_lines(Kind.DEPLOYMENT, create, held=False)
    assert isinstance(line, Line)
    assert line.label == "spec.applications.calculator.standardConfiguration.LOG_LEVEL"


def test_a_key_of_another_length_is_shown_as_a_key() -> None:
    line = shown(add(VALUES, ("calculator",), value="debug"), ABSENT, known(value="debug"))
    assert (line.label, line.subject) == ("spec.applications.standardConfiguration", "calculator")
