import pytest

from github_markdown import read
from trueup.report.markdown import code, fenced, prose

HOSTILE = [
    "a | b",
    "`code` and ``more``",
    "<script>alert(1)</script> <!-- hidden --> <details>",
    "**bold** _it_ ~~gone~~ ~one~",
    "[link](https://evil.example) ![image](x)",
    "<https://evil.example>",
    "back\\slash \\| \\`",
    "&lt; &amp; &#64;",
    "- a list",
    "+ a list",
    "1. a list",
    "12) a list",
    "# heading",
    "> quote",
    "=== ---",
    "$x^2$",
    "[^1] [ ] [x]",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(("markdown", "words"), [("{}", "{}"), ("> {}", "{}"), ("**word:** {}", "word: {}")])
def test_prose_reads_as_it_was_written(text: str, markdown: str, words: str) -> None:
    page = read(markdown.format(prose(text)))
    assert page.text.replace("\u200b", "").strip() == words.format(text)
    assert set(page.tags) <= {"p", "blockquote", "strong"}


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("ask @octocat", "@\u200boctocat"),
        ("see #123", "#\u200b123"),
        ("see GH-7", "GH-\u200b7"),
        ("mail a@b.example", "a@\u200bb"),
        ("at https://evil.example/x", "https:\u200b//"),
        ("at www.evil.example", "www\u200b.evil"),
    ],
)
def test_prose_has_no_mentions_and_no_links(text: str, parted: str) -> None:
    page = read(prose(text))
    assert page.tags == ["p"]
    assert parted in page.text


@pytest.mark.parametrize("text", [*HOSTILE, "`", "``", "a`", "`a", " a ", "| |", "\\|", "x\ny"])
def test_a_code_span_contains_its_text(text: str) -> None:
    shown = text.replace("\n", "\\n")
    assert read(f"is {code(text)}.").codes == [shown]


@pytest.mark.parametrize("text", [*HOSTILE, "`", "a||b", "\\|", "end\\"])
def test_a_table_cell_stays_one_cell(text: str) -> None:
    page = read(f"| A | B |\n|---|---|\n| {code(text, cell=True)} | {prose(text)} |\n")
    assert page.tags.count("td") == 2
    assert page.tags.count("tr") == 2
    assert page.codes == [text]
    assert page.outside_code.replace("\u200b", "").split() == ["A", "B", *text.split()]


@pytest.mark.parametrize("run", ["```", "````", "~~~", "`" * 20])
def test_a_fence_is_longer_than_the_backticks_in_it(run: str) -> None:
    lines = [f"{run}", "after"]
    page = read("\n".join(fenced(lines, "text")))
    assert page.tags == ["pre", "code"]
    assert page.codes == [f"{run}\nafter\n"]


def test_an_empty_text_is_still_a_code_span() -> None:
    assert read(f"a {code('')} b").tags == ["p", "code"]
