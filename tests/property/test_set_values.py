"""Any text can be given for any field: the file then has exactly that value, or nothing is changed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.edit.set_values import FieldPath, set_values
from trueup.edit.yaml_edits import CannotEdit
from trueup.errors import InvalidInput, UsageError
from trueup.manifest.load import load_texts
from trueup.manifest.settable import ManifestTree, path_of, paths, value_of
from trueup.model.identity import Kind
from trueup.model.manifest import Manifest
from unit.docs.pages import ROOT
from unit.edit.adopting import PROJECT, manifests

QUICKSTART = ROOT / "examples" / "quickstart"
TEXTS = [
    file.read_text().replace("target: connect-eu", "target: eu").replace("connect-us", "eu")
    for file in sorted(QUICKSTART.glob("[cd]*/*.yaml"))
]


def takes(kind: Kind, path: str) -> bool:
    """Return whether the field takes one of the two words, so that most draws can be set."""
    with suppress(UsageError):
        return bool(value_of(kind, path, "true")) or bool(value_of(kind, path, "[]"))
    return False


PATHS = {k: [n for path in paths(k) if takes(k, n := path.replace("*", "x") + "x" * path.endswith("."))] for k in Kind}
WORDS = st.sampled_from(
    ["true", "1.10", "v2", "", "[]", '["tax"]', "a: b", "# c", "null", "~", "*x", "&y z", "<<", "2027-01-31"]
)
VALUES = st.one_of(WORDS, st.text(max_size=40), st.text(alphabet=" \n\t-'\"\\:#,[]{}", max_size=12))


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, Manifest, list[tuple[str, str]]]:
    text = draw(st.sampled_from(TEXTS))
    manifest = draw(st.sampled_from(manifests(text)))
    path = st.sampled_from(PATHS[manifest.identity.kind])
    return (
        text,
        manifest,
        draw(st.lists(st.tuples(path, VALUES), min_size=1, max_size=3, unique_by=lambda pair: pair[0])),
    )


@pytest.mark.slow
@given(edits())
def test_a_value_that_is_set_is_read_back_and_no_other_resource_changes(
    edit: tuple[str, Manifest, list[tuple[str, str]]],
) -> None:
    text, manifest, pairs = edit
    kind = manifest.identity.kind
    try:
        values: dict[FieldPath, ManifestTree] = {path_of(kind, p): value_of(kind, p, v) for p, v in pairs}
        after, (made,) = set_values(PROJECT, "a.yaml", text.encode(), {manifest.identity: values})
    except (UsageError, InvalidInput, CannotEdit):
        return
    read = {one.identity: one for one in load_texts(PROJECT, [("a.yaml", after)]).manifests}
    before = {one.identity: one for one in manifests(text)}
    assert {i: (m.spec, m.labels) for i, m in read.items() if i != manifest.identity} == {
        i: (m.spec, m.labels) for i, m in before.items() if i != manifest.identity
    }
    again, (nothing,) = set_values(PROJECT, "a.yaml", after, {manifest.identity: values})
    assert (again, nothing.changes) == (after, ())
    assert bool(made.changes) == (after != text.encode())
    # A comment is lost only with the element of a list that it belongs to.
    if not any(isinstance(value, list) for value in values.values()):
        assert [line for line in text.splitlines() if line.startswith("#")] == [
            line for line in after.decode().splitlines() if line.startswith("#")
        ]
