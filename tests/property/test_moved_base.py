"""Whatever moves between the base and here: protection, causes and drift stay what they were.

Both sides are laid out at random: folder and target of the project, its globs, how manifests are split into files and
projects, and whether they are in a submodule. What is planned must be what is planned when the base is simply handed
over. A part of the base may be unreadable: it must be unknown then, and nothing else may.
"""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estates import connector
from repositories import ENVIRONMENT, Work, git, new_repository
from trueup.history.base import look_back
from trueup.history.changed_since import changed_since, find_moved, gone_since, wanted_then
from trueup.manifest.load import load
from trueup.manifest.project import Project, load_project
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import Base, Drift, Plan
from trueup.plan.build import build_plan
from trueup.plan.drift import find_drift
from trueup.plan.preview import BaseReader
from trueup.plan.three_way import Since, hold_unknown

pytestmark = pytest.mark.slow

KEYS = ("tax", "psp", "erp", "oms")
FILES = ("a.yaml", "b.yml", "sub/c.yaml")
BEFORE = ("", "{protect: true}", "{publish: certified}", "{publish: certified, protect: true}")
AFTER = (*BEFORE, "{state: absent, reason: sold}", "{publish: certified, listed: false}")
PLACES = ("{platform: connect, region: europe-west1.gcp}", "{platform: connect, sandbox: true}")

Wants = Mapping[str, tuple[str, str]]
"""The name and the lifecycle that each key wants."""


@dataclass(frozen=True)
class Layout:
    """Say where a project keeps its manifests; ``others`` are keys that a second project keeps in a file of its own."""

    folder: str
    manifests: str
    globs: bool
    target: str
    split: Mapping[str, str]
    inner: bool
    others: frozenset[str] = frozenset()
    broken: str = ""

    @property
    def place(self) -> str:
        return f"{self.folder}/{self.manifests}".lstrip("/")


def layouts(*, base: bool) -> st.SearchStrategy[Layout]:
    return st.builds(
        Layout,
        folder=st.sampled_from(("", "infra", "deploy/all")),
        manifests=st.sampled_from(("connectors", "live")),
        globs=st.booleans(),
        target=st.sampled_from(("eu", "europe")),
        split=st.fixed_dictionaries({key: st.sampled_from(FILES) for key in KEYS}),
        inner=st.sampled_from((False, False, True)),
        others=st.frozensets(st.sampled_from(KEYS), max_size=2) if base else st.just(frozenset()),
        broken=st.sampled_from(("", "", *FILES)) if base else st.just(""),
    )


def wants(lifecycles: tuple[str, ...]) -> st.SearchStrategy[Wants]:
    one = st.tuples(st.sampled_from(("Acme", "Other")), st.sampled_from(lifecycles))
    return st.dictionaries(st.sampled_from(KEYS), one, min_size=1)


def project_text(layout: Layout, place: str) -> str:
    globs = f'manifests: ["{layout.manifests}/**/*.yaml", "{layout.manifests}/**/*.yml"]\n' if layout.globs else ""
    return f"apiVersion: trueup/v1\nkind: Project\n{globs}targets:\n  {layout.target}: {place}\n"


def texts(layout: Layout, wanted: Wants) -> tuple[dict[str, str], dict[str, str]]:
    """Return the files of the project's folder of manifests, and those of the second project."""
    found: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for key, (name, lifecycle) in wanted.items():
        files = found[key in layout.others]
        files.setdefault(layout.split[key], []).append(f"{connector(key, name, lifecycle=lifecycle)}\n")
    one, other = ({file: "---\n".join(several) for file, several in files.items()} for files in found)
    return one, other


def lie(work: Work, layout: Layout, wanted: Wants, place: str) -> list[Project]:
    """Write one side in the place of what is there, and return its projects."""
    for entry in work.root.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    files, others = texts(layout, wanted)
    work.put({f"{layout.folder}/trueup.yaml".lstrip("/"): project_text(layout, place)})
    work.put({f"{layout.place}/{file}": text for file, text in files.items()})
    roots = [layout.folder]
    if others:
        work.put({"more/trueup.yaml": project_text(replace(layout, globs=False), place)})
        work.put({f"more/{file}": text for file, text in others.items()})
        roots.append("more")
    return [project_in(work.root / root) for root in roots]


def project_in(root: Path) -> Project:
    return load_project(root / "trueup.yaml", sandbox=False, cwd=root)


def commit(work: Work, layout: Layout, beside: Path) -> None:
    """Commit what is there, with the folder of manifests as a submodule where the layout says so."""
    folder = work.root / layout.place
    if layout.inner and folder.is_dir():
        folder.rename(beside)
        new_repository(beside).commit()
        git(work.root, "submodule", "--quiet", "add", str(beside), layout.place)
    work.commit()


def wreck(work: Work, layout: Layout, wanted: Wants) -> set[str]:
    """Make one file of the base unreadable and return the keys of what it described."""
    files, _ = texts(layout, wanted)
    if layout.broken not in files:
        return set()
    file = work.root / layout.place / layout.broken
    file.write_text(f"{file.read_text()}---\nkind: [\n")
    return {key for key in wanted if key not in layout.others and layout.split[key] == layout.broken}


def planned(now: tuple[Manifest, ...], live: BaseReader, since: Since) -> tuple[Plan, Drift, Plan]:
    """Return the plan, the drift and the preview."""
    readers = {manifest.identity.target: live for manifest in now}
    base = dict.fromkeys(readers, BaseReader(since.manifests, since.unknown))
    return (
        hold_unknown(asyncio.run(build_plan(now, readers, since=since)), since),
        asyncio.run(find_drift(now, readers, since=since)),
        asyncio.run(build_plan(now, base, since=since)),
    )


# Each example makes a repository or two, and asks git a dozen times.
@settings(max_examples=300 if os.environ.get("CI") else 14)
@given(
    layouts(base=True),
    wants(BEFORE),
    layouts(base=False),
    wants(AFTER),
    st.sampled_from(PLACES),
    st.frozensets(st.sampled_from(KEYS)),
    st.sampled_from((None, None, *FILES)),
)
def test_protection_causes_and_drift_stay_what_they_were(  # noqa: PLR0913, PLR0917 - both sides, live, and what is named
    before: Layout,
    then: Wants,
    after: Layout,
    here: Wants,
    place: str,
    drifted: frozenset[str],
    named: str | None,
) -> None:
    with TemporaryDirectory() as folder:
        work = new_repository(Path(folder) / "house")
        projects = lie(work, before, then, place)
        loaded = [m for project in projects for m in load(project, (), cwd=work.root).manifests]
        wrecked = wreck(work, before, then)
        commit(work, before, Path(folder) / "beside")
        lie(work, after, here, place)
        if after.inner:
            git(work.root / after.folder, "init", "--quiet", after.manifests)

        root = work.root / after.folder
        paths = (f"{after.manifests}/{named}",) if named and (root / after.manifests / named).exists() else ()
        project = project_in(root)
        now = load(project, paths, cwd=root).manifests
        past = find_moved(look_back("HEAD", project, paths, cwd=root, environ=ENVIRONMENT), now)

        wanted = by_today(loaded, after.target)
        known = {identity: m for identity, m in wanted.items() if identity.value not in wrecked}
        unknown = frozenset(m.identity for m in now if m.identity.value in wrecked)
        assert past.unknown == unknown
        live = BaseReader({i: renamed(m) if i.value in drifted else m for i, m in wanted.items()})
        base = Base(revision="HEAD", commit=past.commit)
        found = Since(base=base, manifests=wanted_then(past, now), unknown=past.unknown)
        assert planned(now, live, found) == planned(now, live, Since(base=base, manifests=known, unknown=unknown))

        differ = {m.identity.value for m in now if then.get(m.identity.value) != here[m.identity.value]}
        changed = {m.identity.value for m in changed_since(past, now)}
        assert changed >= differ
        assert changed <= {m.identity.value for m in now} if past.moved else changed <= differ | wrecked
        if not paths:
            assert {m.identity.value for m in gone_since(past, now)} <= then.keys() - here.keys()


def by_today(manifests: list[Manifest], target: str) -> dict[Identity, Manifest]:
    moved = (replace(m, identity=replace(m.identity, target=target)) for m in manifests)
    return {manifest.identity: manifest for manifest in moved}


def renamed(manifest: Manifest) -> Manifest:
    return replace(manifest, spec={**manifest.spec, "name": "Theirs"})
