"""Whatever a plan holds, the comment about it is whole, within its budget, and hides no deletion."""

import re
from collections import Counter
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # the package has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # the same
from hypothesis import given
from hypothesis import strategies as st

import hostile
from github_markdown import read
from trueup.errors import Diagnostic
from trueup.github.budget import COMMENT_BYTES, LEAST_BYTES, render_page
from trueup.github.fit import size
from trueup.github.page import Page, linked_layout
from trueup.model.plan import Plan, Verdict
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.tree import Tree
from unit.github.contexts import context

MARKER = "<!-- trueup:v1 comment key=0123456789abcdef run=1.1 -->"
BUDGETS = st.integers(LEAST_BYTES, COMMENT_BYTES)
HARMLESS = {
    *("h2", "h3", "p", "strong", "em", "code", "blockquote", "pre", "br", "a", "hr"),
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


def page(tree: Tree | None = None, diagnostics: tuple[Diagnostic, ...] = (), error: str = "") -> Page:
    return Page(
        title="trueup plan",
        marker=MARKER,
        tree=tree,
        diagnostics=diagnostics,
        error=error,
        footer=("Commit `abc`.",),
        more="All of it is in the report.",
        layout=linked_layout(context().line_url),
    )


def assert_sound(text: str, budget: int) -> None:
    assert size(text) <= budget
    assert text.startswith(f"{MARKER}\n")
    assert balanced(text)
    shown = read(text)
    assert set(shown.tags) <= HARMLESS
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", shown.outside_code)


@given(hostile.plans(), BUDGETS)
def test_a_plans_comment_is_sound_counts_all_and_shows_every_deletion(plan: Plan, budget: int) -> None:
    text = render_page(page(plan_tree(plan)), budget)
    assert_sound(text, budget)
    for number, resource in enumerate(plan.resources):
        if resource.verdict is Verdict.DELETE:
            assert re.search(rf"\*\*{resource.identity.kind}\*\* `+ ?r{number}-", text)
    counts = Counter(resource.verdict for resource in plan.resources)
    words = {"create": "to create", "delete": "to delete", "blocked": "blocked", "deferred": "deferred"}
    said = read(text).text
    for verdict, told in words.items():
        number = counts[Verdict(verdict)]
        assert not number or f"{number} {told}" in said


@given(hostile.plans(), BUDGETS, st.data())
def test_an_applys_comment_is_sound(plan: Plan, budget: int, data: st.DataObject) -> None:
    outcomes = data.draw(hostile.outcomes(plan))
    assert_sound(render_page(page(outcome_tree(plan, outcomes)), budget), budget)


@given(st.lists(hostile.diagnostics(), max_size=4), hostile.texts(), BUDGETS)
def test_a_failures_comment_is_sound(found: list[Diagnostic], error: str, budget: int) -> None:
    assert_sound(render_page(page(diagnostics=tuple(found), error=error), budget), budget)
