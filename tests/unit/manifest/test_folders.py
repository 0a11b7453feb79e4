"""A walk reads each real folder once, with any globs and symlinks."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from trueup.manifest.folders import Disk, FolderNode, Walk
from trueup.manifest.globs import Globs
from trueup.manifest.symlinks import Boundary, boundary_of


class Counted(Disk):
    """The disk, with a count of how often each folder is listed."""

    def __init__(self) -> None:
        self.listed: Counter[str] = Counter()

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        self.listed[real] += 1
        return super().entries(real)


class CountedGlobs(Globs):
    steps = 0

    def step(self, states: frozenset[tuple[int, int]], name: str) -> frozenset[tuple[int, int]]:
        self.steps += len(states)
        return super().step(states, name)


def deep(root: Path, depth: int = 12) -> None:
    (root / "/".join("abcdefghijkl"[:depth])).mkdir(parents=True)
    for folder in [root, *root.rglob("*")]:
        if folder.is_dir():
            (folder / "m.yaml").touch()


def walked(root: Path, *patterns: str, folders: Disk | None = None) -> Walk:
    return Walk(folders or Disk(), Globs(patterns), boundary_of(root)).run(str(root))


def names(walk: Walk) -> list[str]:
    return sorted(hit.name for hit in walk.hits.values())


def test_a_repeated_double_star_costs_no_more_than_one(tmp_path: Path) -> None:
    deep(tmp_path)
    steps = set()
    for pattern in ("**/*.yaml", "**/" * 12 + "*.yaml", "**/./" * 12 + "*.yaml"):
        folders, globs = Counted(), CountedGlobs([pattern])
        walk = Walk(folders, globs, boundary_of(tmp_path)).run(str(tmp_path))
        assert len(walk.hits) == 13
        assert set(folders.listed.values()) == {1}
        steps.add(globs.steps)
    assert len(steps) == 1


@pytest.mark.parametrize("links", [1, 2, 8])
def test_links_to_the_folder_itself_add_nothing(tmp_path: Path, links: int) -> None:
    deep(tmp_path, 3)
    for number in range(links):
        (tmp_path / f"again{number}").symlink_to(".")
        (tmp_path / "a" / f"up{number}").symlink_to("..")
    folders = Counted()
    walk = walked(tmp_path, "**/*.yaml", "**/*.yml", folders=folders)
    assert names(walk) == ["a/b/c/m.yaml", "a/b/m.yaml", "a/m.yaml", "m.yaml"]
    assert set(folders.listed.values()) == {1}


def test_a_folder_is_listed_again_only_for_new_glob_states(tmp_path: Path) -> None:
    deep(tmp_path, 3)
    (tmp_path / "x").symlink_to("a")
    folders = Counted()
    walk = walked(tmp_path, "x/*.yaml", "a/b/*.yaml", folders=folders)
    assert names(walk) == ["a/b/m.yaml", "x/m.yaml"]
    assert folders.listed[str(tmp_path / "a")] == 2
    assert folders.listed[str(tmp_path / "a" / "b")] == 1


class Deep(Disk):
    """5,000 nested folders that exist only in memory."""

    def entries(self, real: str) -> Iterable[tuple[str, FolderNode]]:
        yield "m.yaml", FolderNode.FILE
        if real.count("/d") < 5000:
            yield "d", FolderNode.FOLDER


def test_a_deep_tree_needs_no_recursion() -> None:
    walk = Walk(Deep(), Globs(["**/*.yaml"]), Boundary("/", None)).run("/")
    assert len(walk.hits) == 5001


def test_only_folders_that_a_glob_can_lead_into_are_listed(tmp_path: Path) -> None:
    deep(tmp_path, 2)
    (tmp_path / "node_modules" / "x").mkdir(parents=True)
    folders = Counted()
    walked(tmp_path, "a/*.yaml", "*/nothing/*.yaml", folders=folders)
    assert str(tmp_path / "node_modules" / "x") not in folders.listed


@pytest.mark.parametrize("pattern", ["*.yaml", "**/*.yaml", "out/*.yaml"])
def test_a_symlink_that_leads_out_is_reported_if_a_glob_could_match_it(tmp_path: Path, pattern: str) -> None:
    root = tmp_path / "house"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "m.yaml").touch()
    root.mkdir()
    (root / "m.yaml").symlink_to("../other/m.yaml")
    (root / "m.txt").symlink_to("../other/m.yaml")
    (root / "out").symlink_to("../other")
    (root / "gone").symlink_to("../nothing")
    walk = walked(root, pattern)
    assert not walk.hits
    expected = {"*.yaml": ["m.yaml"], "**/*.yaml": ["m.yaml", "out"], "out/*.yaml": ["out"]}
    assert sorted(walk.out.values()) == expected[pattern]


def test_files_of_git_are_outside_the_boundary() -> None:
    boundary = Boundary("/work", "/work/.git/modules/sub")
    assert [path for path in ("/work", "/work/a", "/work/.gitignore", "/work/a.git") if not boundary.holds(path)] == []
    out = ("/", "/workshop", "/work/.git", "/work/.git/config", "/work/sub/.git/config", "/work/.GIT/config")
    assert [path for path in out if boundary.holds(path)] == []
