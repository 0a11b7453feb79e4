"""A manifest for several targets means the same as the manifests that it saves writing, and stays right when edited."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from strategies import specs_of
from trueup.diff.simulate import created
from trueup.edit.adopt import adopt
from trueup.edit.set_values import FieldPath, set_values
from trueup.edit.yaml_edits import CannotEdit
from trueup.errors import InvalidInput, Severity, UsageError
from trueup.kinds.registry import KINDS
from trueup.manifest.load import Loaded, load_texts
from trueup.manifest.project import Project
from trueup.manifest.settable import ManifestTree, path_of, paths, value_of
from trueup.model.identity import ConnectTarget, Kind, OriginTarget, Platform
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.plan.digest import manifest_digest
from trueup.plan.drift import resource_drift
from unit.edit.adopting import PLACE, plain

pytestmark = pytest.mark.slow

NAMES = {kind: [f"{kind.lower()}-{n}" for n in ("dev", "test", "live")] for kind in Kind}
TARGETS = {
    name: OriginTarget(name=name, base_url="", position=PLACE)
    if KINDS[kind].platform is Platform.ORIGIN
    else ConnectTarget(name=name, api_url="", auth_url="", project_key="shop", position=PLACE)
    for kind, names in NAMES.items()
    for name in names
}
PROJECT = Project(root=Path("/"), file=None, manifests=(), targets=TARGETS, seed=None)
IDENTITY = {
    Kind.CONNECTOR: {"key": "acme-tax"},
    Kind.DEPLOYMENT: {"key": "acme-tax-live"},
    Kind.CERTIFICATION: {"externalId": "ACME-1"},
}
LIFECYCLES = st.sampled_from(
    [None, {}, {"protect": True}, {"state": "absent", "reason": "Gone."}, {"state": "present"}]
)

Tree = dict[str, Any]
Leaves = dict[tuple[str, ...], Any]


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield all that is not a mapping with its path; an empty mapping is one as well."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def tree_of(found: Leaves) -> Tree:
    made: Tree = {}
    for path, value in found.items():
        node = made
        for step in path[:-1]:
            node = node.setdefault(step, {})
        # An empty mapping adds nothing to one that has members.
        if value != {} or path[-1] not in node:
            node[path[-1]] = value
    return made


def by_hand(shared: Tree, own: Tree) -> Tree:
    """Write a block out for one target: each value, with the value of the target in its place if there is one."""
    found = dict(leaves(shared))
    for path, value in leaves(own):
        if value != {}:
            # An empty mapping of the shared block on the way gets members.
            found = {p: v for p, v in found.items() if not (v == {} and path[: len(p)] == p)}
        found[path] = value
    return tree_of(
        {p: v for p, v in found.items() if not (v == {} and any(q[: len(p)] == p and q != p for q in found))}
    )


@st.composite
def documents(draw: st.DrawFn, kinds: Sequence[Kind] = tuple(Kind)) -> tuple[Kind, Tree]:
    """Draw a manifest for several targets, whose blocks are often incomplete."""
    kind = draw(st.sampled_from(kinds))

    def block() -> Tree:
        found = dict(leaves(json.loads(json.dumps(plain(draw(specs_of(kind, emptied=True)))))))
        kept = draw(st.lists(st.sampled_from(sorted(found)), unique=True)) if found else []
        spec = tree_of({path: found[path] for path in found if path in kept or draw(st.booleans())})
        lifecycle = draw(LIFECYCLES)
        return {"spec": spec} if lifecycle is None else {"spec": spec, "lifecycle": lifecycle}

    targets = draw(st.lists(st.sampled_from(NAMES[kind]), min_size=1, unique=True))
    metadata = {**IDENTITY[kind], "targets": targets, "labels": {"team": "tax"}}
    variants = {name: block() for name in draw(st.lists(st.sampled_from(targets), unique=True))}
    start = {"apiVersion": "trueup/v1", "kind": str(kind), "metadata": metadata}
    return kind, {**start, **block(), **({"variants": variants} if variants else {})}


def written_out(document: Tree) -> list[Tree]:
    """Return the manifests that people would write by hand, one for each target."""
    found = []
    for target in document["metadata"]["targets"]:
        own = document.get("variants", {}).get(target, {})
        metadata = {name: value for name, value in document["metadata"].items() if name != "targets"}
        blocks = {
            name: by_hand(document.get(name, {}), own.get(name, {}))
            for name in ("spec", "lifecycle")
            if name in document or name in own
        }
        start = {name: document[name] for name in ("apiVersion", "kind")}
        found.append({**start, "metadata": {**metadata, "target": target}, **blocks})
    return found


def load(*found: Tree | str) -> Loaded:
    texts = (one if isinstance(one, str) else json.dumps(one) for one in found)
    return load_texts(PROJECT, [(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)])


def meaning(loaded: Loaded) -> dict[str, tuple[object, ...]]:
    return {m.identity.target: (m.spec, m.lifecycle, m.labels, m.locale, digest(m)) for m in loaded.manifests}


def digest(manifest: Manifest) -> str:
    return manifest_digest(manifest, KINDS[manifest.identity.kind].desired(manifest.spec))


def codes(loaded: Loaded, severity: Severity) -> set[tuple[str, str]]:
    return {(problem.code, problem.path) for problem in loaded.diagnostics if problem.severity is severity}


@given(documents())
def test_a_document_with_variants_equals_the_documents_written_out_by_hand(drawn: tuple[Kind, Tree]) -> None:
    _, document = drawn
    one, several = load(document), load(*written_out(document))
    errors = codes(one, Severity.ERROR)
    assert bool(errors) == bool(codes(several, Severity.ERROR))
    # Of a document that is refused for one target, the rules for the others are not looked at.
    assert errors <= codes(several, Severity.ERROR)
    if errors:
        assert meaning(one) == {}
    else:
        assert meaning(one) == meaning(several)
        assert codes(one, Severity.WARNING) == codes(several, Severity.WARNING)


@given(documents())
def test_every_value_is_at_a_position_with_that_value(drawn: tuple[Kind, Tree]) -> None:
    _, document = drawn
    # One member a line, so that a position tells which member it is.
    text = json.dumps(document, indent=1)
    lines = text.splitlines()
    for manifest in load(text).manifests:
        for path, value in leaves(manifest.spec):
            at = manifest.positions.at(("spec", *path))
            assert lines[at.line - 1][at.column - 1 :].startswith(f'"{path[-1]}": {json.dumps(value)[:1]}')
            if not isinstance(value, list | dict):
                assert lines[at.line - 1].rstrip(",").endswith(json.dumps(value))


def is_valid(document: Tree) -> bool:
    return all(problem.severity is not Severity.ERROR for problem in load(document).diagnostics)


def written(document: Tree, style: str) -> str:
    if style == "json":
        return json.dumps(document, indent=2)
    text: str = yaml.safe_dump(document, default_flow_style=style == "flow", sort_keys=False, width=10**6)
    return f"# above\n{text}"


STYLES = st.sampled_from(["block", "flow", "json"])


# What adopting leaves of a deployment, whose secrets are masked, is the subject of test_adopt.
PAIRS = st.sampled_from([Kind.CONNECTOR, Kind.CERTIFICATION]).flatmap(
    lambda kind: st.tuples(documents([kind]), documents([kind]))
)


@given(PAIRS, STYLES, st.data())
def test_adopting_the_drift_of_one_target_changes_no_other(
    pair: tuple[tuple[Kind, Tree], tuple[Kind, Tree]], style: str, data: st.DataObject
) -> None:
    (kind, document), other = pair
    assume(is_valid(document))
    text = written(document, style)
    before = {manifest.identity.target: manifest for manifest in load(text).manifests}
    target = data.draw(st.sampled_from(sorted(before)))
    desired = KINDS[kind].desired({**before[target].spec, **other[1]["spec"]})
    live = Live(fields=dict(created(KINDS[kind].fields, desired)), remote_id="id", version=1)
    drift = resource_drift(before[target], before[target], live)
    content, (adoption,) = adopt(PROJECT, "0.yaml", text.encode(), [drift])
    after = {manifest.identity.target: manifest for manifest in load(content.decode()).manifests}
    assert {n: digest(m) for n, m in after.items() if n != target} == {
        n: digest(m) for n, m in before.items() if n != target
    }
    assert after[target].lifecycle == before[target].lifecycle
    # A drawn live state may be one that no manifest can have.
    assert all(why.startswith(("a manifest cannot express it", "other targets use")) for _, why in adoption.refused)
    left = resource_drift(after[target], after[target], live).changes
    assert len(left) <= len(adoption.refused)
    if not adoption.refused:
        assert left == ()


def settable_paths(kind: Kind, document: Tree) -> list[str]:
    """Return the paths of values that a document has, and of all that it can have, with other names."""
    there = [".".join(path) for path, _ in leaves({"spec": document["spec"]})]
    others = [path.replace("*", "report") + "NEW" * path.endswith(".") for path in paths(kind)]
    return [path for path in (*others, *there) if not path.startswith("metadata")]


@given(documents(), STYLES, st.data())
def test_setting_a_value_of_one_target_changes_no_other(
    drawn: tuple[Kind, Tree], style: str, data: st.DataObject
) -> None:
    kind, document = drawn
    assume(is_valid(document))
    text = written(document, style)
    before = {manifest.identity.target: manifest for manifest in load(text).manifests}
    target = data.draw(st.sampled_from(sorted(before)))
    path = data.draw(st.sampled_from(settable_paths(kind, document)))
    word = data.draw(st.sampled_from(["true", "2", "x", "[]", '["tax"]', "2027-01-31", "private", "a: b"]))
    try:
        wanted: dict[FieldPath, ManifestTree] = {("variants", target, *path_of(kind, path)): value_of(kind, path, word)}
        content, _ = set_values(PROJECT, "0.yaml", text.encode(), {before[target].identity: wanted})
    except (UsageError, InvalidInput, CannotEdit):
        return
    after = load(content.decode()).manifests
    assert {m.identity.target: digest(m) for m in after if m.identity.target != target} == {
        name: digest(m) for name, m in before.items() if name != target
    }
