"""The kinds' own rules."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from trueup.diff.diff import diff
from trueup.diff.simulate import created, simulate
from trueup.kinds.base import KindSpec
from trueup.kinds.certification.kind import CERTIFICATION
from trueup.kinds.connector.kind import CONNECTOR
from trueup.kinds.connector.states import FRESH
from trueup.model.action import Finding, Level
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Lifecycle

PUBLIC = replace(FRESH, private=False)
COMPLIANCE = {"standard": {"code": "CARB"}, "productTypeCode": "Roof"}
CONTENT = "voc.content"


def planned(
    kind: KindSpec, spec: Mapping[str, object], answer: Mapping[str, object], lifecycle: Lifecycle | None = None
) -> list[tuple[Level, str, str]]:
    """Return level, code and path of the kind's findings about an update from an answer to a spec."""
    desired = kind.desired(spec)
    live = kind.observe({"id": "1", "version": 1, "originId": "1", **answer}).fields
    changes = diff(kind.fields, desired, live).changes
    after = simulate(kind.fields, (change.action for change in changes), live)
    return summary(kind.check(desired, after, False, changes=changes, lifecycle=lifecycle))


def creating(kind: KindSpec, spec: Mapping[str, object], identity: Identity | None = None) -> list[str]:
    desired = kind.desired(spec)
    carried, follow = kind.creation(desired)
    born = created(kind.fields, carried)
    changes = diff(kind.fields, follow, born).changes
    after = simulate(kind.fields, (change.action for change in changes), born)
    return [finding.path for finding in kind.check(desired, after, True, changes=changes, identity=identity)]


def summary(findings: tuple[Finding, ...]) -> list[tuple[Level, str, str]]:
    return [(finding.level, finding.code, finding.path) for finding in findings]


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ({"name": "n", "creator": {"email": "e"}, "repository": {"url": "u", "tag": "t"}}, []),
        ({}, ["name", "creator.email", "repository"]),
        ({"name": "n", "creator": {"name": "x"}, "repository": {"url": "u"}}, ["creator.email", "repository.tag"]),
    ],
)
def test_creating_a_connector_needs_name_email_and_repository(spec: dict[str, object], missing: list[str]) -> None:
    assert creating(CONNECTOR, spec) == missing


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ({"standard": {"code": "EPD"}, "reportingBody": {"name": "V"}, "url": "u"}, []),
        (
            {
                "standard": {"code": "EPD"},
                "reportingBody": {"selfReported": True},
                "additionalsDocuments": [{"originalUrl": "u"}],
            },
            [],
        ),
        ({}, ["standard.code", "reportingBody", "url"]),
        ({"standard": {"code": "EPD"}, "reportingBody": {"name": "V"}, "additionalsDocuments": []}, ["url"]),
    ],
)
def test_creating_a_certification_requires_standard_body_and_document(
    spec: dict[str, object], missing: list[str]
) -> None:
    assert creating(CERTIFICATION, spec) == missing


def test_a_certification_cannot_be_created_under_an_origin_id() -> None:
    spec = {"standard": {"code": "EPD"}, "reportingBody": {"name": "V"}, "url": "u"}
    unknown = Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, "o")
    assert creating(CERTIFICATION, spec, unknown) == [""]
    assert creating(CERTIFICATION, spec, replace(unknown, field=IdField.EXTERNAL_ID)) == []


def test_an_existing_resource_requires_nothing_more() -> None:
    assert planned(CONNECTOR, {}, {}) == []
    assert planned(CERTIFICATION, {}, {}) == []


def test_private_projects_of_a_public_connector_cannot_change() -> None:
    live = {"privateProjects": ["a:bb"], "name": "Tax"}
    blocked = [(Level.BLOCKED, "not-private", "privateProjects")]
    assert planned(CONNECTOR, {"privateProjects": ["a:cc"]}, live, PUBLIC) == blocked
    assert planned(CONNECTOR, {"privateProjects": ["a:cc"]}, live, FRESH) == []
    assert planned(CONNECTOR, {"privateProjects": ["a:bb"], "name": "New"}, live, PUBLIC) == []


def test_without_changes_every_managed_field_is_judged() -> None:
    desired = CONNECTOR.desired({"privateProjects": ["a:bb"]})
    assert summary(CONNECTOR.check(desired, {}, False, lifecycle=PUBLIC)) == [
        (Level.BLOCKED, "not-private", "privateProjects")
    ]


@pytest.mark.parametrize(
    ("live", "level"),
    [({"url": None}, Level.BLOCKED), ({}, Level.WARNING), ({"url": "u"}, None)],
)
def test_the_last_document_stays_while_there_is_no_url(live: dict[str, object], level: Level | None) -> None:
    found = planned(
        CERTIFICATION, {"additionalsDocuments": []}, {"additionalsDocuments": [{"originalUrl": "d"}], **live}
    )
    assert found == ([] if level is None else [(level, "document-required", "additionalsDocuments")])


def test_a_document_may_go_while_another_or_a_url_comes() -> None:
    live = {"url": None, "additionalsDocuments": [{"originalUrl": "d"}]}
    assert planned(CERTIFICATION, {"additionalsDocuments": [{"originalUrl": "e"}]}, live) == []
    assert planned(CERTIFICATION, {"additionalsDocuments": [], "url": "u"}, live) == []


def test_documents_that_are_not_returned_are_not_taken_for_removed() -> None:
    desired = CERTIFICATION.desired({"additionalsDocuments": []})
    after = CERTIFICATION.observe({"originId": "1", "url": None}).fields
    assert CERTIFICATION.check(desired, after, False) == ()


@pytest.mark.parametrize(
    ("live", "level"),
    [
        ({"regulatoryStandardCompliances": []}, Level.BLOCKED),
        ({}, Level.WARNING),
        ({"regulatoryStandardCompliances": [COMPLIANCE]}, None),
    ],
)
def test_a_density_limit_needs_a_compliance(live: dict[str, object], level: Level | None) -> None:
    found = planned(
        CERTIFICATION, {"voc": {"content": {"densityLimitGL": "40"}}}, {"voc": {"content": {"x": 1, **live}}}
    )
    assert found == ([] if level is None else [(level, "compliance-required", f"{CONTENT}.densityLimitGL")])


def test_a_density_limit_may_come_with_its_compliance() -> None:
    content = {"densityLimitGL": "40", "regulatoryStandardCompliances": [COMPLIANCE]}
    assert planned(CERTIFICATION, {"voc": {"content": content}}, {"voc": None}) == []


def test_the_last_compliance_stays_while_there_is_a_density_limit() -> None:
    live = {"voc": {"content": {"densityLimitGL": "40", "regulatoryStandardCompliances": [COMPLIANCE]}}}
    emptied: dict[str, object] = {"voc": {"content": {"regulatoryStandardCompliances": []}}}
    assert planned(CERTIFICATION, emptied, live) == [
        (Level.BLOCKED, "compliance-required", f"{CONTENT}.regulatoryStandardCompliances")
    ]


def test_removing_the_last_compliance_warns_if_the_limit_is_neither_returned_nor_managed() -> None:
    live = {"voc": {"content": {"regulatoryStandardCompliances": [COMPLIANCE]}}}
    emptied: dict[str, object] = {"voc": {"content": {"regulatoryStandardCompliances": []}}}
    assert planned(CERTIFICATION, emptied, live) == [
        (Level.WARNING, "compliance-required", f"{CONTENT}.regulatoryStandardCompliances")
    ]


def test_a_rule_that_live_breaks_already_is_no_reason_to_block_other_changes() -> None:
    live = {"voc": {"content": {"densityLimitGL": "40", "regulatoryStandardCompliances": None}}, "url": "old"}
    assert planned(CERTIFICATION, {"voc": {"content": {"densityLimitGL": 40}}, "url": "new"}, live) == []


def test_a_new_certifications_density_limit_is_judged_too() -> None:
    spec = {
        "standard": {"code": "EPD"},
        "reportingBody": {"name": "V"},
        "url": "u",
        "voc": {"content": {"densityLimitGL": 1}},
    }
    assert creating(CERTIFICATION, spec) == [f"{CONTENT}.densityLimitGL"]
