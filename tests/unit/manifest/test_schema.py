import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from documents import certification, changed, connector, deployment, project
from trueup.errors import UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.schema import NAMES, accepts, schema, schema_text
from trueup.manifest.schema_errors import form_of
from trueup.model.field import ANY, ChoiceField, Field, GroupField, KeyedField, ScalarField
from trueup.model.identity import Kind

WHOLE = {"connector": connector, "deployment": deployment, "certification": certification, "project": project}
"""The schemas of files that people type."""


def _subschemas(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema object within a schema, with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            if key not in {"examples", "enum", "const", "default"}:
                yield from _subschemas(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _subschemas(value, f"{path}/{index}")


def _described(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property and item of a schema, with the schema that it refers to merged into it."""
    for path, node in _subschemas(schema(name)):
        for field, subschema in node.get("properties", {}).items():
            # What a condition asks of a property is described where the property is.
            if not re.search(r"/(if|then|else)\b(?!.*\$defs)", path):
                yield f"{path}/{field}", _filled(name, subschema)
        if isinstance(node.get("items"), dict):
            yield f"{path}/items", _filled(name, node["items"])
        if isinstance(node.get("additionalProperties"), dict):
            yield f"{path}/*", _filled(name, node["additionalProperties"])


def _filled(name: str, subschema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in subschema:
        return subschema
    target: Any = schema(name)
    for step in subschema["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return {**_filled(name, target), **subschema}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_obeys_the_metaschema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["$id"].endswith(f"/schemas/{name}.schema.json")


@pytest.mark.parametrize("name", WHOLE)
def test_every_property_is_described_for_the_person_typing_it(name: str) -> None:
    described = list(_described(name))
    assert len(described) > 20
    for path, subschema in described:
        assert subschema.get("title"), path
        assert subschema.get("description", "").endswith("."), path
        if not path.endswith("/items"):
            assert subschema.get("examples"), path


@pytest.mark.parametrize("name", WHOLE)
def test_every_example_obeys_its_own_schema(name: str) -> None:
    root = schema(name)
    for path, subschema in _described(name):
        validator = Draft202012Validator(
            {**{k: v for k, v in subschema.items() if k != "$ref"}, "$defs": root["$defs"]}
        )
        for example in subschema.get("examples", ()):
            assert validator.is_valid(example), (path, example)


@pytest.mark.parametrize("name", WHOLE)
def test_no_object_allows_unknown_fields(name: str) -> None:
    for path, subschema in _subschemas(schema(name)):
        if subschema.get("type") == "object" and not path.endswith("/$defs/target"):
            assert "additionalProperties" in subschema, path


@pytest.mark.parametrize("name", WHOLE)
def test_patterns_mean_the_same_in_every_dialect(name: str) -> None:
    for path, subschema in _subschemas(schema(name)):
        pattern = subschema.get("pattern")
        if isinstance(pattern, str):
            assert pattern.startswith("^"), path
            assert pattern.endswith("$"), path
            assert "$" not in pattern[:-1], path
            assert not form_of(pattern).startswith("Text that matches"), f"{path}: say in words what it means"
            # What these mean depends on Unicode, which Python and ECMAScript see differently.
            assert not re.search(r"\\[dDwWsSbBpP]|\(\?|\[\^?\]", pattern), path


@pytest.mark.parametrize("name", WHOLE)
def test_no_keyword_is_used_that_the_two_validators_treat_differently(name: str) -> None:
    for path, subschema in _subschemas(schema(name)):
        assert not {"uniqueItems", "format", "multipleOf", "unevaluatedProperties"} & subschema.keys(), path


@pytest.mark.parametrize("name", WHOLE)
def test_a_document_with_every_field_is_accepted(name: str) -> None:
    assert accepts(name, WHOLE[name]())


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_printed_as_in_its_file(name: str) -> None:
    assert json.loads(schema_text(name)) == schema(name)
    assert schema_text(name.title()) == schema_text(name)


def test_a_schema_that_does_not_exist_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="Did you mean 'connector'"):
        schema_text("conector")
    with pytest.raises(UsageError, match="connector, deployment, certification, project"):
        schema_text("xyz")


def _at(node: dict[str, Any], name: str, path: str) -> dict[str, Any]:
    for step in path.split("."):
        node = _filled(name, _members(node)[step])
    return node


def _members(node: dict[str, Any]) -> dict[str, Any]:
    """Return the subschemas of a mapping by name; that of free names has the name ``*``."""
    free = node.get("additionalProperties")
    return {**node.get("properties", {}), **({ANY: free} if isinstance(free, dict) else {})}


def _paths(field: Field) -> Iterator[str]:
    match field:
        case GroupField(parts=parts) | ChoiceField(options=parts):
            yield from (f"{field.path}.{part}" for part in parts)
        case KeyedField(names=names, attributes=attributes) if names:
            yield from (names if field.is_single else f"{names}.{attribute.path}" for attribute in attributes)
        case _:
            yield field.path


@pytest.mark.parametrize("kind", Kind)
def test_the_schema_has_every_field_of_the_kind_and_no_other(kind: Kind) -> None:
    name = kind.lower()
    spec = schema(name)["$defs"]["spec"]
    leaves = {path for field in KINDS[kind].fields for path in _paths(field)}
    assert set(_leaves(name, spec)) == leaves
    for field in KINDS[kind].fields:
        if isinstance(field, KeyedField) and field.names:
            required = {attribute.path for attribute in field.attributes if attribute.required}
            assert set(_at(spec, name, field.names).get("required", ())) <= required, field.path
        elif isinstance(field, KeyedField):
            items = _filled(name, _at(spec, name, field.path)["items"])
            attributes = {*field.key, *(attribute.path for attribute in field.attributes)}
            assert set(_leaves(name, items)) == attributes
            required = {*field.key, *(attribute.path for attribute in field.attributes if attribute.required)}
            assert {path.split(".")[0] for path in required} == set(items["required"]), field.path


def _leaves(name: str, node: dict[str, Any], path: str = "") -> Iterator[str]:
    for field, subschema in _members(node).items():
        filled = _filled(name, subschema)
        if filled.get("type") == "object":
            yield from _leaves(name, filled, f"{path}{field}.")
        else:
            yield f"{path}{field}"


@pytest.mark.parametrize("kind", Kind)
def test_optional_texts_and_lists_may_be_managed_and_empty(kind: Kind) -> None:
    name = kind.lower()
    needed = {"name", "creator.email", "repository.url", "repository.tag", "standard.code", "creator.noOfContributors"}
    needed |= {"connector.key", "connector.id"}
    choices = {"voc.content.containsAddedMCPCE", "connector.staged", "type", "region"}
    for field in KINDS[kind].fields:
        document = WHOLE[name]()
        match field:
            case ScalarField(path=path):
                assert accepts(kind, changed(document, f"spec.{path}", "")) is (path not in needed | choices), path
            case KeyedField(path=path, names=""):
                assert accepts(kind, changed(document, f"spec.{path}", [])), path


GOOD = [
    ("connector", "metadata", {"key": "ab"}),
    ("connector", "metadata.key", "a" * 256),
    ("connector", "metadata.key", "A_b-9"),
    ("connector", "metadata.labels", {}),
    ("connector", "spec", {}),
    ("connector", "spec.integrationTypes", []),
    ("connector", "spec.supportedRegions", []),
    ("connector", "spec.supportedRegions", ["us-central1.gcp", "us-central1.gcp"]),
    ("connector", "spec.privateProjects", []),
    ("connector", "spec.privateProjects", ["a.b-c_d:ab", "eu:" + "x" * 36]),
    ("connector", "spec.creator", {}),
    ("connector", "spec.creator.noOfContributors", 1),
    ("connector", "spec.description", ""),
    ("connector", "lifecycle", {}),
    ("connector", "lifecycle", {"state": "absent", "reason": "Gone."}),
    ("connector", "lifecycle.publish", "certified"),
    ("deployment", "metadata.key", "A_b-9"),
    ("deployment", "spec.connector", {"id": "5a0d8c1e-7b42-4f7e-9a63-1d2c3b4a5f60"}),
    ("deployment", "spec.connector", {"key": "ab", "staged": True}),
    ("deployment", "spec.applications", {}),
    ("deployment", "spec.applications.calculator", {}),
    ("deployment", "spec.applications.calculator.standardConfiguration", {}),
    ("deployment", "spec.applications.calculator.securedConfiguration", {}),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", {"fromEnv": "A"}),
    ("deployment", "spec.applications.calculator.retryPolicy", {"strategy": "immediate"}),
    ("deployment", "spec.globalConfiguration", {}),
    ("deployment", "lifecycle", {"state": "absent", "reason": "Gone."}),
    ("certification", "metadata", {"originId": "13949a9b-ee17-4760-93e9-7749ff2faa79"}),
    ("certification", "spec", {}),
    ("certification", "spec.reportingBody", {"selfReported": True}),
    ("certification", "spec.reportingBody", {"selfReported": "TRUE"}),
    ("certification", "spec.issueDate", "2024-02-01"),
    ("certification", "spec.issueDate", "2024-02-01T09:30"),
    ("certification", "spec.issueDate", "2024-12-31T23:59:59.123Z"),
    ("certification", "spec.issueDate", "2024-12-31T23:59:59+01:00"),
    ("certification", "spec.voc.content.densityLimitGL", "1.50"),
    ("certification", "spec.voc.content.densityLimitGL", "-0.05"),
    ("certification", "spec.voc.content.densityLimitGL", 0),
    ("certification", "spec.voc.content.containsAddedMCPCE", "FALSE"),
    ("certification", "spec.contacts", [{"externalId": "x"}]),
    ("certification", "spec.brands.0.website", ""),
    ("certification", "lifecycle", {"state": "absent", "reason": "Gone."}),
    ("project", "manifests", ["*.yaml"]),
    ("project", "targets", {}),
    ("project", "targets.try", {"platform": "connect"}),
    ("project", "targets.try", {"platform": "origin"}),
    ("project", "targets.try", {"platform": "origin", "baseUrl": "https://origin.build"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "http://localhost:1/a/b/"}),
    ("project", "sandbox", {}),
]

BAD = [
    ("connector", "apiVersion", "trueup/v2"),
    ("connector", "kind", "Certification"),
    ("connector", "extra", 1),
    ("connector", "metadata", {}),
    ("connector", "metadata.key", "a"),
    ("connector", "metadata.key", "a" * 257),
    ("connector", "metadata.key", "acme tax"),
    ("connector", "metadata.key", "acme.tax"),
    ("connector", "metadata.key", "acme\n"),
    ("connector", "metadata.key", 12),
    ("connector", "metadata.externalId", "x"),
    ("connector", "metadata.labels", {"a b": "x"}),
    ("connector", "metadata.labels", {"a=b": "x"}),
    ("connector", "metadata.labels", {"": "x"}),
    ("connector", "metadata.labels.team", 1),
    ("connector", "metadata.labels.team", None),
    ("connector", "spec", None),
    ("connector", "spec.name", ""),
    ("connector", "spec.name", None),
    ("connector", "spec.integrationTypes", "tax"),
    ("connector", "spec.integrationTypes", ["taxes"]),
    ("connector", "spec.integrationTypes", [None]),
    ("connector", "spec.creator.email", ""),
    ("connector", "spec.creator.noOfContributors", 0),
    ("connector", "spec.creator.noOfContributors", "4"),
    ("connector", "spec.creator.noOfContributors", True),
    ("connector", "spec.creator.noOfDevelopers", 1),
    ("connector", "spec.repository", {"url": "git@github.com:a/b.git"}),
    ("connector", "spec.repository", {"tag": "v1"}),
    ("connector", "spec.repository.tag", "v 1"),
    ("connector", "spec.supportedRegions", ["europe-west1"]),
    ("connector", "spec.privateProjects", ["shop-1"]),
    ("connector", "spec.privateProjects", ["eu:x"]),
    ("connector", "spec.privateProjects", ["eu:" + "x" * 37]),
    ("connector", "spec.privateProjects", ["eu:shop 1"]),
    ("connector", "spec.documentationUrl", "https://a b"),
    ("connector", "spec.status", "Draft"),
    ("connector", "lifecycle.publish", "public"),
    ("connector", "lifecycle.previewable", "true"),
    ("connector", "lifecycle.certificationComments", [""]),
    ("connector", "lifecycle.state", "absent"),
    ("connector", "lifecycle.reason", ""),
    ("deployment", "kind", "Connector"),
    ("deployment", "metadata.key", "acme.tax"),
    ("deployment", "metadata.externalId", "x"),
    ("deployment", "spec.connector", {}),
    ("deployment", "spec.connector", {"key": "ab", "id": "x"}),
    ("deployment", "spec.connector", {"staged": True}),
    ("deployment", "spec.connector.staged", "true"),
    ("deployment", "spec.type", "live"),
    ("deployment", "spec.region", "europe-west1"),
    ("deployment", "spec.applications", []),
    ("deployment", "spec.applications.calculator", None),
    ("deployment", "spec.applications.a b", {}),
    ("deployment", "spec.applications.calculator.url", "https://a.example"),
    ("deployment", "spec.applications.calculator.standardConfiguration.AB", 1),
    ("deployment", "spec.applications.calculator.standardConfiguration.AB", ""),
    ("deployment", "spec.applications.calculator.standardConfiguration.A=", "x"),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", "secret"),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", {"revision": "1"}),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", {"fromEnv": "A", "fromFile": "b"}),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", {"fromEnv": "A", "revision": 1}),
    ("deployment", "spec.applications.calculator.securedConfiguration.AB", {"fromEnv": "a-b"}),
    ("deployment", "spec.applications.calculator.retryPolicy", {"strategy": "exponential-backoff"}),
    ("deployment", "spec.applications.calculator.retryPolicy", {"strategy": "immediate", "maxAttempts": 9}),
    ("deployment", "spec.applications.calculator.retryPolicy.maxAttempts", 4),
    ("deployment", "spec.applications.report.schedule", ""),
    ("deployment", "lifecycle.publish", "private"),
    ("deployment", "lifecycle.state", "absent"),
    ("certification", "metadata", {}),
    ("certification", "metadata", {"externalId": "a", "originId": "b"}),
    ("certification", "metadata", {"externalId": ""}),
    ("certification", "metadata.locale", "es"),
    ("certification", "metadata.key", "x"),
    ("certification", "spec.standard", {}),
    ("certification", "spec.standard.code", ""),
    ("certification", "spec.reportingBody", {}),
    ("certification", "spec.reportingBody", {"name": "Veritas", "selfReported": True}),
    ("certification", "spec.reportingBody", {"selfReported": False}),
    ("certification", "spec.reportingBody", {"name": ""}),
    ("certification", "spec.issueDate", "2024-13-01"),
    ("certification", "spec.issueDate", "2024-02-32"),
    ("certification", "spec.issueDate", "2024-2-1"),
    ("certification", "spec.issueDate", "2024-02-01 09:30"),
    ("certification", "spec.issueDate", "2024-02-01T24:00"),
    ("certification", "spec.issueDate", "01.02.2024"),
    ("certification", "spec.issueDate", "2024-02-01\n"),
    ("certification", "spec.issueDate", 20240201),
    ("certification", "spec.brands", [{}]),
    ("certification", "spec.brands", [{"name": "x", "collectionBehavior": "ADD"}]),
    ("certification", "spec.contacts", [{"name": "x"}]),
    ("certification", "spec.contacts.0.type", "SELLER"),
    ("certification", "spec.channels", [{"name": "LIBRARY"}]),
    ("certification", "spec.featuresCustoms", [{"name": "x"}]),
    ("certification", "spec.featuresProperties", [{"code": "x"}]),
    ("certification", "spec.voc.content.densityLimitGL", "1,5"),
    ("certification", "spec.voc.content.densityLimitGL", "1e999"),
    ("certification", "spec.voc.content.densityLimitGL", True),
    ("certification", "spec.voc.content.containsAddedMCPCE", "no"),
    ("certification", "spec.voc.content.containsAddedMCPCE", 1),
    ("certification", "spec.voc.content.regulatoryStandardCompliances", [{"standard": {"code": "x"}}]),
    ("certification", "spec.voc.content.exemptCompounds", [{"CAS": "1", "name": "x"}]),
    ("certification", "spec.voc.content.exemptCompounds.0.percentByWeight", ""),
    ("certification", "spec.voc.emission.densityMinGL", 1),
    ("certification", "lifecycle.publish", "private"),
    ("project", "manifests", []),
    ("project", "manifests", "*.yaml"),
    ("project", "targets.a b", {"platform": "connect"}),
    ("project", "targets.a/b", {"platform": "connect"}),
    ("project", "targets.try", {}),
    ("project", "targets.try", {"platform": "github"}),
    ("project", "targets.try", {"platform": "connect", "baseUrl": "https://a"}),
    ("project", "targets.try", {"platform": "origin", "region": "europe-west1.gcp"}),
    ("project", "targets.try", {"platform": "connect", "region": "europe-west1"}),
    ("project", "targets.try", {"platform": "connect", "clientSecret": "x"}),
    ("project", "targets.try", {"platform": "connect", "clientSecretEnv": "a-b"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "ftp://a"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "https://a@b"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "https://a?b"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "https://"}),
    ("project", "targets.try", {"platform": "connect", "apiUrl": "https:\\\\a"}),
    ("project", "targets.try", {"platform": "connect", "projectKey": "x"}),
    ("project", "sandbox.seed", ""),
    ("project", "sandbox.db", "x"),
]


@pytest.mark.parametrize(("name", "path", "value"), GOOD)
def test_a_good_value_is_accepted(name: str, path: str, value: object) -> None:
    assert accepts(name, changed(WHOLE[name](), path, value))


@pytest.mark.parametrize(("name", "path", "value"), BAD)
def test_a_bad_value_is_refused(name: str, path: str, value: object) -> None:
    assert not accepts(name, changed(WHOLE[name](), path, value))


@pytest.mark.parametrize("name", ["connector", "deployment", "certification"])
def test_spec_is_needed_unless_the_resource_is_to_be_absent(name: str) -> None:
    document = WHOLE[name]()
    del document["spec"]
    assert not accepts(name, document)
    del document["lifecycle"]
    assert not accepts(name, document)
    document["lifecycle"] = {"state": "absent", "reason": "Gone."}
    assert accepts(name, document)
