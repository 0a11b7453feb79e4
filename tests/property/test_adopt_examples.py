"""Adopt drawn live state into files as people write them: the quickstart's, with comments, anchors and brackets."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import specs_of
from trueup.diff.simulate import created
from trueup.edit.adopt import ASKED, MASKED, adopt
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.model.action import FieldAction, ProcessAction
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.plan.drift import resource_drift
from trueup.plan.masked import masked_paths
from unit.edit.adopting import PROJECT, as_read, plain

pytestmark = pytest.mark.slow

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
FILES = [file.read_text() for file in sorted(QUICKSTART.glob("[cd]*/*.yaml"))]
HERE = replace(
    PROJECT,
    targets={"connect-eu": replace(PROJECT.targets["eu"], name="connect-eu"), "origin": PROJECT.targets["origin"]},
)

SHARED = "it contains an anchor that is used elsewhere"


def read(content: bytes) -> Mapping[Identity, Manifest]:
    loaded = load_texts(HERE, [("a.yaml", content)])
    assert [d.message for d in loaded.diagnostics if d.severity == "error"] == []
    return {manifest.identity: manifest for manifest in loaded.manifests}


@st.composite
def estates(draw: st.DrawFn) -> tuple[str, Mapping[Identity, Live]]:
    """Draw a file, and for each of its resources live state that has some of another resource's fields."""
    text = draw(st.sampled_from(FILES)).replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    lives = {}
    for identity, manifest in read(text.encode()).items():
        kind = KINDS[identity.kind]
        other = created(
            kind.fields, kind.desired(json.loads(json.dumps(plain(draw(specs_of(identity.kind, emptied=True))))))
        )
        fields = created(kind.fields, kind.desired(manifest.spec))
        mixed = {path: draw(st.sampled_from([value, other[path]])) for path, value in fields.items()}
        lives[identity] = as_read(kind, mixed)
    return text, lives


@given(estates())
def test_everything_is_taken_but_what_others_share_and_no_comment_is_touched(
    drawn: tuple[str, Mapping[Identity, Live]],
) -> None:
    text, lives = drawn
    drifts = [resource_drift(m, m, lives[identity]) for identity, m in read(text.encode()).items()]
    content, adoptions = adopt(HERE, "a.yaml", text.encode(), drifts)
    after = read(content)
    assert list(after) == list(lives)
    for adoption in adoptions:
        manifest = after[adoption.drift.identity]
        again = resource_drift(manifest, manifest, lives[manifest.identity]).changes
        refused = [(change.action, why) for change, why in adoption.refused]
        remaining = [(action, why) for action, why in refused if isinstance(action, FieldAction)]
        assert sorted(repr(p.action) for p in again) == sorted(repr(action) for action, _ in remaining)
        # The lifecycle blocks of these files ask for each of their processes.
        assert {why for action, why in refused if isinstance(action, ProcessAction)} <= {ASKED}
        masked = masked_paths(KINDS[manifest.identity.kind])
        assert all(why == (MASKED if action.path in masked else SHARED) for action, why in remaining)
        assert not any(isinstance(p.action, FieldAction) and p.action.path in masked for p in adoption.taken)
    assert comments(content.decode()) == comments(text)


def comments(text: str) -> Counter[str]:
    return Counter(line for line in text.splitlines(keepends=True) if line.strip().startswith("#"))
