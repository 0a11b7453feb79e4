from dataclasses import replace

from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Base, Cause, Gone, Pending, Plan, ResourcePlan
from trueup.model.position import Position
from trueup.report.markdown import render_markdown
from trueup.report.plan import plan_tree
from trueup.report.text import render_text
from unit.report.samples import EPD, ERP, SAME, TAX, plan

BASE = Base(revision="origin/main", commit="1f0c3a52a1d6a3b6f4a7e4f0b8f8c8f0a1b2c3d4")
OLD = Gone(
    identity=Identity("connect-eu", Kind.CONNECTOR, IdField.KEY, "acme-old"),
    position=Position("origin/main:connectors/old.yaml", 3, 1),
)


def caused(resource: ResourcePlan, *causes: Cause) -> ResourcePlan:
    """Return the resource with these causes, assigned to its actions in turn."""
    actions = [replace(p, cause=causes[i % len(causes)]) for i, p in enumerate(resource.actions)]
    return replace(resource, actions=tuple(actions))


def text(shown: Plan, *, verbose: bool = False) -> str:
    return render_text(plan_tree(shown), width=100, color=False, verbose=verbose)


def test_causes_are_counted_drift_first() -> None:
    shown = replace(plan(caused(TAX, Cause.YOURS, Cause.DRIFT), caused(EPD, Cause.BOTH)), base=BASE)
    held = replace(shown, resources=(*shown.resources, caused(ERP, Cause.DRIFT)))
    closing = next(line for line in text(held).splitlines() if line.startswith("Actions since"))
    counts = {cause: sum(p.cause is cause for r in shown.resources for p in r.actions) for cause in Cause}
    assert closing == (
        f"Actions since origin/main (1f0c3a52a1d6): {counts[Cause.DRIFT]} drift, "
        f"{counts[Cause.BOTH]} on both sides, {counts[Cause.YOURS]} your change."
    )


def test_actions_without_a_known_cause_are_counted_separately() -> None:
    shown = replace(plan(replace(TAX, actions=(replace(TAX.actions[0], cause=None),))), base=BASE)
    assert "Actions since origin/main (1f0c3a52a1d6): 1 of unknown cause." in text(shown)


def test_resources_are_in_sections_by_cause() -> None:
    shown = replace(plan(caused(TAX, Cause.DRIFT), caused(EPD, Cause.YOURS)), base=BASE)
    titles = [section.title for section in plan_tree(shown).sections]
    assert titles.index("Drift: live changed, the manifests did not") < titles.index("Your change")


def test_a_plan_without_actions_names_its_base() -> None:
    assert "Actions since origin/main (1f0c3a52a1d6): none." in text(replace(plan(SAME), base=BASE))


def test_without_a_base_there_is_no_closing_about_causes() -> None:
    assert "Actions since" not in text(plan(TAX))


def test_resources_that_are_no_longer_managed_have_their_old_position() -> None:
    shown = replace(plan(TAX), gone=(OLD,))
    assert "No longer managed, left as it is" in text(shown)
    assert "= Connector acme-old" in text(shown)
    assert "origin/main:connectors/old.yaml:3" in text(shown)
    assert "### No longer managed, left as it is (1)" in render_markdown(plan_tree(shown))
    assert plan_tree(shown).counts == plan_tree(plan(TAX)).counts


PENDING = Pending(identity=TAX.identity, commit="2b" * 20, pull=12, url="https://github.example/pull/12")


def test_what_is_merged_and_not_applied_has_its_own_section_with_the_pull_request() -> None:
    shown = replace(plan(caused(TAX, Cause.MERGED)), recorded=True, pending=(PENDING,))
    assert [section.title for section in plan_tree(shown).sections] == ["Merged, not yet applied"]
    assert "merged: with commit 2b2b2b2b2b2b of pull request 12, not yet applied" in text(shown)
    assert "merged: with commit 2b2b2b2b2b2b, not yet applied" in text(
        replace(shown, pending=(replace(PENDING, pull=None),))
    )


def test_a_resource_with_several_causes_is_in_the_section_of_the_one_that_matters_most() -> None:
    def section(*causes: Cause) -> str:
        return plan_tree(replace(plan(caused(TAX, *causes)), recorded=True)).sections[0].title

    assert section(Cause.MERGED, Cause.DRIFT) == "Drift: live changed, the manifests did not"
    assert section(Cause.MERGED, Cause.YOURS) == "Your change"
    assert section(Cause.MERGED, Cause.BOTH) == "Changed on both sides since what was applied"


def test_a_plan_with_records_alone_counts_causes_and_names_what_is_not_known() -> None:
    shown = replace(plan(caused(TAX, Cause.MERGED)), recorded=True, unrecorded=("origin", "us"))
    assert f"Actions: {len(TAX.actions)} merged and not yet applied." in text(shown)
    assert "Not known what was applied: origin, us." in text(shown)
