"""Put a run's manifests into a git repository, and move all of them between the base and today.

What the base wanted is read back from the repository by trueup's own search: wherever the manifests were then, what was
protected stays protected.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from simulation.places import CONNECT, ORIGIN, OUTLET
from simulation.random_streams import Chance
from trueup.history.base import look_back
from trueup.history.changed_since import find_moved, wanted_then
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.model.identity import Kind
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base as BaseCommit
from trueup.plan.three_way import Since

FOLDERS: Final = ("", "infra", "deploy/all")
FILES: Final = ("a.yaml", "b.yml", "sub/c.yaml")
ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "A"), ("EMAIL", "a@acme.example"), ("DATE", "2024-02-01T00:00:00Z"))
    },
}
_PROJECT: Final = f"""\
apiVersion: trueup/v1
kind: Project
targets:
  {CONNECT}: {{platform: connect, sandbox: true}}
  {OUTLET}: {{platform: connect, sandbox: true}}
  {ORIGIN}: {{platform: origin, sandbox: true}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedBase:
    """Where the manifests were in the base and where they are now: a folder, and the file of each.

    ``protected`` says of each whether the base protected it, ``gone`` whether it is to be deleted now. ``broken`` is a
    file of the base that cannot be read, empty for none.
    """

    folders: tuple[str, str]
    then: tuple[str, ...]
    now: tuple[str, ...]
    protected: tuple[bool, ...]
    gone: tuple[bool, ...]
    broken: str = ""

    def guarded(self, number: int) -> bool:
        """Return whether a manifest was protected in the base, or may have been."""
        return self.protected[number] or self.then[number] == self.broken


def draw_moved_base(chance: Chance, most: int = 8) -> MovedBase:
    """Draw both sides."""
    each = range(most)
    return MovedBase(
        folders=(chance.choice(FOLDERS), chance.choice(FOLDERS)),
        then=tuple(chance.choice(FILES) for _ in each),
        now=tuple(chance.choice(FILES) for _ in each),
        protected=tuple(chance.happens(0.4) for _ in each),
        gone=tuple(chance.happens(0.5) for _ in each),
        broken=chance.choice(("", "", *FILES)),
    )


def today(moved_base: MovedBase, manifests: Sequence[Manifest]) -> tuple[Manifest, ...]:
    """Return the manifests of today: some of them tombstones, none of them protected."""
    gone = LifecycleSpec(state=State.ABSENT, reason="No longer offered.")
    return tuple(
        replace(manifest, lifecycle=gone if moved_base.gone[number] else replace(manifest.lifecycle, protect=False))
        for number, manifest in enumerate(manifests)
    )


def since_base(moved_base: MovedBase, before: Sequence[Manifest], now: Sequence[Manifest], folder: Path) -> Since:
    """Commit what was wanted before, move everything to where it is today, and return what trueup reads of the base."""
    then = [
        replace(manifest, lifecycle=LifecycleSpec(protect=moved_base.protected[number]))
        for number, manifest in enumerate(before)
    ]
    folder.mkdir()
    _git(folder, "init", "--quiet")
    _put(folder / moved_base.folders[0], moved_base.then, then, moved_base.broken)
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--allow-empty", "--message", "base")
    for entry in folder.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    root = folder / moved_base.folders[1]
    _put(root, moved_base.now, now)
    project = load_project(root / "trueup.yaml", sandbox=False, cwd=root)
    lying = load(project, (), cwd=root).manifests
    assert {m.identity for m in lying} == {m.identity for m in now}, "every drawn manifest must be valid"
    past = find_moved(look_back("HEAD", project, (), cwd=root, environ=ENVIRONMENT), lying)
    return Since(
        base=BaseCommit(revision="HEAD", commit=past.commit),
        manifests=wanted_then(past, lying),
        unknown=past.unknown,
    )


def written(manifest: Manifest) -> dict[str, Any]:
    """Return the document that the manifest would be read from."""
    metadata: dict[str, Any] = {str(manifest.identity.field): manifest.identity.value}
    metadata["target"] = manifest.identity.target
    if manifest.identity.kind is Kind.CERTIFICATION and manifest.locale is not None:
        metadata["locale"] = manifest.locale
    document = {"apiVersion": "trueup/v1", "kind": str(manifest.identity.kind), "metadata": metadata}
    if manifest.lifecycle != NO_LIFECYCLE:
        document["lifecycle"] = _lifecycle(manifest.lifecycle)
    return document if manifest.lifecycle.state is State.ABSENT else document | {"spec": manifest.spec}


def _lifecycle(wanted: LifecycleSpec) -> dict[str, Any]:
    if wanted.state is State.ABSENT:
        return {"state": "absent", "reason": wanted.reason}
    named = {
        "previewable": wanted.previewable,
        "publish": None if wanted.publish is PublishTo.NONE else str(wanted.publish),
        "listed": wanted.listed,
        "certificationComments": list(wanted.certification_comments) or None,
        "follow": wanted.follow or None,
        "runScripts": None if wanted.run_scripts else False,
        "protect": wanted.protect or None,
    }
    return {name: value for name, value in named.items() if value is not None}


def _put(root: Path, places: Sequence[str], manifests: Sequence[Manifest], broken: str = "") -> None:
    texts: dict[str, list[str]] = {}
    for place, manifest in zip(places, manifests, strict=False):
        texts.setdefault(place, []).append(json.dumps(written(manifest), default=str) + "\n")
    root.mkdir(parents=True, exist_ok=True)
    (root / "trueup.yaml").write_text(_PROJECT)
    for place, several in texts.items():
        file = root / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("---\n".join([*several, "kind: [\n"] if place == broken else several))


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
