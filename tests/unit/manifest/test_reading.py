"""Read many files, with and without a cache, in one process and in several: always with the same result."""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from trueup.errors import Diagnostic, UsageError
from trueup.manifest import circumstances
from trueup.manifest.cache import Cache
from trueup.manifest.checked import CheckedFile
from trueup.manifest.circumstances import about, open_cache
from trueup.manifest.files import Source
from trueup.manifest.load import Loaded, load
from trueup.manifest.packed import is_outline
from trueup.manifest.project import Project, load_project
from trueup.manifest.reading import checked_files
from trueup.model.manifest import Manifest
from trueup.state.folder import Folder

GOOD = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: acme-{0}}}\nspec: {{name: Acme {0}}}\n"
FILES = {
    "good-1.yaml": GOOD.format(1),
    "good-2.yaml": "# another\n" + GOOD.format(2),
    "two.yaml": GOOD.format(3) + "---\n" + GOOD.format(4),
    "decimal.yaml": "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: E1}\n"
    "spec: {voc: {emission: {densityMin: 1.50}}}\n",
    "broken.yaml": "a: [\n",
    "empty.yaml": "",
    "rules.yaml": "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: E2}\n"
    "spec: {issueDate: 2024-02-31}\n",
    "advice.yaml": GOOD.format(5).replace("spec: {", "spec: {documentationUrl: nowhere, "),
    "mark.yaml": GOOD.format(8).replace("Acme 8", "Acme \ue000"),
    "twice-1.yaml": GOOD.format(6),
    "twice-2.yaml": GOOD.format(6),
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "m").mkdir()
    for name, text in FILES.items():
        (tmp_path / "m" / name).write_text(text, encoding="utf-8")
    (tmp_path / "m" / "missing.yaml").symlink_to("nowhere")
    targets = "{connect: {platform: connect, sandbox: true}, origin: {platform: origin, sandbox: true}}"
    text = f'apiVersion: trueup/v1\nkind: Project\nmanifests: ["m/*.yaml"]\ntargets: {targets}\n'
    (tmp_path / "trueup.yaml").write_text(text)
    return load_project(tmp_path / "trueup.yaml", sandbox=False, cwd=tmp_path)


def opened(project: Project) -> Cache:
    return Cache(Folder(project.root, ("cache",)), key=b"k" * 32, about=b"")


def loaded(project: Project, cache: Cache | None) -> Any:
    return told(load(project, (), cwd=project.root, cache=cache))


def told(found: Loaded) -> Any:
    return [one(manifest) for manifest in found.manifests], found.diagnostics, found.files, found.documents


def one(manifest: Manifest) -> Any:
    spec = json.dumps(dict(manifest.spec), default=str)
    place = manifest.positions.at(("spec", "name"))
    return manifest.identity, spec, manifest.lifecycle, manifest.labels, manifest.locale, place


def test_a_cold_a_warm_and_no_cache_give_the_same(project: Project) -> None:
    without = loaded(project, None)
    codes = {diagnostic.code for diagnostic in without[1]}
    assert codes == {"yaml-syntax", "empty-file", "bad-date", "unusual-url", "duplicate-identity", "unreadable-file"}
    assert len(without[0]) == 7
    assert loaded(project, opened(project)) == without
    assert loaded(project, opened(project)) == without


@pytest.mark.parametrize("harm", ["cut short", "scribbled over", "removed", "read-only", "another's"])
def test_whatever_is_done_to_the_cache_the_result_stays(project: Project, harm: str) -> None:
    without = loaded(project, None)
    loaded(project, opened(project))
    folder = project.root / "cache"
    assert list(folder.glob("*.pack"))
    for pack in folder.glob("*.pack"):
        content = pack.read_bytes()
        match harm:
            case "cut short":
                pack.write_bytes(content[: len(content) // 2])
            case "scribbled over":
                pack.write_bytes(content.replace(b"Acme", b"Evil"))
            case "removed":
                pack.unlink()
            case "another's":
                pack.write_bytes(b"\0" * 32 + content[32:].replace(b"Acme", b"Evil"))
            case _:
                pack.chmod(0o400)
    if harm == "read-only":
        folder.chmod(0o500)
    try:
        assert loaded(project, opened(project)) == without
        assert loaded(project, opened(project)) == without
    finally:
        folder.chmod(0o700)


def test_a_changed_file_is_read_again_even_when_its_size_and_times_are_the_same(project: Project) -> None:
    loaded(project, opened(project))
    file = project.root / "m" / "good-1.yaml"
    stat = file.stat()
    file.write_text(FILES["good-1.yaml"].replace("Acme 1", "Acme 9"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    assert "Acme 9" in str(loaded(project, opened(project)))
    assert "Acme 1" not in str(loaded(project, opened(project)))


def test_unchanged_files_are_not_parsed_again(project: Project) -> None:
    cache = opened(project)
    loaded(project, cache)
    text = (project.root / "m" / "good-1.yaml").read_bytes()
    cache = opened(project)
    assert loaded(project, cache) == loaded(project, None)
    changed = opened(project)
    packed = changed.get(sha256(text).digest())
    assert packed is not None
    changed.put(sha256(text).digest(), packed.replace(b"Acme 1", b"Acme 8"))
    assert "Acme 8" in str(loaded(project, changed))


def sources(project: Project) -> list[Source]:
    return [Source(f"m/{name}", str(project.root / "m" / name)) for name in [*FILES, "missing.yaml"]]


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("keep", ["a cache", "no cache"])
def test_without_specs_the_same_is_found_and_specs_are_still_there(project: Project, processes: int, keep: str) -> None:
    whole = list(checked_files(sources(project), stdin=None, cache=None, processes=1))
    for _ in ("cold", "warm"):
        cache = opened(project) if keep == "a cache" else None
        found = list(checked_files(sources(project), stdin=None, cache=cache, specs=False, processes=processes))
        assert [diagnostics(file) for file in found] == [diagnostics(file) for file in whole]
        assert [metadata(file) for file in found] == [metadata(file) for file in whole]
        assert [names(file) for file in found] == [names(file) for file in whole]
        if cache is not None:
            cache.save()
            assert {is_outline(packed) for packed in everything(cache)} == {True}


def metadata(file: CheckedFile) -> list[Any]:
    return [(d.kind, d.good, d.content["metadata"], d.positions.at(("metadata", "key"))) for d in file.documents]


def everything(cache: Cache) -> list[bytes]:
    """Return what the cache has of the project's files, but for the one that cannot be packed whole."""
    texts = (text for name, text in FILES.items() if name != "mark.yaml")
    found = (cache.get(sha256(text.encode()).digest()) for text in texts)
    return [packed for packed in found if packed is not None]


def test_outlines_are_no_use_to_who_needs_specs_and_give_way_to_whole_packs(project: Project) -> None:
    run_through_files(project, specs=False)
    without = loaded(project, None)
    assert loaded(project, opened(project)) == without
    assert {is_outline(packed) for packed in everything(opened(project))} == {False}
    run_through_files(project, specs=False)
    assert {is_outline(packed) for packed in everything(opened(project))} == {False}


def run_through_files(project: Project, *, specs: bool) -> list[CheckedFile]:
    cache = opened(project)
    found = list(checked_files(sources(project), stdin=None, cache=cache, specs=specs))
    cache.save()
    return found


def test_a_file_that_changed_before_its_spec_was_looked_at_is_said_to_have_changed(project: Project) -> None:
    first = run_through_files(project, specs=False)[0].documents[0]
    (project.root / "m" / "good-1.yaml").write_text(GOOD.format(9))
    assert first.content["metadata"] == {"key": "acme-1"}
    with pytest.raises(UsageError, match=r"m/good-1\.yaml changed while it was being read"):
        dict(first.content["spec"])


@pytest.mark.parametrize("processes", [2, 3, 12])
def test_several_processes_find_the_same_in_the_same_order(project: Project, processes: int) -> None:
    alone = list(checked_files(sources(project), stdin=None, cache=None, processes=1))
    several = list(checked_files(sources(project), stdin=None, cache=None, processes=processes))
    assert [diagnostics(file) for file in several] == [diagnostics(file) for file in alone]
    assert [names(file) for file in several] == [names(file) for file in alone]


def diagnostics(file: CheckedFile) -> tuple[tuple[Diagnostic, ...], int]:
    return file.diagnostics, file.count


def names(file: CheckedFile) -> list[str]:
    return [document.content["spec"].get("name", "") for document in file.documents]


def test_standard_input_goes_past_the_cache(project: Project) -> None:
    given = load(project, ("-",), cwd=project.root, stdin=GOOD.format(7).encode, cache=opened(project))
    assert [manifest.identity.value for manifest in given.manifests] == ["acme-7"]
    assert not (project.root / "cache").exists()


def test_the_cache_lies_beside_the_project_file(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    cache = open_cache(project.file)
    assert cache is not None
    loaded(project, cache)
    assert list((project.root / ".trueup" / "cache").glob("*.pack"))
    assert (home / "trueup" / "key").exists()
    again = open_cache(project.file)
    assert again is not None
    assert not again.empty


def test_without_a_project_file_there_is_no_cache(tmp_path: Path) -> None:
    assert open_cache(None) is None


def test_without_a_place_for_the_secret_there_is_no_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(project.root / "trueup.yaml"))
    assert open_cache(project.file) is None


def test_circumstances_are_those_of_version_interpreter_schemas_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    now = about()
    assert now == about()
    for name, other in (("__version__", "99"), ("NAMES", ("connector",)), ("_CODE", ("manifest",)), ("_LIBRARIES", ())):
        with monkeypatch.context() as patch:
            patch.setattr(circumstances, name, other)
            assert about() != now
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "99")
        assert about() != now
