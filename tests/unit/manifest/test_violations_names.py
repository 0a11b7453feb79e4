"""Violations in mappings whose names are of the user's choice, and in those that refer to secrets."""

from typing import Any

import pytest

from documents import DOCUMENTS, changed, deployment
from trueup.errors import Diagnostic
from trueup.manifest.positions import dotted
from trueup.manifest.violations import explain
from trueup.model.identity import Kind
from trueup.model.position import Position

CALCULATOR = "spec.applications.calculator"


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _problem(path: str, value: object) -> Diagnostic:
    (problem,) = explain(Kind.DEPLOYMENT, changed(deployment(), path, value), _PathAsPosition())
    return problem


@pytest.mark.parametrize(
    ("kind", "path", "name", "message"),
    [
        (Kind.DEPLOYMENT, f"{CALCULATOR}.standardConfiguration", "N", "'N' must have 2 characters or more."),
        (Kind.DEPLOYMENT, f"{CALCULATOR}.standardConfiguration", "", "A name must have 2 characters or more."),
        (Kind.DEPLOYMENT, "spec.applications", "A" * 257, "must have 256 characters or fewer."),
        (Kind.CONNECTOR, "metadata.labels", "", "A name must not be empty."),
    ],
)
def test_the_length_of_a_name_is_bounded(kind: Kind, path: str, name: str, message: str) -> None:
    document = changed(DOCUMENTS[kind](), path, {name: {} if path == "spec.applications" else "x"})
    problems = [p for p in explain(kind, document, _PathAsPosition()) if p.code == "out-of-range"]
    assert [problem.path for problem in problems] == [f"{path}.{name}"]
    assert problems[0].message.endswith(message)


SECRET = "hunter2!"


@pytest.mark.parametrize("block", ["spec", "variants.connect-eu.spec"])
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        [SECRET],
        {"API_TOKEN": SECRET},
        {"API_TOKEN": [SECRET]},
        {"A=": SECRET},
        {"API_TOKEN": {"value": SECRET}},
        {"API_TOKEN": {"fromEnv": SECRET}},
        {"API_TOKEN": {"fromEnv": {"name": SECRET}}},
    ],
)
def test_a_secret_in_the_wrong_place_is_never_shown(block: str, value: object) -> None:
    path = f"{block}.applications.calculator.securedConfiguration"
    problems = explain(Kind.DEPLOYMENT, changed(deployment(), path, value), _PathAsPosition())
    about = [problem for problem in problems if problem.path.startswith(path)]
    assert about
    assert SECRET not in repr(problems)
    # Its line in the file is not shown either.
    assert not any(problem.quotable for problem in about)


def test_a_text_for_the_reference_to_a_secret_is_to_be_moved_and_revoked() -> None:
    problem = _problem(f"{CALCULATOR}.securedConfiguration.API_TOKEN", SECRET)
    assert (problem.code, problem.message) == ("wrong-type", "API_TOKEN must be a mapping, not text.")
    assert problem.allowed == "A mapping, for example {fromEnv: ACME_API_TOKEN, revision: 2026-11}."
    assert problem.hint == "Put the secret into an environment variable, and revoke this one if it was committed."


def test_an_element_with_a_name_has_its_own_example() -> None:
    problem = _problem(f"{CALCULATOR}.standardConfiguration.LOG_LEVEL", 1)
    assert problem.allowed == "Text, for example eu-2026."
