"""What a project reads: decided by names as by looking on disk."""

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from trueup.history.reach import Reach
from trueup.manifest.files import Found, find_sources
from trueup.manifest.project import Project, parse_project

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


def relative(found: Found, root: Path) -> set[str]:
    return {os.path.relpath(source.path or "", root) for source in found.sources}


@given(st.lists(paths, max_size=12), st.lists(globs, min_size=1, max_size=3))
def test_globs_reach_the_files_that_they_find(files: list[str], globs: list[str]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        lying = made(root, files)
        house = project(root, globs)
        found = relative(find_sources(house, (), cwd=root), root)
        reach = Reach(house, (), cwd=root)
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
        reach = Reach(house, existing, cwd=cwd)
        assert {file for file in lying if reach.wants(file)} == relative(found, root)
        assert {reach.name(os.path.relpath(s.path or "", root)) for s in found.sources} == {
            s.name for s in found.sources
        }
