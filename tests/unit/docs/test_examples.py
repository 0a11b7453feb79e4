from pathlib import Path

import pytest

from trueup.manifest.load import Loaded, load
from trueup.manifest.project import load_project
from trueup.model.identity import Kind
from unit.docs.pages import ROOT, Block, blocks

PROJECTS = [block for block in blocks("yaml") if "kind: Project" in block.body]
MANIFESTS = [
    block
    for block in blocks("yaml")
    if any(f"kind: {kind}\n" in block.body for kind in Kind) and "metadata:" in block.body
]


def check(folder: Path, *paths: str) -> Loaded:
    file = folder / "trueup.yaml"
    project = load_project(file if file.exists() else None, sandbox=False, cwd=folder)
    return load(project, paths, cwd=folder)


def test_the_quickstart_is_valid() -> None:
    loaded = check(ROOT / "examples" / "quickstart")
    assert loaded.diagnostics == ()
    kinds = [manifest.identity.kind for manifest in loaded.manifests]
    assert kinds.count(Kind.CONNECTOR) >= 4
    assert kinds.count(Kind.CERTIFICATION) >= 4
    assert kinds.count(Kind.DEPLOYMENT) == 2


def test_the_environments_share_files_and_differ_in_tags() -> None:
    loaded = check(ROOT / "examples" / "environments")
    assert loaded.diagnostics == ()
    assert (len(loaded.manifests), loaded.documents) == (6, 2)
    tags = {(m.identity.value, m.identity.target): m.spec["repository"]["tag"] for m in loaded.manifests}  # type: ignore[index]
    assert len(set(tags.values())) == len(tags)


def test_the_project_that_the_workflows_deploy_is_valid() -> None:
    loaded = check(ROOT / "examples" / "deploy")
    assert loaded.diagnostics == ()
    targets = {(manifest.identity.value, manifest.identity.target) for manifest in loaded.manifests}
    assert {("acme-tax", "shop-de"), ("acme-tax", "shop-fr"), ("newsletter", "shop-de")} <= targets


def test_every_manifest_of_the_quickstart_has_the_label_that_the_docs_select_by() -> None:
    labels = {m.identity.value: m.labels.get("demo") for m in check(ROOT / "examples" / "quickstart").manifests}
    assert [name for name, label in labels.items() if label == "blocked"] == ["acme-erp"]
    assert set(labels.values()) == {"ok", "blocked"}


def test_the_documentation_shows_projects_and_manifests() -> None:
    assert len(PROJECTS) >= 2
    assert len(MANIFESTS) >= 3


@pytest.mark.parametrize("block", PROJECTS, ids=str)
def test_a_project_file_in_the_documentation_is_valid(block: Block, tmp_path: Path) -> None:
    (tmp_path / "trueup.yaml").write_text(block.body, encoding="utf-8")
    (tmp_path / "live.yaml").write_text("{}", encoding="utf-8")
    project = load_project(tmp_path / "trueup.yaml", sandbox=False, cwd=tmp_path)
    assert project.targets


@pytest.mark.parametrize("block", MANIFESTS, ids=str)
def test_a_manifest_in_the_documentation_is_valid(block: Block, tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(block.body, encoding="utf-8")
    loaded = check(tmp_path, "manifest.yaml")
    assert loaded.diagnostics == ()
    assert loaded.manifests
