from decimal import Decimal
from typing import Any

import pytest

from documents import certification, changed, connector, deployment, project
from trueup.errors import Diagnostic
from trueup.manifest.positions import dotted
from trueup.manifest.schema import accepts
from trueup.manifest.violation import shown
from trueup.manifest.violations import explain
from trueup.model.position import Position, Step

KINDS = {"Connector": connector, "Certification": certification, "Project": project, "Deployment": deployment}


class _PathAsPosition:
    """Positions whose file is the path and whose column is its length plus one."""

    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, len(path) + 1)


def _problem(kind: str, path: str, value: object) -> Diagnostic:
    """Return the only diagnostic of a changed document."""
    document = changed(KINDS[kind](), path, value)
    assert not accepts(kind, document)
    (diagnostic,) = explain(kind, document, _PathAsPosition())
    assert diagnostic.position.file == diagnostic.path or diagnostic.code == "missing-field"
    return diagnostic


def test_a_strategy_that_does_not_exist_leaves_the_fields_beside_it_known() -> None:
    path = "spec.applications.calculator.retryPolicy.strategy"
    assert _problem("Deployment", path, "exponential").code == "wrong-value"


def test_an_unknown_field_is_named_with_a_suggestion() -> None:
    problem = _problem("Connector", "spec.creator.compny", "Acme")
    assert problem.code == "unknown-field"
    assert problem.path == "spec.creator.compny"
    assert problem.message == "There is no field 'compny' in spec.creator."
    assert "logoUrl" in problem.allowed


def test_a_field_that_is_present_is_not_suggested() -> None:
    document = changed(connector(), "spec.naem", "x")
    assert explain("Connector", document, _PathAsPosition())[0].hint == ""
    del document["spec"]["name"]
    assert explain("Connector", document, _PathAsPosition())[0].hint == "Did you mean 'name'?"


def test_every_unknown_field_is_named() -> None:
    document = changed(changed(connector(), "spec.aaa", 1), "spec.bbb", 2)
    assert [d.path for d in explain("Connector", document, _PathAsPosition())] == ["spec.aaa", "spec.bbb"]


@pytest.mark.parametrize(
    ("kind", "path", "hint"),
    [
        ("Connector", "spec.creator.noOfDevelopers", "Did you mean 'noOfContributors'?"),
        ("Connector", "spec.key", "The key belongs in metadata.key."),
        ("Connector", "spec.regions", "Did you mean 'supportedRegions'?"),
        ("Certification", "spec.brands.0.collectionBehavior", "Leave it out: a list is the desired state"),
        ("Certification", "spec.voc.emission.densityMinGL", "Did you mean 'densityMin'?"),
        ("Certification", "spec.additionalDocuments", "Did you mean 'additionalsDocuments'?"),
        ("Certification", "spec.locale", "The locale belongs in metadata.locale."),
    ],
)
def test_a_known_mistake_gets_its_own_hint(kind: str, path: str, hint: str) -> None:
    document = KINDS[kind]()
    for given in ("spec.creator.noOfContributors", "spec.supportedRegions", "spec.additionalsDocuments"):
        _, *parents, last = given.split(".")
        node = document["spec"]
        for step in parents:
            node = node.get(step, {})
        node.pop(last, None)
    document.get("spec", {}).get("voc", {}).pop("emission", None)
    (problem,) = explain(kind, changed(document, path, 1), _PathAsPosition())
    assert problem.code == "unknown-field"
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize("name", ["status", "configurations", "isPreviewable", "id", "version"])
def test_a_field_that_the_platform_sets_has_its_own_code(name: str) -> None:
    problem = _problem("Connector", f"spec.{name}", "x")
    assert problem.code == "read-only-field"
    assert problem.message == f"The platform sets {name} itself."
    assert problem.hint


def test_a_missing_field_is_placed_at_its_parent() -> None:
    document = connector()
    del document["spec"]["repository"]["tag"]
    (problem,) = explain("Connector", document, _PathAsPosition())
    assert (problem.code, problem.message, problem.path) == (
        "missing-field",
        "spec.repository lacks tag.",
        "spec.repository.tag",
    )


def test_every_missing_field_is_named_once() -> None:
    document = connector(repository={})
    assert sorted(d.message for d in explain("Connector", document, _PathAsPosition())) == [
        "spec.repository lacks tag.",
        "spec.repository lacks url.",
    ]


def test_null_is_refused_with_the_reason() -> None:
    problem = _problem("Connector", "spec.description", None)
    assert problem.code == "null-value"
    assert "cannot clear a value" in problem.message
    assert "Leave the field out" in problem.hint


def test_null_outside_the_spec_does_not_mention_clearing() -> None:
    for kind, path in (("Connector", "spec"), ("Connector", "metadata.key"), ("Project", "targets.connect-eu.region")):
        problem = _problem(kind, path, None)
        assert problem.message.endswith("has no value (null).")
        assert problem.hint == ""


def test_null_is_reported_once_anywhere() -> None:
    for path in ("spec.integrationTypes", "spec.integrationTypes.0", "spec.creator", "metadata.labels.team", "spec"):
        assert _problem("Connector", path, None).code == "null-value"


@pytest.mark.parametrize(
    ("path", "value", "message", "hint"),
    [
        ("spec.name", 12, "name must be text, not the number 12.", "Put quotes around it."),
        ("spec.repository.tag", Decimal("2.10"), "tag must be text, not the number 2.10.", "Put quotes around it."),
        ("spec.name", True, "name must be text, not the boolean true.", "Put quotes around it."),
        ("spec.name", ["x"], "name must be text, not a list.", ""),
        ("spec.creator", "x", "creator must be a mapping, not text.", ""),
        ("spec.integrationTypes", "tax", "integrationTypes must be a list, not text.", "Write it as a list of one"),
        (
            "spec.creator.noOfContributors",
            "4",
            "noOfContributors must be a whole number, not text.",
            "Leave the quotes",
        ),
        (
            "spec.creator.noOfContributors",
            Decimal("4.5"),
            "noOfContributors must be a whole number, not the number 4.5.",
            "",
        ),
        ("lifecycle.listed", "true", "listed must be true or false, not text.", "Leave the quotes out."),
        ("lifecycle.listed", "yes", "listed must be true or false, not text.", "Write true: yes, no, on"),
        ("lifecycle.listed", "maybe", "listed must be true or false, not text.", ""),
        ("spec.creator.noOfContributors", "four", "noOfContributors must be a whole number, not text.", ""),
    ],
)
def test_a_wrong_type_is_reported_with_the_right_one(path: str, value: object, message: str, hint: str) -> None:
    problem = _problem("Connector", path, value)
    assert (problem.code, problem.message) == ("wrong-type", message)
    assert problem.hint.startswith(hint) if hint else not problem.hint


def test_a_wrong_type_comes_with_an_example() -> None:
    assert _problem("Connector", "spec.repository.tag", 1).allowed == "Text, for example v1.4.0."


def test_a_value_that_is_not_allowed_is_reported_with_the_allowed_ones() -> None:
    problem = _problem("Connector", "spec.integrationTypes.1", "promotions")
    assert (problem.code, problem.hint) == ("wrong-value", "Did you mean 'promotion'?")
    assert problem.allowed.startswith("One of tax, marketplace, oms")
    assert problem.allowed.endswith("giftcard, other.")
    problem = _problem("Connector", "apiVersion", "v1")
    assert (problem.message, problem.allowed) == ("'v1' is not a valid apiVersion.", "Only trueup/v1.")


def test_an_item_has_the_noun_of_its_list() -> None:
    assert _problem("Connector", "spec.integrationTypes.1", "x").message == "'x' is not a valid integration type."


def test_booleans_of_origin_are_listed_once() -> None:
    problem = _problem("Certification", "spec.voc.content.containsAddedMCPCE", "no")
    assert problem.allowed == "One of true, false."
    assert problem.hint.startswith("Write false: ")
    assert _problem("Certification", "spec.reportingBody", {"selfReported": False}).allowed == "Only true."


def test_a_bad_form_shows_the_form_and_an_example() -> None:
    problem = _problem("Connector", "metadata.key", "acme tax")
    assert problem.code == "bad-format"
    assert problem.message == "'acme tax' is not a valid key."
    assert problem.allowed == "Letters, digits, underscores and hyphens, for example acme-tax."


@pytest.mark.parametrize(
    ("path", "value", "message", "hint"),
    [
        (
            "metadata.key",
            "acme-t\u0430x",
            "'acme-t\u0430x' (U+0430 CYRILLIC SMALL LETTER A) is not a valid key.",
            "Did you mean 'acme-tax'?",
        ),
        (
            "metadata.key",
            "\u0436\u0436",
            "'\u0436\u0436' (U+0436 CYRILLIC SMALL LETTER ZHE) is not a valid key.",
            "",
        ),
        (
            "metadata.key",
            "caf\u00e9",
            "'caf\u00e9' (U+00E9 LATIN SMALL LETTER E WITH ACUTE) is not a valid key.",
            "",
        ),
        (
            "spec.privateProjects",
            ["eu\u2013west1.gcp:shop"],
            "'eu\u2013west1.gcp:shop' (U+2013 EN DASH) is not a valid project.",
            "Did you mean 'eu-west1.gcp:shop'?",
        ),
        (
            "lifecycle.publish",
            "priv\u0430te",
            "'priv\u0430te' (U+0430 CYRILLIC SMALL LETTER A) is not a valid value.",
            "Did you mean 'private'?",
        ),
        (
            "spec.n\u0430me",
            "x",
            "There is no field 'n\u0430me' (U+0430 CYRILLIC SMALL LETTER A) in spec.",
            "",
        ),
        (
            "metadata.labels",
            {"t\u0435am x": "y"},
            "'t\u0435am x' (U+0435 CYRILLIC SMALL LETTER IE) is not a valid name.",
            "",
        ),
    ],
)
def test_a_character_that_is_not_allowed_or_looks_like_another_is_named(
    path: str, value: object, message: str, hint: str
) -> None:
    problem = _problem("Connector", path, value)
    assert (problem.message, problem.hint) == (message, hint)


def test_a_long_text_is_not_shown_whole() -> None:
    assert len(_problem("Connector", "spec.documentationUrl", "x " * 500).message) < 150


def test_an_invalid_name_is_reported_at_its_position() -> None:
    problem = _problem("Connector", "metadata.labels", {"a b": "x"})
    assert (problem.code, problem.path) == ("bad-format", "metadata.labels.a b")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("metadata.key", "a", "key must have 2 characters or more."),
        ("metadata.key", "a" * 257, "key must have 256 characters or fewer."),
        ("spec.name", "", "name must not be empty."),
        ("spec.creator.noOfContributors", 0, "noOfContributors must be 1 or more."),
    ],
)
def test_bounds_are_worded(path: str, value: object, message: str) -> None:
    problem = _problem("Connector", path, value)
    assert (problem.code, problem.message) == ("out-of-range", message)


def test_a_violation_of_exactly_one_names_the_case() -> None:
    both = _problem("Certification", "metadata.originId", "x")
    assert (both.code, both.message, both.path) == (
        "exactly-one", "metadata has both externalId and originId.", "metadata.originId",
    )  # fmt: skip
    neither = _problem("Certification", "metadata", {})
    assert (neither.message, neither.path) == ("metadata has neither externalId nor originId.", "metadata")


def test_a_tombstone_needs_a_reason() -> None:
    problem = _problem("Connector", "lifecycle.state", "absent")
    assert problem.message == "lifecycle lacks reason."
    assert problem.hint == "Say in a text why the resource is to be deleted."


def test_problems_are_in_the_order_of_the_document() -> None:
    class ByDepth:
        def at(self, path: Any) -> Position:
            order: dict[tuple[Step, ...], int] = {
                ("spec", "name"): 3,
                ("metadata", "key"): 1,
                ("spec", "description"): 2,
            }
            return Position("a", order[tuple(path)], 1)

    document = changed(changed(changed(connector(), "spec.name", 1), "metadata.key", 1), "spec.description", 1)
    assert [d.path for d in explain("Connector", document, ByDepth())] == [
        "metadata.key",
        "spec.description",
        "spec.name",
    ]


@pytest.mark.parametrize("name", ["clientSecret", "clientId", "accessToken", "password", "authToken", "apiKey"])
def test_a_field_for_a_secret_points_to_the_environment(name: str) -> None:
    problem = _problem("Project", f"targets.connect-eu.{name}", "hunter2")
    assert problem.code == "secret-in-file"
    assert "environment variable" in problem.hint
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("targets.connect-eu.clientSecretEnv", "hunter2-x"),
        ("targets.connect-eu.clientSecretEnv", 4711),
        ("targets.connect-eu.apiUrl", "https://user:hunter2-x@host"),
        ("targets.connect-eu.projectKey", "hunter2 x"),
    ],
)
def test_free_texts_of_the_project_file_are_never_shown(path: str, value: object) -> None:
    problem = _problem("Project", path, value)
    assert "hunter2" not in str(problem)
    assert "4711" not in str(problem)


def test_a_word_of_the_project_file_that_is_not_an_allowed_one_is_shown() -> None:
    problem = _problem("Project", "targets.connect-eu.region", "europe-west2.gcp")
    assert problem.message == "'europe-west2.gcp' is not a valid region."
    assert problem.allowed.startswith("One of europe-west1.gcp, us-central1.gcp, ")
    assert problem.hint == "Did you mean 'europe-west1.gcp'?"


def test_a_field_of_the_other_platform_is_unknown() -> None:
    assert _problem("Project", "targets.origin.region", "europe-west1.gcp").code == "unknown-field"


def test_a_whole_decimal_is_an_integer_to_both_validators() -> None:
    document = changed(connector(), "spec.creator.noOfContributors", Decimal("5.0"))
    assert accepts("Connector", document)
    assert not explain("Connector", document, _PathAsPosition())


@pytest.mark.parametrize("text", ["acme\n", "acme\r", "ac\nme"])
def test_a_line_break_at_the_end_violates_a_pattern(text: str) -> None:
    assert _problem("Connector", "metadata.key", text).code == "bad-format"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        ("", '""'),
        ("x", "x"),
        (1, "1"),
        (Decimal("1.50"), "1.50"),
        ([1], "a list"),
        ({}, "a mapping"),
    ],
)
def test_values_are_shown_as_yaml_shows_them(value: object, text: str) -> None:
    assert shown(value) == text


def test_paths_are_written_with_dots_and_brackets() -> None:
    assert dotted(("spec", "brands", 0, "name")) == "spec.brands[0].name"
    assert dotted(()) == ""


@pytest.mark.parametrize(
    ("kind", "path", "text", "meant"),
    [
        ("Connector", "metadata.key", "\u201cacme-tax\u201d", "acme-tax"),
        ("Connector", "metadata.key", "acme-tax\u200b", "acme-tax"),
        ("Connector", "spec.privateProjects", ["europe-west1.gcp:shop\u00a0"], "europe-west1.gcp:shop"),
        ("Certification", "spec.channels", [{"name": "ORIGIN\u00a0"}], "ORIGIN"),
        ("Certification", "metadata.locale", "\u2018en\u2019", "en"),
    ],
)
def test_a_text_with_hidden_characters_is_reported_with_its_repaired_spelling(
    kind: str, path: str, text: object, meant: str
) -> None:
    assert _problem(kind, path, text).hint == f"Did you mean {meant!r}?"
