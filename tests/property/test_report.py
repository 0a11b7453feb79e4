"""Whatever a plan holds, its report is whole, honest and harmless."""

import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
from github_markdown import read
from trueup.errors import Diagnostic
from trueup.model.action import Create
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.model.run import Status
from trueup.report.diagnostics import diagnostics_github, diagnostics_markdown, diagnostics_text
from trueup.report.document import render_document
from trueup.report.layout import shown_swap
from trueup.report.markdown import render_markdown
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.result import Result
from trueup.report.text import render_text
from trueup.report.tree import ReportTree, Role, Span, Swap

pytestmark = pytest.mark.slow

OURS = re.compile(r"\x1b\[[0-9;]+m")

HARMLESS = {"h2", "h3", "p", "strong", "code", "blockquote", "pre", "br"}
LIST = {"ul", "li"}

WIDTHS = st.integers(60, 160)


def _harmless(text: str) -> bool:
    return all(char == "\n" or char.isprintable() for char in text)


def _shown(resource: ResourcePlan) -> bool:
    # No line stands for the creation of a resource without fields. Only a drawn plan calls such a resource unchanged.
    actions = [planned for planned in resource.actions if planned.action != Create({})]
    return bool(actions or resource.findings or resource.error) or resource.verdict is not Verdict.UNCHANGED


@hostile.RENDERED
@given(hostile.plans(), WIDTHS, st.booleans())
def test_no_plan_can_draw_on_a_terminal(plan: Plan, width: int, verbose: bool) -> None:  # noqa: FBT001 - drawn
    plain = render_text(plan_tree(plan), width=width, color=False, verbose=verbose)
    assert _harmless(plain)
    colored = render_text(plan_tree(plan), width=width, color=True, verbose=verbose)
    assert OURS.sub("", colored) == plain


@hostile.RENDERED
@given(hostile.plans(), WIDTHS)
def test_every_resource_that_is_not_simply_unchanged_has_a_headline(plan: Plan, width: int) -> None:
    text = render_text(plan_tree(plan), width=width, color=False, verbose=False)
    markdown = render_markdown(plan_tree(plan))
    for number, resource in enumerate(plan.resources):
        # A name that is longer than the line follows on the next one.
        headline = re.compile(rf"^  [-+~!?=] {resource.identity.kind}\s+r{number}-", re.MULTILINE)
        assert len(headline.findall(text)) == _shown(resource)
        assert len(re.findall(rf"\*\*{resource.identity.kind}\*\* `+ ?r{number}-", markdown)) == _shown(resource)


@hostile.RENDERED
@given(hostile.plans())
def test_counts_are_those_of_the_plan(plan: Plan) -> None:
    tree = plan_tree(plan)
    counts = Counter(resource.verdict.value for resource in plan.resources)
    assert {verdict: number for verdict, number in tree.counts.items() if number} == counts
    assert Counter(entry.word for section in tree.sections for entry in section.entries) == counts


def _assert_harmless(markdown: str, allowed: set[str]) -> None:
    page = read(markdown)
    assert set(page.tags) <= allowed
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", page.outside_code)


def _sections(tree: ReportTree) -> int:
    return sum(any(entry.shown != "full" for entry in section.entries) for section in tree.sections)


@hostile.RENDERED
@given(hostile.plans())
def test_no_plan_can_break_out_of_its_markdown(plan: Plan) -> None:
    tree = plan_tree(plan)
    markdown = render_markdown(tree)
    _assert_harmless(markdown, HARMLESS)
    assert read(markdown).tags.count("h3") == _sections(tree)


@hostile.RENDERED
@given(st.data(), hostile.plans(), WIDTHS)
def test_no_outcome_can_break_its_report(data: st.DataObject, plan: Plan, width: int) -> None:
    ended = data.draw(hostile.outcomes(plan))
    tree = outcome_tree(plan, ended)
    assert _harmless(render_text(tree, width=width, color=False, verbose=False))
    page = read(render_markdown(tree))
    _assert_harmless(render_markdown(tree), HARMLESS | LIST)
    assert page.tags.count("li") == sum(len(outcome.fields) for outcome in ended)
    counts = Counter(outcome.status for outcome in ended)
    assert {Status(status): number for status, number in tree.counts.items() if number} == counts


@hostile.RENDERED
@given(hostile.texts(), hostile.texts(), st.none() | st.integers(16, 80))
def test_two_values_that_differ_never_look_the_same(before: str, after: str, limit: int | None) -> None:
    shown = [span.text for span in shown_swap(Swap(Span(before, Role.BEFORE), Span(after, Role.AFTER)), limit)]
    assert (shown[0] == shown[1]) == (before == after)


@hostile.RENDERED
@given(st.data(), hostile.plans(), st.lists(hostile.diagnostics(), max_size=3))
def test_every_document_is_one_of_plain_json(data: st.DataObject, plan: Plan, found: list[Diagnostic]) -> None:
    ended = data.draw(hostile.outcomes(plan))
    text = render_document(Result(command="apply", status=5, diagnostics=tuple(found), plan=plan, outcomes=ended))
    document = json.loads(text)
    assert text.isascii()
    assert [len(document[part]) for part in ("diagnostics", "outcomes")] == [len(found), len(ended)]
    assert document["outcomes"] == [] or document["outcomes"][0]["message"] == ended[0].message


@hostile.RENDERED
@given(st.lists(hostile.diagnostics(), max_size=25), hostile.texts())
def test_no_diagnostic_can_do_harm(found: list[Diagnostic], source: str) -> None:
    assert _harmless(diagnostics_text(found, color=False, sources=lambda _: source))
    lines = diagnostics_github(found).split("\n")
    assert lines.pop() == ""
    assert all(re.match(r"::(error|warning) (file=[^,:]*,line=\d+,col=\d+,)?title=[^,:]*::", line) for line in lines)
    assert _harmless("".join(lines))
    page = read(diagnostics_markdown(found))
    assert set(page.tags) <= HARMLESS | LIST
    assert page.tags.count("li") == len(found)
