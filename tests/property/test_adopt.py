"""Take over what live changed by itself: then only your own change is left to do."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from strategies import certification_specs, connector_specs
from trueup.diff.simulate import created
from trueup.edit.adopt import adopt
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import Kind
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.plan import Cause
from trueup.model.position import Position
from trueup.model.target import ConnectTarget, OriginTarget
from trueup.model.value import LiveValue
from trueup.plan.drift import resource_drift
from trueup.plan.resource import plan_resource
from trueup.plan.since import with_causes

PLACE = Position("trueup.yaml", 1, 1)
PROJECT = Project(
    root=Path("/"),
    file=None,
    manifests=(),
    targets={
        "eu": ConnectTarget(name="eu", api_url="", auth_url="", position=PLACE, sandbox=True),
        "origin": OriginTarget(name="origin", base_url="", position=PLACE, sandbox=True),
    },
    seed=None,
)
IDENTITY = {Kind.CONNECTOR: {"key": "acme-tax"}, Kind.CERTIFICATION: {"externalId": "ACME-1"}}

Drawn = Mapping[str, Any]


@st.composite
def three_sides(draw: st.DrawFn) -> tuple[Kind, Drawn, Drawn, Drawn]:
    """Draw what base, the manifest and live have; any two of them often agree about a field."""
    kind = draw(st.sampled_from(Kind))
    specs = connector_specs(emptied=True) if kind is Kind.CONNECTOR else certification_specs(emptied=True)
    one, other, third = draw(specs), draw(specs), draw(specs)
    mixed = {name: draw(st.sampled_from([value, one.get(name, value)])) for name, value in other.items()}
    sides = {name: [value, one.get(name, value), mixed.get(name, value)] for name, value in third.items()}
    live = {name: draw(st.sampled_from(values)) for name, values in sides.items()}
    return kind, one, mixed, live


def plain(node: Any) -> Any:
    match node:
        case Decimal():
            return str(node)
        case dict():
            return {key: plain(value) for key, value in node.items()}
        case list():
            return [plain(item) for item in node]
        case _:
            return node


def written(kind: Kind, spec: Drawn, *, flow: bool | None) -> str:
    """Write a manifest with a comment above each field; what stands inside an element goes with it."""
    document = {"apiVersion": "trueup/v1", "kind": str(kind), "metadata": IDENTITY[kind], "spec": plain(spec)}
    text = yaml.safe_dump(document, default_flow_style=flow, width=10**6, sort_keys=False, allow_unicode=True)
    return "".join(f"# {n}\n{line}" if outer(line) else line for n, line in enumerate(text.splitlines(keepends=True)))


def outer(line: str) -> bool:
    return len(line) - len(line.lstrip(" ")) <= 2


def read(text: str) -> Manifest:
    loaded = load_texts(PROJECT, [("tax.yaml", text.encode())])
    assert [d.message for d in loaded.diagnostics if d.severity == "error"] == []
    (manifest,) = loaded.manifests
    return manifest


def holding(kind: Kind, spec: Drawn) -> Live:
    fields = KINDS[kind].fields
    values: Mapping[str, LiveValue] = created(fields, KINDS[kind].desired(json.loads(json.dumps(plain(spec)))))
    return Live(fields=values, remote_id="id", version=1)


@given(three_sides(), st.sampled_from([None, False]))
def test_after_adopting_all_drift_only_your_change_is_left(
    drawn: tuple[Kind, Drawn, Drawn, Drawn],
    flow: bool | None,  # noqa: FBT001 - drawn
) -> None:
    kind, base_spec, spec, live_spec = drawn
    base, live = read(written(kind, base_spec, flow=False)), holding(kind, live_spec)
    text = written(kind, spec, flow=flow)
    manifest = read(text)
    drift = resource_drift(manifest, base, live)
    wished = [p for p in drift.changes if p.cause is Cause.DRIFT]
    content, (adoption,) = adopt(PROJECT, "tax.yaml", text.encode(), [replace(drift, changes=tuple(wished))])
    after = read(content.decode())

    before_plan = with_causes(plan_resource(manifest, live, base=base), base).actions
    after_plan = with_causes(plan_resource(after, live, base=base), base).actions
    assert adoption.left == ()
    assert [p.action for p in after_plan] == [p.action for p in before_plan if p.cause is not Cause.DRIFT]
    assert comments(content.decode()) == comments(text)
    if not wished:
        assert content.decode() == text


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]
