import json
from dataclasses import replace

import pytest

from trueup.cli.exit_codes import Exit, status_of_drift
from trueup.edit.adopt import Adoption
from trueup.errors import InvalidInput
from trueup.model.action import AddElement, FieldAction, Reason, RemoveElement, RequestPreview, SetValue
from trueup.model.field import Risk
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Base, Cause, Drift, Fate, Pending, PlannedAction, ResourceDrift
from trueup.model.position import Position
from trueup.model.value import ABSENT, Known, LiveValue, Parts
from trueup.report.document import read_document, render_document
from trueup.report.drift import drift_tree
from trueup.report.markdown import render_markdown
from trueup.report.result import Result
from trueup.report.text import render_text
from trueup.report.writeback import adopted_to_json, adopted_tree

PLACE = Position("connectors/tax.yaml", 3, 1)


def named(kind: Kind, value: str) -> Identity:
    field = IdField.KEY if kind is Kind.CONNECTOR else IdField.EXTERNAL_ID
    return Identity("eu", kind, field, value)


def change(
    action: FieldAction | RequestPreview, before: LiveValue, after: LiveValue, cause: Cause = Cause.DRIFT
) -> PlannedAction:
    return PlannedAction(
        action=action,
        stage=0,
        reason=Reason.SCALAR_DIFFERS,
        risk=Risk.ROUTINE,
        before=before,
        after=after,
        position=PLACE,
        cause=cause,
    )


NAME = change(SetValue("name", "Theirs"), Known("Acme"), Known("Theirs"))
TAX = ResourceDrift(
    identity=named(Kind.CONNECTOR, "acme-tax"),
    fate=Fate.CHANGED,
    position=PLACE,
    changes=(NAME, change(SetValue("description", ""), Known("Taxes"), ABSENT, Cause.BOTH)),
    repeated=(change(RequestPreview(), Known("none"), Known("true")),),
)
EPD = ResourceDrift(
    identity=named(Kind.CERTIFICATION, "E1"),
    fate=Fate.CHANGED,
    position=PLACE,
    changes=(
        change(RemoveElement("brands", ("A",)), Known(Parts({"website": "w"})), ABSENT),
        change(AddElement("brands", ("B",), {"website": "w"}), ABSENT, Known(Parts({"website": "w"}))),
    ),
)
GONE = ResourceDrift(identity=named(Kind.CONNECTOR, "acme-psp"), fate=Fate.DELETED, position=PLACE)
SAME = ResourceDrift(identity=named(Kind.CONNECTOR, "acme-oms"), fate=Fate.SAME, position=PLACE)
LOST = ResourceDrift(
    identity=named(Kind.CONNECTOR, "acme-erp"), fate=Fate.UNREADABLE, position=PLACE, error="No answer."
)
BASE = Base(revision="origin/main", commit="1f0c3a52a1d6a3b6f4a7e4f0b8f8c8f0a1b2c3d4")
ALL = Drift(resources=(LOST, GONE, SAME, TAX, EPD), base=BASE)


def text(drift: Drift, *, verbose: bool = False) -> list[str]:
    return render_text(drift_tree(drift), width=100, color=False, verbose=verbose).splitlines()


def test_a_change_goes_from_the_desired_to_the_live_value() -> None:
    shown = [" ".join(line.split()) for line in text(ALL)]
    assert "spec.name Acme -> Theirs (setName) [drift]" in shown
    assert "spec.description - Taxes (setDescription) [both]" in shown
    assert any("- A" in line for line in shown)
    assert any("+ B" in line for line in shown)


def test_a_change_on_both_sides_is_marked() -> None:
    (line,) = [line for line in text(ALL) if "setDescription" in line]
    assert "both" in line


def test_a_process_to_repeat_is_below_a_divider() -> None:
    lines = text(Drift(resources=(TAX,)))
    place = next(i for i, line in enumerate(lines) if "no longer in the wanted state" in line)
    assert "updatePreviewable" in lines[place + 1]


def test_the_total_counts_every_fate_and_the_base_is_named() -> None:
    lines = text(ALL)
    assert "Drift: 2 changed, 1 deleted, 1 not readable, 1 in sync." in lines
    assert "Compared with the manifests of origin/main (1f0c3a52a1d6)." in lines


def test_no_drift_is_one_line() -> None:
    assert text(Drift(resources=(SAME,))) == ["No drift. Live matches 1 manifest."]
    assert text(Drift(resources=())) == ["Nothing to compare: no resource is selected."]


def test_resources_in_sync_are_shown_only_with_verbose() -> None:
    assert not any("acme-oms" in line for line in text(ALL))
    assert any("acme-oms" in line for line in text(ALL, verbose=True))


def test_an_unreadable_resource_has_a_reason() -> None:
    assert any("not read: No answer." in line for line in text(ALL))


def test_markdown_has_every_section() -> None:
    shown = render_markdown(drift_tree(ALL))
    assert shown.startswith("## Drift\n")
    assert "### Deleted live (1)" in shown
    assert "### Changed live (2)" in shown


def test_json_has_the_desired_and_the_live_values() -> None:
    document = json.loads(render_document(Result(command="drift", status=2, drift=ALL)))
    assert document["plan"] is None
    assert document["drift"]["base"] == {"revision": BASE.revision, "commit": BASE.commit}
    resource = next(r for r in document["drift"]["resources"] if r["identity"]["value"] == "acme-tax")
    assert resource["fate"] == "changed"
    assert resource["left"] == [
        {
            "action": {"type": "request-preview"},
            "reason": "scalar-differs",
            "risk": "routine",
            "wanted": {"known": "true"},
            "live": {"known": "none"},
            "position": {"file": "connectors/tax.yaml", "line": 3, "column": 1},
            "platformAction": "updatePreviewable",
        }
    ]
    assert resource["changes"][0] == {
        "action": {"type": "set-value", "path": "name", "value": "Theirs"},
        "reason": "scalar-differs",
        "risk": "routine",
        "wanted": {"known": "Acme"},
        "live": {"known": "Theirs"},
        "position": {"file": "connectors/tax.yaml", "line": 3, "column": 1},
        "alsoYours": False,
        "platformAction": "setName",
    }
    assert [change["alsoYours"] for change in resource["changes"]] == [False, True]


def test_a_written_document_is_read_back() -> None:
    text = render_document(Result(command="drift", status=2, drift=ALL))
    assert read_document(text, file="drift.json").drift == ALL
    whole = replace(ALL, base=None)
    assert read_document(render_document(Result(command="drift", status=2, drift=whole)), file="d").drift == whole


def test_drift_that_is_not_as_it_was_written_is_not_read() -> None:
    text = render_document(Result(command="drift", status=2, drift=ALL)).replace('"fate": "deleted"', '"fate": "eaten"')
    with pytest.raises(InvalidInput) as caught:
        read_document(text, file="drift.json")
    assert "fate is not one of" in caught.value.diagnostics[0].message


def waiting(*changes: PlannedAction) -> ResourceDrift:
    """Return a resource with a pending change, and with these changes of live."""
    return ResourceDrift(
        identity=named(Kind.CONNECTOR, "acme-tax"),
        fate=Fate.CHANGED if changes else Fate.PENDING,
        position=PLACE,
        changes=changes,
        pending=(change(SetValue("name", "New"), Known("Old"), Known("New"), Cause.MERGED),),
    )


def recorded(resource: ResourceDrift) -> Drift:
    pending = Pending(identity=resource.identity, commit="2b" * 20, pull=12, url="https://github.example/pull/12")
    return Drift(resources=(resource,), recorded=True, pending=(pending,), unrecorded=("us",))


def shown(drift: Drift) -> str:
    return render_text(drift_tree(drift), width=100, color=False, verbose=False)


def test_a_merge_that_is_not_applied_is_told_apart_from_drift() -> None:
    text = shown(recorded(waiting()))
    assert text.startswith("Merged, not yet applied\n")
    assert "an apply sends:" in text
    assert "Old -> New" in text
    assert "merged: with commit 2b2b2b2b2b2b of pull request 12, not yet applied" in text
    assert "No drift: 1 merged and not yet applied." in text
    assert "Not known what was applied: us." in text
    assert "trueup adopt" not in text


def test_beside_drift_it_is_shown_below_the_changes() -> None:
    text = shown(recorded(waiting(change(SetValue("description", "x"), Known("a"), Known("x")))))
    assert text.startswith("Changed live\n")
    assert text.index("a -> x") < text.index("an apply sends:") < text.index("Old -> New")
    assert "Drift: 1 changed." in text


def test_it_is_no_drift_for_a_schedule() -> None:
    assert status_of_drift(recorded(waiting()), detailed=True) is Exit.DONE


def test_its_document_is_read_back() -> None:
    made = Result(command="drift", status=0, drift=recorded(waiting()))
    assert read_document(render_document(made), file="drift.json").drift == made.drift


def test_adopt_names_it_and_leaves_nothing_to_do() -> None:
    adoption = Adoption(drift=waiting())
    text = render_text(adopted_tree([adoption], written=True), width=100, color=False, verbose=False)
    assert text.startswith("Merged, not yet applied\n")
    assert "merged, not yet applied: nothing to adopt." in text
    assert "Nothing to adopt. Live has not drifted." in text
    assert [adopted["reason"] for adopted in adopted_to_json([adoption])] == [
        "merged, not yet applied: nothing to adopt."
    ]


def test_a_target_that_cannot_be_read_is_one_for_the_doctor() -> None:
    drift = Drift(base=None, resources=(LOST,))
    assert "Find out why: trueup doctor --target eu\n" in render_text(
        drift_tree(drift), width=100, color=False, verbose=False
    )
    some = Drift(base=None, resources=(LOST, SAME))
    assert "doctor" not in render_text(drift_tree(some), width=100, color=False, verbose=False)
