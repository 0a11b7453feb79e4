"""Find requested resources on platforms that fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from trueup.cli.commands.import_ import import_status
from trueup.cli.exit_codes import Exit
from trueup.cli.import_scan import ImportRequest, ImportScan, scan
from trueup.edit.describe import Imports, NotImported
from trueup.errors import Unavailable
from trueup.manifest.load import load_texts
from trueup.model.identity import ConnectTarget, Identity, IdField, Kind
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.reader import ReadAll, Survey, Wanted
from trueup.platforms.open import Platforms
from unit.edit.adopting import PLACE, PROJECT

DOWN = Unavailable("eu: the platform cannot be reached.")


class Down:
    """A platform that fails."""

    async def survey(self, target: str, kind: Kind) -> Survey:
        raise DOWN

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        return ReadAll(readings={one.identity: Unreadable(DOWN) for one in wanted})

    async def read(self, wanted: Wanted) -> Reading:
        return Unreadable(DOWN)


class Empty(Down):
    """A platform without resources."""

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        return ReadAll(readings={one.identity: Missing() for one in wanted})


def found(*names: str) -> ImportScan:
    platforms = Platforms(readers={"eu": Down(), "origin": Empty()}, writers={}, surveyors={"eu": Down()})
    request = ImportRequest(names=names, targets=(), origin_ids=False)
    return asyncio.run(scan(platforms, PROJECT.targets, request, (), on_read=lambda _target, _count: None))


def test_a_target_that_cannot_be_listed_is_a_failure_and_says_why() -> None:
    result = found()
    assert result.not_imported[0] == NotImported(
        kind="Connector", name="", target="eu", reason="eu: the platform cannot be reached", failed=True
    )
    imports = Imports(imported=(), not_imported=tuple(result.not_imported), described=(), written=True)
    assert import_status(imports) is Exit.FAILED


def test_a_name_that_could_not_be_read_is_not_reported_as_missing() -> None:
    result = found("acme-tax")
    assert [(missing.kind, missing.name, missing.failed) for missing in result.not_imported] == [
        ("Connector", "acme-tax", True),
        ("Deployment", "acme-tax", True),
    ]


class Alike(Empty):
    """A platform with acme-tax, and with a look-alike of every other name."""

    async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
        live = Live(fields={}, remote_id="id-1", version=1)
        return ReadAll(
            readings={
                one.identity: live if one.identity.value == "acme-tax" else Missing(alike=one.identity.value.lower())
                for one in wanted
            }
        )


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Acme-Tax", "acme-tax"),
        ("acme\u2013tax", "acme-tax"),
        ("acme-t\u0430x", "acme-tax"),
        ("ACME-T\u0410X", "acme-tax"),
        ("not a key", ""),
    ],
)
def test_a_missing_name_is_reported_with_a_live_name_that_looks_the_same(name: str, alike: str) -> None:
    platforms = Platforms(readers={"eu": Alike(), "origin": Empty()}, writers={}, surveyors={})
    request = ImportRequest(names=(name,), targets=(), origin_ids=False)
    result = asyncio.run(scan(platforms, PROJECT.targets, request, (), on_read=lambda _target, _count: None))
    (missing,) = result.not_imported
    hint = f", but {alike}, which looks the same, is live: import that if you mean it" if alike else ""
    assert (missing.name, missing.reason, result.live) == (name, f"no resource has this name on eu, origin{hint}", [])


def test_a_name_that_cannot_be_a_key_is_only_searched_on_origin() -> None:
    result = found("not a key")
    assert [(missing.name, missing.reason) for missing in result.not_imported] == [
        ("not a key", "no resource has this name on eu, origin")
    ]


class Organization(Empty):
    """Two projects of one organization: both list its connector, and each its own deployment."""

    async def survey(self, target: str, kind: Kind) -> Survey:
        shared = kind is Kind.CONNECTOR
        live = Live(fields={}, remote_id="draft" if shared else f"deployment-{target}", version=1)
        return Survey(readings={Identity(target, kind, IdField.KEY, "acme-tax"): live})


def projects(address: str, described: str = "") -> ImportScan:
    """Return what is found on two targets; the connector has a manifest for the one that ``described`` names."""
    targets = {
        name: ConnectTarget(
            name=name, api_url=address, auth_url="", project_key=name, position=PLACE, sandbox=not address
        )
        for name in ("de", "fr")
    }
    surveyors = dict.fromkeys(targets, Organization())
    platforms = Platforms(readers=dict.fromkeys(targets, Organization()), writers={}, surveyors=surveyors)
    text = f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: acme-tax, target: {described}}}\nspec: {{}}\n"
    loaded = load_texts(replace(PROJECT, targets=targets), [("tax.yaml", text.encode())] if described else [])
    request = ImportRequest(names=(), targets=(), origin_ids=False)
    return asyncio.run(scan(platforms, targets, request, loaded.manifests, on_read=lambda _target, _count: None))


def names(result: ImportScan) -> list[str]:
    return [f"{identity.kind} {identity.target}" for identity, _ in result.live]


def test_a_connector_that_two_projects_of_an_organization_list_gets_one_manifest() -> None:
    assert names(projects("https://connect.example")) == ["Connector de", "Deployment de", "Deployment fr"]


@pytest.mark.parametrize("target", ["de", "fr"])
def test_a_connector_with_a_manifest_on_one_target_gets_none_on_another_of_its_organization(target: str) -> None:
    result = projects("https://connect.example", described=target)
    assert names(result) == ["Deployment de", "Deployment fr"]
    assert {one.identity.target for one in result.described} == {"de", "fr"}
    assert {one.position.file for one in result.described} == {"tax.yaml"}


def test_targets_of_the_embedded_sandbox_have_connectors_of_their_own() -> None:
    assert names(projects("")) == ["Connector de", "Deployment de", "Connector fr", "Deployment fr"]
