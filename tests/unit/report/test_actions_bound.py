"""Renderings list a bounded number of the actions of a resource, and count the others."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from counting import calls
from trueup.edit.adopt import Adoption
from trueup.model.action import AddElement, Create, Reason, RemoveElement
from trueup.model.field import Risk
from trueup.model.plan import Drift, Fate, Plan, PlannedAction, ResourceDrift, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import ABSENT, Elements, Parts
from trueup.report.actions import ACTIONS_AT_MOST
from trueup.report.document import render_document
from trueup.report.drift import drift_tree
from trueup.report.html import render_html
from trueup.report.junit import render_junit
from trueup.report.markdown import render_markdown
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.result import Result
from trueup.report.text import render_text
from trueup.report.tree import Line, ReportEntryNode, ReportTree, Shown
from trueup.report.writeback import adopted_tree
from unit.report.samples import certification, outcome, plan, planned, resource

MORE = 7
OMITTED = f"and {MORE} more actions: --format json lists all"


def added(count: int) -> tuple[PlannedAction, ...]:
    return tuple(
        planned(AddElement("brands", (f"B{n}",), {}), ABSENT, Parts({}), reason=Reason.ELEMENT_MISSING)
        for n in range(count)
    )


def planned_for(*actions: PlannedAction, verdict: Verdict = Verdict.UPDATE) -> Plan:
    return plan(resource(certification("EPD"), verdict, *actions), requests=1)


def drifted(count: int) -> ResourceDrift:
    one = planned_for().resources[0]
    return ResourceDrift(identity=one.identity, fate=Fate.CHANGED, position=one.position, changes=added(count))


def ended(done: int, left: int) -> tuple[Plan, Outcome]:
    made = planned_for(*added(done + left))
    actions = [p.action for p in made.resources[0].actions]
    return made, outcome(made.resources[0], Status.FAILED, done=tuple(actions[:done]), left=tuple(actions[done:]))


def entry_of(tree: ReportTree) -> ReportEntryNode:
    return tree.sections[0].entries[0]


def texts(entry: ReportEntryNode) -> list[str]:
    return [block.subject or getattr(block.pieces[0], "text", "") for block in entry.blocks if isinstance(block, Line)]


MANY = ACTIONS_AT_MOST + MORE

TREES: dict[str, Callable[[int], ReportTree]] = {
    "plan": lambda count: plan_tree(planned_for(*added(count))),
    "drift": lambda count: drift_tree(Drift(resources=(drifted(count),))),
    "adopted": lambda count: adopted_tree([Adoption(drift=drifted(count), taken=added(count))], written=True),
    "done": lambda count: outcome_tree(ended(count, 0)[0], [ended(count, 0)[1]]),
    "not done": lambda count: outcome_tree(ended(0, count)[0], [ended(0, count)[1]]),
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_a_report_lists_a_bounded_number_of_actions_and_counts_the_others(tree: Callable[[int], ReportTree]) -> None:
    assert len(texts(entry_of(tree(ACTIONS_AT_MOST)))) == ACTIONS_AT_MOST
    *listed, omitted = texts(entry_of(tree(MANY)))
    assert listed == [f"B{n}" for n in range(ACTIONS_AT_MOST)]
    assert omitted == OMITTED


@pytest.mark.parametrize(
    "render",
    [
        lambda tree: render_text(tree, width=80, color=False, verbose=False),
        render_markdown,
        lambda tree: render_html(tree, command="plan"),
        lambda tree: render_junit(tree, command="plan"),
    ],
    ids=["text", "markdown", "html", "junit"],
)
def test_each_rendering_counts_the_actions_it_omits(render: Callable[[ReportTree], str]) -> None:
    # JUnit shows the actions of blocked resources as well.
    assert OMITTED in render(plan_tree(planned_for(*added(MANY), verdict=Verdict.BLOCKED)))


def test_each_change_that_is_not_written_has_its_reason() -> None:
    left = tuple((change, "of this") for change in added(MANY))
    entry = entry_of(adopted_tree([Adoption(drift=drifted(0), refused=left)], written=True))
    assert len(entry.blocks) == 2 * ACTIONS_AT_MOST + 1
    assert texts(entry)[-1] == f"and {MORE} more changes: --format json lists all"


def test_no_destructive_action_hides_behind_many_others() -> None:
    gone = planned(RemoveElement("brands", ("OLD",)), Parts({}), ABSENT, reason=Reason.ELEMENT_EXTRA)
    gone = replace(gone, risk=Risk.DESTRUCTIVE)
    *listed, omitted = texts(entry_of(plan_tree(planned_for(*added(MANY), gone))))
    assert listed == [*(f"B{n}" for n in range(ACTIONS_AT_MOST - 1)), "OLD"]
    assert omitted == f"and {MORE + 1} more actions: --format json lists all"


def test_risks_of_the_actions_that_are_not_listed_are_counted() -> None:
    seen = [replace(action, risk=Risk.VISIBLE) for action in added(MANY)]
    *_, omitted = texts(entry_of(plan_tree(planned_for(*seen))))
    assert omitted == f'and {MORE} more actions ({MORE} "changes what customers see"): --format json lists all'


def test_a_bounded_number_of_elements_of_a_new_resource_is_listed() -> None:
    create = planned(
        Create({"brands": Elements({(f"B{n}",): {} for n in range(MANY)})}), ABSENT, reason=Reason.DOES_NOT_EXIST
    )
    entry = entry_of(plan_tree(planned_for(create, verdict=Verdict.CREATE)))
    *elements, omitted, count = entry.blocks
    assert len(elements) == ACTIONS_AT_MOST
    assert isinstance(omitted, Line)
    assert isinstance(count, Line)
    assert (omitted.shown, texts(entry)[-2]) == (Shown.FOLDED, f"and {MORE} more elements: --format json lists all")


def test_the_json_document_lists_all_actions() -> None:
    document = json.loads(render_document(Result(command="plan", status=2, plan=planned_for(*added(MANY)))))
    assert len(document["plan"]["resources"][0]["actions"]) == MANY


def test_twice_the_actions_of_an_apply_are_twice_the_work() -> None:
    def work(count: int) -> int:
        made, end = ended(count, count)
        return calls(lambda: outcome_tree(made, [end]))

    work(2)
    assert work(400) < 2.5 * work(200)
