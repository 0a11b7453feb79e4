"""What a project reads: decided by names as by looking on disk."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from glob import glob as standard_glob
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.git.objects import Objects, TreeEntry, TreeNode
from trueup.history.globs import ManifestMatcher
from trueup.history.symlinks import CommitFolders
from trueup.manifest.discovery import FoundFiles, find_sources
from trueup.manifest.folders import Disk, Walk
from trueup.manifest.folders import FolderNode as Kind
from trueup.manifest.globs import Globs
from trueup.manifest.project import Project, parse_project
from trueup.manifest.symlinks import boundary_of

pytestmark = pytest.mark.slow

NAMES = ("a", "b", ".h", "a.yaml", "b.yml", ".h.yaml", "trueup.yaml", "x.txt", "seed.yaml")
PARTS = ("**", "*", "a", "?.yaml", "*.yaml", "*.yml", "[ab].y*", ".*", ".h", "[!a]", ".h.yaml", "b", "", ".")

paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
globs = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("/".join)


def made(root: Path, files: list[str]) -> list[str]:
    """Make those files that can lie beside each other and return all that lie there, relative to the root."""
    for file in files:
        place = root / file
        if not any(above.is_file() for above in (place, *place.parents)) and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    return [os.path.relpath(file, root) for file in root.rglob("*") if file.is_file()]


def project(root: Path, globs: list[str]) -> Project:
    document = {
        "apiVersion": "trueup/v1",
        "kind": "Project",
        "manifests": [glob.lstrip("/") or "a" for glob in globs],
        "sandbox": {"seed": "a/seed.yaml"},
        "targets": {"eu": {"platform": "connect", "sandbox": True}},
    }
    return parse_project(json.dumps(document).encode(), name="trueup.yaml", file=root / "trueup.yaml", sandbox=False)


def relative(found: FoundFiles, root: Path) -> set[str]:
    return {os.path.relpath(source.path or "", root) for source in found.sources}


@given(st.lists(paths, max_size=12), st.lists(globs, min_size=1, max_size=3))
def test_globs_reach_the_files_that_they_find(files: list[str], globs: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        lying = made(root, files)
        house = project(root, globs)
        found = relative(find_sources(house, (), cwd=root), root)
        reach = ManifestMatcher(house, (), cwd=root)
        assert {file for file in lying if reach.wants(file)} == found
        assert all(any(file.startswith(fixed) for fixed in reach.folders) for file in found)


@given(st.lists(paths, max_size=12), st.lists(paths | st.just("."), min_size=1, max_size=3), st.sampled_from(["", "a"]))
def test_named_files_and_folders_reach_the_files_that_they_find(files: list[str], named: list[str], below: str) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        cwd = root / below
        cwd.mkdir(exist_ok=True)
        lying = made(root, files)
        house = project(root, ["**"])
        existing = [name for name in named if (cwd / name).exists()] or ["."]
        found = find_sources(house, existing, cwd=cwd)
        reach = ManifestMatcher(house, existing, cwd=cwd)
        assert {file for file in lying if reach.wants(file)} == relative(found, root)
        assert {reach.name(os.path.relpath(s.path or "", root)) for s in found.sources} == {
            s.name for s in found.sources
        }


TARGETS = (".", "..", "a", "b", "../a", "a/b", "../..", "a.yaml", "../a.yaml", "x.txt", "l", "nowhere", "/", ".h")
LINKS = ("l", "m", "l.yaml", "a/l", "a/m.yaml", "b/l", "a/b/l", ".h/l", ".l")
links = st.dictionaries(st.sampled_from(LINKS), st.sampled_from(TARGETS), max_size=6)


def linked(root: Path, links: dict[str, str]) -> None:
    """Make those links that can lie beside what is there."""
    for name, target in links.items():
        place = root / name
        if any(above.is_file() for above in place.parents) or not place.resolve().is_relative_to(root):
            continue
        place.parent.resolve().mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(place):
            place.symlink_to(target)


class Texts(Objects):
    """The links of a folder as git's objects would hold them, by their paths."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def contents(self, ids: Iterable[str]) -> Iterable[bytes]:  # type: ignore[override]
        return [os.fsencode((self.root / path).readlink()) for path in ids]


def committed(root: Path) -> CommitFolders:
    """Return the folders of a commit that holds all of a folder."""
    entries: dict[bytes, TreeEntry] = {}
    for place, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink() or path.is_file():
                below = os.path.relpath(path, root)
                entries[os.fsencode(below)] = TreeEntry(TreeNode.LINK if path.is_symlink() else TreeNode.FILE, below)
    return CommitFolders(str(root), entries, Texts(root))


class Counted(Disk):
    """The disk, with a count of the folders that are listed."""

    def __init__(self) -> None:
        self.listed: Counter[str] = Counter()

    def entries(self, real: str) -> Iterable[tuple[str, Kind]]:
        self.listed[real] += 1
        return super().entries(real)


@given(st.lists(paths, max_size=12), st.lists(globs, min_size=1, max_size=3))
def test_globs_find_what_those_of_python_find(files: list[str], globs: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        lying = made(root, files)
        patterns = [glob.lstrip("/") or "a" for glob in globs]
        walk = Walk(Disk(), Globs(patterns), boundary_of(root)).run(os.path.realpath(root))
        found = {file for glob in patterns for file in standard_glob(glob, root_dir=root, recursive=True)}  # noqa: PTH207 - the rules
        # A name with a slash or a dot at the end is that of a folder.
        files_found = {os.path.normpath(file) for file in found if file.rpartition("/")[2] not in ("", ".")}
        named = {file for file in files_found if file in lying and file.rpartition("/")[2] != "trueup.yaml"}
        assert {hit.name for hit in walk.hits.values()} == named


@given(st.lists(paths, max_size=8), links, st.lists(globs, min_size=1, max_size=3))
def test_each_real_folder_is_entered_once_for_a_state(
    files: list[str], links: dict[str, str], globs: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder))
        made(root, files)
        linked(root, links)
        states = sum(len(parts) for parts in Globs(globs).parts)
        for patterns, most in ((("**/*.yaml", "**/*.yml"), 1), (tuple(globs), states)):
            folders = Counted()
            Walk(folders, Globs(patterns), boundary_of(root)).run(str(root))
            assert all(count <= max(most, 1) for count in folders.listed.values())


@given(st.lists(paths, max_size=8), links)
def test_globs_and_folders_agree_on_links(files: list[str], links: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder))
        made(root, files)
        linked(root, links)
        house = project(root, ["**/*.yaml", "**/*.yml"])
        by_globs = find_sources(house, (), cwd=root)
        by_folder = find_sources(house, ["."], cwd=root)
        assert set(by_globs.sources) == set(by_folder.sources)
        out = [
            {d.position.file for d in found.diagnostics if d.code == "link-leads-out"}
            for found in (by_globs, by_folder)
        ]
        assert out[0] == out[1]
        assert len({source.path for source in by_globs.sources}) == len(by_globs.sources)
        assert all(os.path.realpath(source.path or "").startswith(f"{root}/") for source in by_globs.sources)


@given(
    st.lists(paths, max_size=8),
    links,
    st.lists(globs, min_size=1, max_size=3),
    st.lists(paths | st.sampled_from(LINKS), max_size=2),
)
def test_a_commit_has_the_names_of_the_disk(
    files: list[str], links: dict[str, str], globs: list[str], named: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(os.path.realpath(folder))
        made(root, files)
        linked(root, links)
        house = project(root, globs)
        commit = committed(root)
        here = find_sources(house, named, cwd=root).sources
        then = find_sources(house, named, cwd=root, folders=commit).sources
        assert [s for s in here if Path(s.path or "/").is_file()] == [s for s in then if commit.file(s.path or "")]
