from decimal import Decimal

import pytest

from trueup.errors import UsageError
from trueup.manifest.settable import path_of, paths, typed_paths, value_of
from trueup.model.identity import Kind

CONNECTOR, DEPLOYMENT, CERTIFICATION = Kind.CONNECTOR, Kind.DEPLOYMENT, Kind.CERTIFICATION


@pytest.mark.parametrize(
    ("kind", "path", "text", "value"),
    [
        (CONNECTOR, "spec.repository.tag", "1.10", "1.10"),
        (CONNECTOR, "spec.name", "true", "true"),
        (CONNECTOR, "spec.name", "", ""),
        (CONNECTOR, "spec.name", "a=b", "a=b"),
        (CONNECTOR, "metadata.labels.tier", "1", "1"),
        (CONNECTOR, "metadata.labels.example.com/tier", "1", "1"),
        (CONNECTOR, "spec.creator.noOfContributors", "5", 5),
        (CONNECTOR, "lifecycle.protect", "true", True),
        (CONNECTOR, "lifecycle.previewable", "false", False),
        (CONNECTOR, "lifecycle.publish", "certified", "certified"),
        (CONNECTOR, "spec.integrationTypes", '["tax", "erp"]', ["tax", "erp"]),
        (CONNECTOR, "spec.integrationTypes", "[]", []),
        (DEPLOYMENT, "spec.applications.tax.standardConfiguration.LEVEL", "1", "1"),
        (DEPLOYMENT, "spec.applications.tax.retryPolicy.maxAttempts", "7", 7),
        (DEPLOYMENT, "spec.globalConfiguration.securedConfiguration.TOKEN.revision", "2026", "2026"),
        (CERTIFICATION, "spec.expiryDate", "2027-01-31", "2027-01-31"),
        (CERTIFICATION, "spec.voc.content.densityLimitGL", "1.50", Decimal("1.50")),
        (CERTIFICATION, "spec.voc.content.densityLimitGL", "about 1", "about 1"),
        (CERTIFICATION, "spec.voc.content.containsAddedMCPCE", "true", True),
        (CERTIFICATION, "spec.reportingBody.selfReported", "true", True),
        (CERTIFICATION, "spec.brands", '[{"name": "Acme"}]', [{"name": "Acme"}]),
    ],
)
def test_a_value_is_text_unless_the_schema_of_its_field_says_otherwise(
    kind: Kind, path: str, text: str, value: object
) -> None:
    found = value_of(kind, path, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("spec.creator.noOfContributors", "five", "takes a whole number, not 'five'"),
        ("spec.creator.noOfContributors", "0x1F", "takes a whole number"),
        ("lifecycle.protect", "yes", "takes true or false, not 'yes'"),
        ("spec.integrationTypes", "tax", "takes a list, and 'tax' is none: it is not JSON"),
        ("spec.integrationTypes", '"tax"', "takes a list, not"),
        ("spec.integrationTypes", "[NaN]", "takes a list"),
        ("spec.integrationTypes", "[" * 100_000, "takes a list"),
        ("spec.name", "\udcff", "is not UTF-8 text"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_type(path: str, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"^.{1,300}$") as raised:
        value_of(CONNECTOR, path, text)
    assert words in str(raised.value)
    assert path in str(raised.value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("repository.tag", "Did you mean 'spec.repository.tag'?"),
        ("tag", "Did you mean 'spec.repository.tag'?"),
        ("name", "Did you mean 'spec.name' or 'spec.creator.name'?"),
        ("spec.repository.tga", "Did you mean 'spec.repository.tag'?"),
        ("spec.creator.zzz", "Fields of spec.creator: email, name,"),
        ("spec.creator.noOfDevelopers", "Did you mean 'spec.creator.noOfContributors'?"),
        ("sepc.repository.tag", "Did you mean 'spec.repository.tag'?"),
        ("zzz", "A path begins with spec, lifecycle or metadata.labels."),
        ("", "A path begins with"),
        ("spec.", "has no field 'spec.'"),
        ("spec.name.", "has no field 'spec.name.'"),
        ("spec.name.first", "has no field 'spec.name.first'"),
        ("spec.integrationTypes.0", "has no field"),
        ("spec.creator", "Set what is in it: spec.creator.email,"),
        ("metadata.labels", "Set what is in it: metadata.labels."),
        ("metadata.key", "says which resource"),
        ("metadata.target", "says which resource"),
        ("kind", "says which resource"),
    ],
)
def test_a_path_that_cannot_be_set_is_refused_with_a_suggestion(path: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        path_of(CONNECTOR, path)
    assert words in str(raised.value)


def test_the_name_of_a_label_may_have_dots() -> None:
    assert path_of(CONNECTOR, "metadata.labels.example.com/tier") == ("metadata", "labels", "example.com/tier")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("spec.applications", "Set what is in it: spec.applications.NAME.standardConfiguration.NAME, "),
        ("spec.applications.tax", "Set what is in it: spec.applications.tax.standardConfiguration.NAME, "),
        ("spec.applications.tax.schedul", "Did you mean 'spec.applications.tax.schedule'?"),
        ("applications.tax.schedule", "Did you mean 'spec.applications.tax.schedule'?"),
        ("schedule", "Did you mean 'spec.applications.NAME.schedule'?"),
        ("spec.applications..schedule", "Did you mean 'spec.applications.NAME.schedule'?"),
        ("spec.applications.tax.securedConfiguration.A", "it: spec.applications.tax.securedConfiguration.A.fromEnv, "),
    ],
)
def test_a_suggestion_keeps_the_names_that_were_typed(path: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        path_of(DEPLOYMENT, path)
    assert words in str(raised.value)


def test_paths_to_complete_end_where_a_name_is_to_be_typed() -> None:
    assert {path for path in typed_paths(DEPLOYMENT, "spec.applications.ta") if "app" in path} == {"spec.applications."}
    below = typed_paths(DEPLOYMENT, "spec.applications.tax.")
    assert {path for path in below if path.startswith("spec.applications.tax.s")} == {
        "spec.applications.tax.standardConfiguration.",
        "spec.applications.tax.securedConfiguration.",
        "spec.applications.tax.schedule",
    }
    assert list(below["spec.applications.tax.retryPolicy.strategy"]) == ["immediate", "exponential-backoff"]


def test_each_path_on_the_list_can_be_set() -> None:
    for kind in Kind:
        assert len(paths(kind)) > 15
        for path, choices in paths(kind).items():
            named = path.replace("*", "x") + "x" * path.endswith(".")
            assert path_of(kind, named) == tuple(named.split("."))
            for choice in choices:
                value_of(kind, named, choice)
    assert list(paths(CONNECTOR)["lifecycle.publish"]) == ["none", "private", "certified"]
    assert list(paths(CONNECTOR)["lifecycle.protect"]) == ["true", "false"]
