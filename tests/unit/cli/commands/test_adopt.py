"""A file that became a symlink while live was read is not written through it."""

from dataclasses import replace
from pathlib import Path

from trueup.cli.commands.adopt import _adopt
from trueup.cli.files import ProjectState
from trueup.cli.session import Scope
from trueup.manifest.project import load_project
from trueup.platforms.permissions import Permissions
from unit.edit.adopting import HEAD, drift_of

TEXT = HEAD + "  name: Tax\n  creator: {email: a@acme.example}\n  repository: {url: https://g.example/a.git, tag: v1}\n"


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "trueup.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Project\ntargets: {eu: {platform: connect, sandbox: true}}\n"
    )
    outside = tmp_path / "tax.yaml"
    outside.write_text(TEXT)
    (house / "tax.yaml").symlink_to(outside)
    drift = drift_of(TEXT, name="Other")
    drift = replace(drift, position=replace(drift.position, file=str(house / "tax.yaml")))
    project = load_project(house / "trueup.yaml", sandbox=False, cwd=house)
    scope = Scope(
        project=project,
        state=ProjectState(house),
        manifests=(),
        diagnostics=(),
        files=1,
        documents=1,
        permit=Permissions(),
    )
    (adoption,) = _adopt(scope, [drift], write=True)
    assert "leads out" in str(adoption.refused)
    assert outside.read_text() == TEXT


def test_a_fault_in_one_file_is_reported_and_the_file_is_unchanged(tmp_path: Path) -> None:
    (tmp_path / "trueup.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Project\ntargets: {eu: {platform: connect, sandbox: true}}\n"
    )
    file = tmp_path / "tax.yaml"
    file.write_text(TEXT)
    drift = drift_of(TEXT, name="Other")
    drift = replace(drift, position=replace(drift.position, file=str(file)))
    project = load_project(tmp_path / "trueup.yaml", sandbox=False, cwd=tmp_path)
    # The manifest of the drifted resource is not among those that were read.
    scope = Scope(
        project=project,
        state=ProjectState(tmp_path),
        manifests=(),
        diagnostics=(),
        files=1,
        documents=1,
        permit=Permissions(),
    )
    (adoption,) = _adopt(scope, [drift], write=True)
    assert "A fault of trueup" in str(adoption.refused)
    assert file.read_text() == TEXT
