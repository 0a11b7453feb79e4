"""Whatever a team writes above or below a comment, the plan beside it stays outside of it and visible."""

from dataclasses import replace
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]  # the package has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # the same
from hypothesis import example, given
from hypothesis import strategies as st

from trueup.github.budget import COMMENT_BYTES, LEAST_BYTES, render_page
from trueup.github.inputs import Inputs
from trueup.github.own_markdown import OWN_BYTES, closed_markdown
from trueup.github.page import page_of
from trueup.report.result import Result
from unit.github.contexts import context
from unit.report.samples import FULL

FRAGMENTS = st.sampled_from(
    (
        *("<details>", "<details open>", "<summary>", "</details>", "<details", "<details title='", '<a href="', "<b>"),
        *(
            "</b>",
            "<!--",
            "-->",
            "<!-- a -->",
            "<![CDATA[",
            "<?php",
            "<!X",
            "<script>",
            "<style>",
            "<pre>",
            "<textarea>",
        ),
        *(
            "<table><tr><td>",
            "<div>",
            "<img src=x",
            ">",
            '"',
            "'",
            "`",
            "``",
            "```",
            "````",
            "~~~",
            "```diff",
            "``` a`b",
        ),
        *(
            "- ",
            "1. ",
            "> ",
            "  ",
            "    ",
            "\t",
            "# ",
            "text",
            "\n",
            "\n\n",
            "\n```\n",
            "\n  ```\n",
            "\n~~~~\n",
            "\r",
            "\0",
        ),
        *(
            "[x]: y",
            "[^1]: ",
            "| a |",
            "---",
            "\\",
            "&lt;",
            "é",
            "\ud800",
            "<li>",
            "</li>",
            "<ul>",
            "<DETAILS>",
            "<h2>",
        ),
    )
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=3), max_size=14).map("".join)
SENTINEL = "Plan of all"


class _Folds(HTMLParser):
    """Count the folds that are open where the sentinel's title is."""

    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        self.heading = False
        self.seen: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open += tag == "details"
        self.heading = tag == "h2"

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag == "details" and self.open > 0

    def handle_data(self, data: str) -> None:
        if self.heading and data == SENTINEL:
            self.seen.append(self.open)


def html(markdown: str) -> str:
    made: str = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return made


@given(TEXTS)
@example("- a\n  ```")
@example("<details>\n```\n</details>")
@example("```\n<details>\n```\n<details>\n```\n</details>")
@example("<details><table><tr><td></details>")
@example("``` a`b\n~~~")
@example("<details>\n```\n\n```")
def test_what_follows_is_a_title_outside_of_every_fold(own: str) -> None:
    folds = _Folds()
    folds.feed(html(f"{closed_markdown(own)}\n## {SENTINEL}\n\nmore"))
    folds.close()
    assert folds.seen == [0]


@given(TEXTS, st.integers(1, 400))
def test_the_size_is_bounded_and_what_was_cut_is_closed(own: str, times: int) -> None:
    made = closed_markdown(own * times)
    assert len(made.encode()) < 6 * OWN_BYTES
    folds = _Folds()
    folds.feed(html(f"{made}\n## {SENTINEL}\n"))
    folds.close()
    assert folds.seen == [0]


@given(TEXTS, TEXTS, st.integers(1, 300), st.sampled_from((LEAST_BYTES, 8_000, COMMENT_BYTES)))
def test_a_page_keeps_its_marker_its_verdict_and_its_budget(header: str, footer: str, times: int, budget: int) -> None:
    asked = Inputs(command="plan", comment_header=header * times, comment_footer=footer * times)
    of = page_of(Result(command="plan", status=2, plan=FULL), context(), asked, reason="")
    text = render_page(replace(of, marker="<!-- marker -->"), budget)
    assert len(text.encode()) <= budget
    assert text.startswith("<!-- marker -->\n")
    assert "**Plan: 1 to create" in text


@given(st.lists(st.sampled_from(("Ask **us** in [chat](https://chat.example).", "- a\n- b", "a < b", "```\n<b\n```"))))
def test_usual_markdown_reads_the_same(parts: list[str]) -> None:
    own = "\n\n".join(parts)
    assert html(closed_markdown(own)) == html(own)
