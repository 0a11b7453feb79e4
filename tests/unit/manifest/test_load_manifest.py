from typing import Any

from documents import certification, connector
from trueup.manifest.load import build_manifest
from trueup.model.identity import ConnectTarget, Identity, IdField, Kind, OriginTarget
from trueup.model.manifest import LifecycleSpec, PublishTo, State
from trueup.model.position import Position

HERE = Position("trueup.yaml", 1, 1)
EU = ConnectTarget(name="eu", api_url="", auth_url="", position=HERE)
ORIGIN = OriginTarget(name="origin", base_url="", position=HERE, locale="fr")


class _Nowhere:
    def at(self, path: Any) -> Position:
        return HERE


NOWHERE = _Nowhere()


def test_a_connector_has_all_fields_of_its_document() -> None:
    document = connector()
    manifest = build_manifest(Kind.CONNECTOR, document, EU, NOWHERE)
    assert manifest.identity == Identity("eu", Kind.CONNECTOR, IdField.KEY, "acme-tax")
    assert manifest.spec == document["spec"]
    assert manifest.labels == {"team": "tax"}
    assert manifest.locale is None
    assert manifest.positions is NOWHERE
    assert manifest.lifecycle == LifecycleSpec(
        previewable=True,
        publish=PublishTo.PRIVATE,
        listed=True,
        certification_comments=("Ready for review.",),
        protect=True,
    )


def test_a_field_left_out_is_not_managed() -> None:
    document = {"metadata": {"key": "ab"}, "spec": {}}
    manifest = build_manifest(Kind.CONNECTOR, document, EU, NOWHERE)
    assert manifest.lifecycle == LifecycleSpec()
    assert (manifest.spec, manifest.labels) == ({}, {})


def test_a_tombstone_has_a_state_and_a_reason() -> None:
    document = {"metadata": {"key": "ab"}, "lifecycle": {"state": "absent", "reason": "Gone."}}
    manifest = build_manifest(Kind.CONNECTOR, document, EU, NOWHERE)
    assert (manifest.lifecycle.state, manifest.lifecycle.reason) == (State.ABSENT, "Gone.")
    assert manifest.spec == {}


def test_a_certification_is_identified_by_the_id_that_is_given() -> None:
    by_origin = {"metadata": {"originId": "x"}, "spec": {}}
    assert build_manifest(Kind.CERTIFICATION, by_origin, ORIGIN, NOWHERE).identity.field is IdField.ORIGIN_ID
    by_external = build_manifest(Kind.CERTIFICATION, certification(), ORIGIN, NOWHERE)
    assert by_external.identity == Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "ACME-EPD-001")


def test_the_locale_is_the_manifests_then_the_targets_then_english() -> None:
    given, left_out = certification(), certification()
    del left_out["metadata"]["locale"]
    assert build_manifest(Kind.CERTIFICATION, given, ORIGIN, NOWHERE).locale == "en"
    assert build_manifest(Kind.CERTIFICATION, left_out, ORIGIN, NOWHERE).locale == "fr"
    assert build_manifest(Kind.CERTIFICATION, left_out, None, NOWHERE).locale == "en"


def test_without_a_project_the_name_in_the_document_is_kept() -> None:
    assert build_manifest(Kind.CONNECTOR, connector(), None, NOWHERE).identity.target == "connect-eu"
    assert build_manifest(Kind.CONNECTOR, {"metadata": {"key": "ab"}, "spec": {}}, None, NOWHERE).identity.target == ""
