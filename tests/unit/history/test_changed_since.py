"""Changes since a commit: reading only the files that differ finds the same as reading all.

Drawn by a fixed generator and not by Hypothesis: each case starts a dozen processes of git.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from estates import PROJECT, Estate, connector, documents
from repositories import git, new_repository
from trueup.history.changed_since import changed_since, gone_since, wanted_then
from trueup.manifest.load import load
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest

KEYS = ("tax", "psp", "erp", "oms", "pim")
FILES = ("a.yaml", "b.yaml", "sub/c.yaml", ".hidden.yaml", "../connectors.yaml")
READ = FILES[:3]

Side = Mapping[str, tuple[str, str]]
"""The file and the name of each connector, by key."""


def random_side(random: Random) -> Side:
    keys = random.sample(KEYS, random.randint(1, len(KEYS)))
    return {key: (random.choice(FILES), random.choice(["Acme", "Other"])) for key in keys}


def file_texts(side: Side) -> dict[str, str | bytes]:
    """Return the text of each file."""
    texts: dict[str, list[str]] = {}
    for key, (file, name) in side.items():
        texts.setdefault(file, []).append(connector(key, name))
    return {f"connectors/{file}": documents(*found) for file, found in texts.items()}


def write_files(estate: Estate, side: Side) -> None:
    shutil.rmtree(estate.root / "connectors", ignore_errors=True)
    (estate.root / "connectors.yaml").unlink(missing_ok=True)
    estate.work.put(file_texts(side))


def read(side: Side) -> dict[str, str]:
    """Return the name that each connector wants, of those that the project reads."""
    return {key: name for key, (file, name) in side.items() if file in READ}


def wanted(manifests: Mapping[Identity, Manifest]) -> dict[str, object]:
    return {identity.value: manifest.spec["name"] for identity, manifest in manifests.items()}


@pytest.mark.parametrize("seed", range(25))
def test_reading_the_changed_files_gives_the_same_result_as_reading_all(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    before, after = random_side(random), random_side(random)
    estate = Estate(new_repository(tmp_path))
    write_files(estate, before)
    estate.work.commit({"trueup.yaml": PROJECT})
    write_files(estate, after)
    if random.random() < 0.5:
        git(estate.root, "add", "--all")
    few, everything, now = estate.then(), estate.then("-"), estate.now().manifests
    assert few.files is not None
    assert everything.files is None
    differing = sorted(file for file in few.files if (estate.root / file).exists())
    loaded = load(estate.project(), differing, cwd=estate.root).manifests if differing else ()

    then, here = read(before), read(after)
    assert wanted(wanted_then(few, now)) == wanted(wanted_then(everything, now)) == then
    changed = {key for key, name in here.items() if then.get(key) != name}
    for past, manifests in ((few, now), (few, loaded), (everything, now)):
        assert {m.identity.value for m in changed_since(past, manifests)} == changed
        assert [m.identity.value for m in gone_since(past, manifests)] == sorted(then.keys() - here.keys())
