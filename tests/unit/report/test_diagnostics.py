import re
from dataclasses import replace
from functools import partial

import pytest

from github_markdown import read
from trueup.errors import Diagnostic, Severity
from trueup.model.position import Position
from trueup.report.diagnostics import (
    LONGEST_ANNOTATION,
    MOST_ANNOTATIONS,
    diagnostics_github,
    diagnostics_markdown,
    diagnostics_text,
    excerpt,
)

SOURCE = "apiVersion: trueup/v1\nkind: Connector\nspec:\n  nmae: Acme\n\tx: 1\n"


_NMAE = Diagnostic(
    code="unknown-field", message="There is no field nmae.", position=Position("a.yaml", 4, 3), path="spec.nmae"
)


def _found(file: str = "a.yaml", line: int = 4, column: int = 3, **texts: str) -> Diagnostic:
    return replace(_NMAE, position=Position(file, line, column), **texts)  # type: ignore[arg-type]  # texts only


def _warning(line: int = 1) -> Diagnostic:
    return Diagnostic(code="w", message="Careful.", position=Position("a.yaml", line, 1), severity=Severity.WARNING)


def _sources(file: str) -> str | None:
    return SOURCE if file == "a.yaml" else None


def test_text_shows_position_field_allowed_values_and_source_line() -> None:
    found = _found(allowed="name, description, ...", hint="Did you mean name?")
    assert diagnostics_text([found], color=False, sources=_sources).splitlines() == [
        "a.yaml:4:3: error[unknown-field]: spec.nmae: There is no field nmae.",
        "  4 |   nmae: Acme",
        "    |   ^",
        "  allowed: name, description, ...",
        "  hint: Did you mean name?",
        "",
        "1 error in 1 file.",
    ]


def test_a_terminal_gets_lines_that_are_broken_between_words_and_fit() -> None:
    found = _found(
        line=1, column=50, message="Nothing here says so. " * 9, allowed="One of " + "a, " * 60, hint="h " * 60
    )
    source = lambda _: "x" * 49 + "HERE" + "y" * 300  # noqa: E731 - a source in one line
    piped = diagnostics_text([found], color=False, sources=source).splitlines()
    shown = diagnostics_text([found], color=False, sources=source, width=60).splitlines()
    assert max(map(len, shown)) <= 60 < max(map(len, piped))
    sentences = [line for line in shown if " | " not in line]
    assert " ".join(" ".join(sentences).split()) == " ".join(
        " ".join(line for line in piped if " | " not in line).split()
    )
    caret = next(number for number, line in enumerate(shown) if line.endswith("^"))
    assert shown[caret - 1][shown[caret].index("^") :].startswith("HERE")


@pytest.mark.parametrize("place", [("b.yaml", 4, 3), ("a.yaml", 99, 1), ("a.yaml", 0, 0), ("a.yaml", 6, 1)])
def test_a_line_that_cannot_be_shown_is_left_out(place: tuple[str, int, int]) -> None:
    file, line, column = place
    text = diagnostics_text([_found(file=file, line=line, column=column)], color=False, sources=_sources)
    assert " | " not in text


def test_the_caret_is_below_the_column_of_a_long_line() -> None:
    source = "x" * 300 + "HERE" + "y" * 300
    text = diagnostics_text([_found(line=1, column=301)], color=False, sources=lambda _: source)
    _, line, caret, *_ = text.splitlines()
    assert line[caret.index("^") :].startswith("HERE")
    assert len(line) < 120


@pytest.mark.parametrize(
    ("length", "column", "shown"),
    [
        (100, 1, "x" * 100),
        (101, 1, "x" * 99 + "…"),
        (300, 101, "…" + "x" * 98 + "…"),
        (300, 261, "…" + "x" * 80),
    ],
)
def test_a_line_has_an_ellipsis_where_it_is_cut(length: int, column: int, shown: str) -> None:
    (_, line), _ = excerpt(["x" * length], Position("a.yaml", 1, column))
    assert line == shown


def test_the_caret_is_right_with_wide_characters_and_tabs() -> None:
    text = diagnostics_text([_found(line=1, column=4)], color=False, sources=lambda _: "\t你: HERE")
    _, line, caret, *_ = text.splitlines()
    assert line == "  1 |         你: HERE"
    assert caret == "    |           " + " ^"


def test_errors_come_before_warnings_and_then_by_position() -> None:
    found = [_warning(1), _found(line=9, message="second"), _found(line=2, message="first")]
    text = diagnostics_text(found, color=False)
    places = [text.index(word) for word in ("first", "second", "Careful", "2 errors and 1 warning in 1 file.")]
    assert places == sorted(places)


def test_no_diagnostics_are_an_empty_text() -> None:
    assert diagnostics_text([], color=False) == diagnostics_markdown([]) == diagnostics_github([]) == ""


def test_text_cannot_draw_and_is_coloured_only_when_asked() -> None:
    hostile = _found(message="\x1b[2J\n::error::x", file="\x1b.yaml", allowed="\x07", hint="\u202e")
    text = diagnostics_text([hostile], color=False, sources=lambda _: "a\nb\nc\n  \x1b[31m: x")
    assert all(char == "\n" or char.isprintable() for char in text)
    assert "\x1b[1;31merror[unknown-field]\x1b[0m" in diagnostics_text([hostile], color=True)


def test_markdown_has_one_item_per_diagnostic_for_any_text() -> None:
    hostile = _found(message="a | b `c` <i> @octocat\nnext", allowed="x | y", hint="#1", file="a|b`.yaml")
    page = read(diagnostics_markdown([hostile, _found()]))
    assert page.tags.count("li") == 2
    assert "Allowed: x | y" in page.text
    assert "@octocat" not in page.outside_code
    assert {"i", "a"}.isdisjoint(page.tags)


def _parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as the runner does: command, decoded properties, decoded message."""
    command, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()  # type: ignore[union-attr]  # a line that does not match must fail the test
    pairs = dict(pair.split("=", 1) for pair in properties.split(","))
    return (
        command,
        {key: _decoded(value, ("%3A", ":"), ("%2C", ",")) for key, value in pairs.items()},
        _decoded(message),
    )


def _decoded(text: str, *more: tuple[str, str]) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_an_annotation_has_its_position() -> None:
    (line,) = diagnostics_github([_found(allowed="name")]).splitlines()
    assert _parsed(line) == (
        "error",
        {"file": "a.yaml", "line": "4", "col": "3", "title": "unknown-field"},
        "spec.nmae: There is no field nmae.\nAllowed: name",
    )


def test_untrusted_text_cannot_issue_workflow_commands() -> None:
    hostile = _found(message="100%0A ::set-output name=x::y\r\n::warning::z", file="a:b,c=::d%.yaml")
    lines = diagnostics_github([hostile]).splitlines()
    assert len(lines) == 1
    command, properties, message = _parsed(lines[0])
    assert command == "error"
    assert properties["file"] == "a:b,c=::d%.yaml"
    assert message.startswith("spec.nmae: 100%0A ::set-output")


def test_no_more_annotations_than_a_runner_takes() -> None:
    found = [_found(line=line) for line in range(1, 40)] + [_warning(line) for line in range(1, MOST_ANNOTATIONS + 1)]
    parsed = [_parsed(line) for line in diagnostics_github(found).splitlines()]
    errors = [one for one in parsed if one[0] == "error"]
    assert len(errors) == MOST_ANNOTATIONS
    assert errors[-1][2].startswith("30 more, not shown here")
    assert [one[0] for one in parsed[MOST_ANNOTATIONS:]] == ["warning"] * MOST_ANNOTATIONS
    assert all("more" not in one[2] for one in parsed[MOST_ANNOTATIONS:])


def test_no_annotation_is_longer_than_a_runner_takes() -> None:
    (line,) = diagnostics_github([_found(message="x" * 9000)]).splitlines()
    assert len(_parsed(line)[2]) == LONGEST_ANNOTATION


def test_a_line_that_may_hold_a_secret_is_not_shown() -> None:
    found = _found()
    assert "nmae: Acme" in diagnostics_text([found], color=False, sources=_sources)
    assert "nmae: Acme" not in diagnostics_text([replace(found, quotable=False)], color=False, sources=_sources)


def test_equal_annotations_are_shown_once_and_counted_once() -> None:
    found = [_found(), _found(), _found(file="b.yaml")]
    assert len(diagnostics_github(found).splitlines()) == 2
    many = [_found(file=f"{number}.yaml") for number in range(12)]
    assert diagnostics_github([*many, *many]).splitlines()[-1].startswith("::error title=trueup::3 more, not shown")


def _dates(number: int) -> list[Diagnostic]:
    return [replace(_found(line=line + 1), code="date-format") for line in range(number)]


def test_many_diagnostics_are_counted_by_code_in_text_and_markdown() -> None:
    found = [*_dates(598), replace(_found(), code="required"), _warning()]
    counts = "599 errors and 1 warning in 1 file: 598 date-format, 1 required, 1 w."
    assert diagnostics_text(found, color=False).splitlines()[-1] == counts
    assert counts in diagnostics_markdown(found)
    assert diagnostics_text(_dates(19), color=False).splitlines()[-1] == "19 errors in 1 file."
    assert diagnostics_text(_dates(20), color=False).splitlines()[-1] == "20 errors in 1 file: 20 date-format."


def test_the_summary_names_the_most_frequent_codes_and_counts_the_others() -> None:
    found = [replace(_found(), code=f"code-{number}") for number in range(10) for _ in range(10 - number)]
    assert diagnostics_text(found, color=False).splitlines()[-1] == (
        "55 errors in 1 file: 10 code-0, 9 code-1, 8 code-2, 7 code-3, 6 code-4, 5 code-5, 4 code-6, 3 code-7, "
        "3 of 2 other codes."
    )


def test_text_and_markdown_show_a_hundred_diagnostics_and_count_the_others() -> None:
    found = _dates(1_602)
    for render in (partial(diagnostics_text, color=False), diagnostics_markdown):
        cut, whole = render(found), render(found, show_all=True)
        assert (cut.count("There is no field nmae"), whole.count("There is no field nmae")) == (100, 1_602)
        assert re.sub(r"\\(.)", r"\1", cut).count("1,502 more not shown: --all shows them") == 1
        assert "more not shown" not in whole
        assert "not shown" not in render(found[:100])


def test_errors_are_never_left_out_for_warnings() -> None:
    found = [*(_warning() for _ in range(500)), _found()]
    assert "There is no field nmae" in diagnostics_text(found, color=False)
