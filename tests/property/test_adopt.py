"""Take over what live changed by itself: then only your own change is left to do."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import specs_of
from trueup.diff.simulate import created
from trueup.edit.adopt import MASKED, adopt
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.model.action import RemoveElement, SetValue
from trueup.model.identity import Kind
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.plan import Cause, PlannedAction
from trueup.plan.drift import resource_drift
from trueup.plan.masked import masked_paths
from trueup.plan.resource import plan_resource
from trueup.plan.three_way import with_causes
from unit.edit.adopting import PROJECT, as_read, plain

pytestmark = pytest.mark.slow

IDENTITY = {
    Kind.CONNECTOR: {"key": "acme-tax"},
    Kind.DEPLOYMENT: {"key": "acme-tax-live"},
    Kind.CERTIFICATION: {"externalId": "ACME-1"},
}

Drawn = Mapping[str, Any]


@st.composite
def three_sides(draw: st.DrawFn) -> tuple[Kind, Drawn, Drawn, Drawn]:
    """Draw what base, the manifest and live have; any two of them often agree about a field."""
    kind = draw(st.sampled_from(Kind))
    specs = specs_of(kind, emptied=True)
    one, other, third = draw(specs), draw(specs), draw(specs)
    mixed = {name: draw(st.sampled_from([value, one.get(name, value)])) for name, value in other.items()}
    sides = {name: [value, one.get(name, value), mixed.get(name, value)] for name, value in third.items()}
    live = {name: draw(st.sampled_from(values)) for name, values in sides.items()}
    return kind, one, mixed, live


def written(kind: Kind, spec: Drawn, *, flow: bool | None, end: str = "\n") -> str:
    """Write a manifest with a comment above and behind each line."""
    document = {"apiVersion": "trueup/v1", "kind": str(kind), "metadata": IDENTITY[kind], "spec": plain(spec)}
    text = yaml.safe_dump(document, default_flow_style=flow, width=10**6, sort_keys=False, allow_unicode=True)
    return "".join(f"# {n}{end}{line} # at {n}{end}" for n, line in enumerate(text.splitlines()))


def read(text: str) -> Manifest:
    loaded = load_texts(PROJECT, [("tax.yaml", text.encode())])
    assert [d.message for d in loaded.diagnostics if d.severity == "error"] == []
    (manifest,) = loaded.manifests
    return manifest


def holding(kind: KindSpec, spec: Drawn) -> Live:
    return as_read(kind, created(kind.fields, kind.desired(json.loads(json.dumps(plain(spec))))))


@settings(max_examples=min(settings().max_examples, 100))  # each writes, parses and checks several files
@given(three_sides(), st.sampled_from([None, False]), st.sampled_from(["\n", "\r\n"]))
def test_after_adopting_all_drift_only_your_change_and_secrets_are_left(
    drawn: tuple[Kind, Drawn, Drawn, Drawn],
    flow: bool | None,  # noqa: FBT001 - drawn
    end: str,
) -> None:
    kind, base_spec, spec, live_spec = drawn
    base, live = read(written(kind, base_spec, flow=False)), holding(KINDS[kind], live_spec)
    text = written(kind, spec, flow=flow, end=end)
    manifest = read(text)
    drift = resource_drift(manifest, base, live)
    wished = [p for p in drift.changes if p.cause is Cause.DRIFT]
    hidden = [p for p in wished if is_masked(kind, p)]
    content, (adoption,) = adopt(PROJECT, "tax.yaml", text.encode(), [replace(drift, changes=tuple(wished))])
    after = read(content.decode())

    before_plan = with_causes(plan_resource(manifest, live, base=base), base).actions
    after_plan = with_causes(plan_resource(after, live, base=base), base).actions
    assert adoption.refused == tuple((p, MASKED) for p in hidden)
    # As sets: an element that only comes once another one is gone moves what stands beside it into another request.
    assert sorted(repr(p.action) for p in after_plan) == sorted(repr(p.action) for p in left(kind, before_plan))
    check_lines(text, content.decode(), [p for p in wished if p not in hidden])


def is_masked(kind: Kind, planned: PlannedAction) -> bool:
    return getattr(planned.action, "path", None) in masked_paths(KINDS[kind])


def left(kind: Kind, planned: Sequence[PlannedAction]) -> Sequence[PlannedAction]:
    """Return what is still to do after adopting: your change, and what no manifest can have because it is masked.

    A process that is part of their request is needed as long as one of them is.
    """
    fields = [p for p in planned if p.cause is not Cause.DRIFT or is_masked(kind, p)]
    joined = [p for p in planned if p not in fields and KINDS[kind].lifecycle.joins(p.action)]
    return [*fields, *joined] if fields else []


def check_lines(before: str, after: str, wished: Sequence[PlannedAction]) -> None:
    """Hold the lines that differ against what was to change: nothing else is touched, not by a byte."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lost, found = Counter(old) - Counter(new), Counter(new) - Counter(old)
    gone = [p for p in wished if isinstance(p.action, RemoveElement)]
    # Only whole elements take the comments inside of them along; a new text needs none of its own.
    assert gone or not [line for line in lost if line.startswith("#")]
    assert not [line for line in found if line.startswith("#")]
    assert all(line.endswith("\r\n") for line in new) or "\r" not in after
    if all(isinstance(p.action, SetValue) and p.action.value != "" for p in wished):
        assert len(old) == len(new)
        assert lost.total() <= len(wished)
        # Behind what changed within its line, the comment stays.
        assert [line.rpartition(" # at ")[2] for line in old] == [line.rpartition(" # at ")[2] for line in new]
