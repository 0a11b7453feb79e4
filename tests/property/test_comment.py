"""Whatever a plan holds, the comment about it is whole, within its budget, and hides no deletion."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import cmarkgfm  # type: ignore[import-untyped]  # the package has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # the same
from hypothesis import given, settings
from hypothesis import strategies as st

import hostile
from github_markdown import read
from trueup.errors import Diagnostic
from trueup.github.budget import COMMENT_BYTES, LEAST_BYTES, render_page, size_in_bytes
from trueup.github.inputs import Inputs
from trueup.github.page import page_of
from trueup.model.action import Create
from trueup.model.field import Risk
from trueup.model.identity import Kind
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.model.run import Outcome
from trueup.report.result import Result
from unit.github.contexts import context

FEWER = settings(max_examples=min(100, settings().max_examples // 2))
"""What is rendered is no law of diff, plan or apply, and each example is a page for GitHub's own parser."""

WORDS = {
    Verdict.CREATE: "to create",
    Verdict.UPDATE: "to update",
    Verdict.DELETE: "to delete",
    Verdict.DEFERRED: "deferred",
    Verdict.BLOCKED: "blocked",
    Verdict.UNREADABLE: "not readable",
    Verdict.UNCHANGED: "unchanged",
}
LESSER = {Verdict.CREATE, Verdict.UPDATE, Verdict.DEFERRED, Verdict.UNCHANGED}
NOT_ALL = "*Shortened to fit"

MARKER = "<!-- trueup:v2 comment key=0123456789abcdef run=1.1 -->"
BUDGETS = st.integers(LEAST_BYTES, 24_000) | st.just(COMMENT_BYTES)
HARMLESS = {
    *("h2", "h3", "p", "strong", "em", "code", "blockquote", "pre", "br", "a", "hr", "ul", "li"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class _Balance(HTMLParser):
    """Count tags that are open, and note any that is closed without being open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.crossed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self.crossed = self.crossed or not self.open or self.open.pop() != tag


def balanced(markdown: str) -> bool:
    """Return whether every tag that the text opens, raw ones included, is closed in its turn."""
    balance = _Balance()
    balance.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))
    balance.close()
    return not balance.open and not balance.crossed


def assert_sound(text: str, budget: int) -> None:
    assert size_in_bytes(text) <= budget
    assert text.startswith(f"{MARKER}\n")
    assert balanced(text)
    shown = read(text)
    assert set(shown.tags) <= HARMLESS
    assert shown.tags.count("pre") == len(re.findall(r"^`{3,}(?:diff|text)$", text, re.MULTILINE))
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", shown.outside_code)


@st.composite
def inputs(draw: st.DrawFn) -> Inputs:
    """Draw what a workflow may hand over: whoever writes it, or the names in it, wrote no Markdown."""
    some = st.lists(hostile.texts(), max_size=2).map(tuple)
    return Inputs(command="plan", comment_key=draw(hostile.texts()), targets=draw(some), paths=draw(some))


def rendered(report: Result, asked: Inputs, budget: int) -> str:
    """Return the comment as the step that posts it renders it."""
    return render_page(replace(page_of(report, context(), asked, reason="plan-failed"), marker=MARKER), budget)


def report(plan: Plan | None = None, **told: Any) -> Result:
    told = {"file": "d.json", "command": "plan", "status": 2, "diagnostics": (), "outcomes": None, "error": "", **told}
    return Result(plan=plan, **told)


def headlines(text: str) -> dict[int, str]:
    """Return the numbers of the resources that have a headline, with the signs."""
    found = re.findall(rf"^`(.)` \*\*(?:{'|'.join(Kind)})\*\* `+ ?r(\d+)-", text, re.MULTILINE)
    return {int(number): sign for sign, number in found}


def destroys(resource: ResourcePlan) -> bool:
    """Return whether something is lost for good: said here once more, from the plan alone."""
    sent = resource.verdict not in {Verdict.BLOCKED, Verdict.DEFERRED}
    risks = {action.risk for action in resource.actions if not isinstance(action.action, Create)}
    return resource.verdict is Verdict.DELETE or (sent and Risk.DESTRUCTIVE in risks)


@FEWER
@given(hostile.crowds(), BUDGETS, inputs())
def test_a_plans_comment_is_sound_and_counts_everything(plan: Plan, budget: int, asked: Inputs) -> None:
    text = rendered(report(plan), asked, budget)
    assert_sound(text, budget)
    counts = Counter(resource.verdict for resource in plan.resources)
    page = read(text)
    for verdict, words in WORDS.items():
        told = re.findall(rf"(?<![\d,])(\d+) {words}(?: \(|[,.])", page.text.partition("\n\n")[0])
        assert (
            told == ([str(counts[verdict])] if counts[verdict] else []) or counts[Verdict.UNCHANGED] == counts.total()
        )
    by_target = Counter((resource.identity.target, str(resource.verdict)) for resource in plan.resources)
    if page.rows and page.rows[0][0] == "Target":
        for target, numbers in page.rows[1:]:
            for number, word in re.findall(r"(\d+) (\w+)", numbers):
                by_target[target, word] -= int(number)
        assert not +by_target or NOT_ALL in text
        assert not -by_target
    else:
        assert len({target for target, _ in by_target}) < 2 or NOT_ALL in text


@FEWER
@given(hostile.crowds(), BUDGETS, inputs())
def test_every_deletion_is_visible_and_gives_way_last(plan: Plan, budget: int, asked: Inputs) -> None:
    text = rendered(report(plan), asked, budget)
    graves = {number for number, resource in enumerate(plan.resources) if destroys(resource)}
    told = re.search(r"\*\*Deletes, unlists or unpublishes (\d+) resource", text)
    assert (int(told[1]) if told else 0) == len(graves)
    named = headlines(text)
    if graves - named.keys():
        assert NOT_ALL in text
        lesser = {n for n, resource in enumerate(plan.resources) if resource.verdict in LESSER} - graves
        assert not named.keys() & lesser, "a deletion gave way to a lesser thing"
        assert "```diff" not in text


@FEWER
@given(hostile.crowds(), inputs())
def test_a_comment_that_is_not_called_shortened_holds_everything(plan: Plan, asked: Inputs) -> None:
    text = rendered(report(plan), asked, COMMENT_BYTES)
    if NOT_ALL in text:
        assert size_in_bytes(text) > COMMENT_BYTES // 2, "shortened although there was room"
        return
    silent = {n for n, r in enumerate(plan.resources) if r.verdict is Verdict.UNCHANGED and not _says(r)}
    assert headlines(text).keys() == set(range(len(plan.resources))) - silent


def _says(resource: ResourcePlan) -> bool:
    return bool(resource.actions or resource.findings or resource.error)


@FEWER
@given(hostile.ended_crowds(), BUDGETS, inputs())
def test_an_applys_comment_is_sound(ended: tuple[Plan, tuple[Outcome, ...]], budget: int, asked: Inputs) -> None:
    plan, outcomes = ended
    told = report(plan, outcomes=outcomes, command="apply", status=5)
    assert_sound(rendered(told, asked, budget), budget)


@FEWER
@given(st.lists(hostile.diagnostics(), max_size=4), st.integers(1, 60), hostile.texts(), BUDGETS, inputs())
def test_a_failures_comment_is_sound(
    found: list[Diagnostic], times: int, error: str, budget: int, asked: Inputs
) -> None:
    told = report(diagnostics=tuple(found * times), error=error * times)
    assert_sound(rendered(told, asked, budget), budget)
