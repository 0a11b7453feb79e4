"""Planning one certification: the work grows linearly with its elements."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from counting import calls
from trueup.diff.diff import diff
from trueup.diff.simulate import simulate
from trueup.kinds.registry import KINDS
from trueup.manifest.load import build_manifest
from trueup.manifest.validate import check_text
from trueup.model.action import AddElement, Change, FieldAction, RemoveElement
from trueup.model.identity import Kind
from trueup.model.manifest import Manifest
from trueup.model.value import Elements, Known
from trueup.plan.drift import resource_drift
from trueup.plan.positions import ActionPlaces

KIND = KINDS[Kind.CERTIFICATION]


def certification(count: int) -> Manifest:
    brands = "".join(f"  - {{name: B{n}, website: a.example}}\n" for n in range(count))
    text = f"apiVersion: trueup/v1\nkind: Certification\nmetadata: {{externalId: A}}\nspec:\n  brands:\n{brands}"
    (document,) = check_text(text.encode(), "a.yaml").documents
    return build_manifest(document.kind, document.content, None, document.positions)


def field_actions(changes: Iterable[Change]) -> list[FieldAction]:
    return [change.action for change in changes if isinstance(change.action, AddElement | RemoveElement)]


def planned(manifest: Manifest, live: dict[str, Any]) -> list[Change]:
    spec: Any = manifest.spec
    seen = KIND.observe({"originId": "1", **live}).fields
    changes = list(diff(KIND.fields, KIND.desired(manifest.spec), seen).changes)
    after = simulate(KIND.fields, field_actions(changes), seen)
    assert after["brands"] == KIND.observe({"brands": [*spec["brands"]]}).fields["brands"]
    place = ActionPlaces(manifest, KIND)
    assert {place(change.action).line for change in changes}
    return changes


@pytest.mark.parametrize("other", [lambda _: [], lambda n: [{"name": f"B{i}", "website": "x"} for i in range(n)],
                                   lambda n: [{"name": f"C{i}"} for i in range(n)]])  # fmt: skip
def test_twice_the_elements_are_twice_the_work(other: Any) -> None:
    manifests = {count: certification(count) for count in (200, 400)}
    planned(manifests[200], {"brands": other(200)})
    once, twice = (calls(lambda n=n: planned(manifests[n], {"brands": other(n)})) for n in manifests)  # type: ignore[misc]
    assert twice / once < 2.5


def test_the_fields_of_one_plan_are_copied_once() -> None:
    """Copies of dictionaries are no calls, so how often each element is read is counted instead."""
    looked = 0

    class Counted(dict[Any, Any]):
        def keys(self) -> Any:
            nonlocal looked
            looked += len(self)
            return super().keys()

        def __iter__(self) -> Any:
            nonlocal looked
            looked += len(self)
            return super().__iter__()

    seen = dict(KIND.observe({"originId": "1", "brands": [{"name": f"C{i}"} for i in range(300)]}).fields)
    have = seen["brands"]
    assert isinstance(have, Known)
    assert isinstance(have.value, Elements)
    changes = diff(KIND.fields, KIND.desired(certification(300).spec), seen).changes
    seen["brands"] = Known(replace(have.value, by_key=Counted(have.value.by_key)))
    simulate(KIND.fields, field_actions(changes), seen)
    assert looked <= 3 * 300


def test_drift_without_a_process_reads_the_spec_once() -> None:
    walks = 0

    class Counted(list[Any]):
        def __iter__(self) -> Any:
            nonlocal walks
            walks += 1
            return super().__iter__()

    manifest = certification(300)
    spec: Any = manifest.spec
    manifest = replace(manifest, spec={**spec, "brands": Counted(spec["brands"])})
    live = KIND.observe({"originId": "1", "brands": [{"name": "B0", "website": "b.example"}]})
    drift = resource_drift(manifest, manifest, live)
    assert len(drift.changes) == 300
    # The other walk finds the place of each element.
    assert walks == 2
