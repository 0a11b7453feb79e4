import pytest

from trueup.errors import Severity
from trueup.manifest.validate import check_text
from trueup.manifest.yaml_file import read_yaml
from trueup.manifest.yaml_syntax import LINE_AT_MOST, LINES_BEFORE, SYNTAX_CHARACTERS, correction

HEAD = "apiVersion: trueup/v1\nkind: Connector\nmetadata:\n  key: acme-tax\nspec:\n"


def _problem(text: str, *, quotable: bool = True) -> tuple[str, str, str]:
    (problem,) = read_yaml(text.encode(), "a", quotable=quotable).diagnostics
    return str(problem.position), problem.message, problem.hint


def test_a_correction_that_does_not_help_is_not_offered() -> None:
    assert _problem("a: 1\n- b\n") == (
        "a:2:1",
        "This line is not a key of the mapping at line 1, which is indented by 0.",
        "",
    )


@pytest.mark.parametrize("kind", ["[", "{", "[Connector", "{Connector"])
def test_a_kind_that_is_not_text_raises_nothing(kind: str) -> None:
    place, message, _ = _problem(f"apiVersion: trueup/v1\nkind: {kind}\nmetadata: {{key: tax}}\n")
    assert (place, message) == ("a:2:7", "The bracket that opens here is not closed.")


def test_a_correction_counts_when_the_next_mistake_is_further_down() -> None:
    text = HEAD + "  name: @acme\n  description: x\n  documentationUrl: `b`\n"
    assert _problem(text)[::2] == ("a:6:9", "Write: name: '@acme'")


def test_a_correction_that_obeys_the_schema_is_preferred() -> None:
    # In YAML, the line could also continue the list with a text, or be a key of the root.
    text = HEAD + "  name: Acme\n  brands: &b\n description: x\n"
    assert _problem(text)[::2] == ("a:8:2", "Write with 2 spaces before it: description: x")


def test_a_line_that_may_belong_to_either_of_two_blocks_is_named_without_a_correction() -> None:
    text = HEAD + "  creator:\n    email: a@b.example\n   name: Acme\n  description: x\n"
    assert _problem(text) == ("a:8:4", "This line is indented by 3, but the block that began at line 7 by 4.", "")


def test_no_line_is_shown_of_a_file_that_must_not_be_quoted() -> None:
    place, message, hint = _problem("a: 'hunter2\n", quotable=False)
    assert place == "a:1:4"
    assert message == "The quote that opens here is not closed."
    assert not hint
    assert not _problem("a: *hunter2\n", quotable=False)[2]


def test_windows_line_ends_are_no_part_of_a_correction() -> None:
    text = (HEAD + "  name: @acme\n  description: x\n").replace("\n", "\r\n")
    assert _problem(text)[::2] == ("a:6:9", "Write: name: '@acme'")


JSON = (
    '{\n "apiVersion": "trueup/v1",\n "kind": "Connector",\n "metadata": {"key": "tax"},\n "spec": {"name": "A"}\n}\n'
)


@pytest.mark.parametrize(
    ("instead_of", "written", "place", "hint"),
    [
        ('"Connector",', '"Connector"', "3:21", 'Write: "kind": "Connector",'),
        ('"kind": ', '"kind" ', "3:8", 'Write: "kind": "Connector",'),
        ('"tax"}', '"tax"', "4:14", 'Write: "metadata": {"key": "tax"},'),
        ('"Connector",', '"Connector,', "3:10", 'Write: "kind": "Connector",'),
        ('"name": "A"', '"name": "A" "description": "B"', "5:22", 'Write: "spec": {"name": "A", "description": "B"}'),
    ],
)
def test_mistakes_in_json_are_found(instead_of: str, written: str, place: str, hint: str) -> None:
    assert _problem(JSON.replace(instead_of, written))[::2] == (f"a:{place}", hint)


def test_only_the_document_with_the_mistake_is_tried() -> None:
    text = HEAD + "  name: Acme\n---\n" + HEAD + "  name: @acme\n---\n" + HEAD + "  name: `acme`\n"
    read = read_yaml(text.encode(), "a")
    assert len(read.documents) == 1
    assert [(str(each.position), each.hint) for each in read.diagnostics] == [("a:13:9", "Write: name: '@acme'")]


def test_a_quote_that_is_open_for_long_is_found_where_it_opens() -> None:
    more = "".join(f"  x{n}: y\n" for n in range(LINES_BEFORE - 10))
    place, message, hint = _problem(HEAD + '  name: "Acme\n' + more + '  description: "x"\n')
    assert (place, hint) == ("a:6:9", 'Write: name: "Acme"')
    assert "not closed" in message


def test_trials_are_bounded() -> None:
    long = "x" * (LINE_AT_MOST + 1)
    assert not _problem(HEAD + f"  name: @{long}\n")[2]
    lines = ["a: @b", *["c: d"] * (SYNTAX_CHARACTERS // 4)]
    assert correction(lines, 0, None) is not None  # only a part of the lines is tried
    assert correction(["a: @b", "c: " + "d" * SYNTAX_CHARACTERS], 0, None) is None


@pytest.mark.parametrize("text", ["{[a]: b}", "? [a]\n: b"])
def test_a_key_that_is_neither_text_nor_a_template_has_no_correction(text: str) -> None:
    assert "plain text" in _problem(text)[1]


@pytest.mark.parametrize(
    ("lines", "place", "hint"),
    [
        ("  integrationTypes:\n    -tax\n", "7:6", "Write: - tax"),
        ("  name:Acme\n", "6:8", "Write: name: Acme"),
        ("  creator: {email:a@b.example}\n", "6:13", "Write: creator: {email: a@b.example}"),
        ("  integrationTypes:\n    - tax\n      - psp\n", "8:7", "Write with 4 spaces before it: - psp"),
    ],
)
def test_a_mistake_in_valid_yaml_replaces_the_problems_that_follow_from_it(lines: str, place: str, hint: str) -> None:
    (problem,) = check_text((HEAD + lines).encode(), "a").diagnostics
    assert (str(problem.position), problem.hint) == (f"a:{place}", hint)


def test_problems_that_do_not_follow_from_the_mistake_are_reported_as_well() -> None:
    problems = check_text((HEAD + "  nme: Acme\n  integrationTypes:\n    -tax\n").encode(), "a").diagnostics
    assert [(p.code, str(p.position)) for p in problems] == [("unknown-field", "a:6:3"), ("wrong-type", "a:8:6")]


def test_a_problem_without_such_a_mistake_does_not_change() -> None:
    (problem,) = check_text(
        (HEAD + "  description: http://acme.example\n  integrationTypes: tax\n").encode(), "a"
    ).diagnostics
    assert str(problem.position) == "a:7:3"
    assert problem.hint.startswith("Write it as a list of one")


def test_a_manifest_with_an_anchor_that_nothing_uses_is_good_and_warned_about() -> None:
    checked = check_text((HEAD + "  name: &Acme Tax\n").encode(), "a")
    assert [(found.code, found.severity) for found in checked.diagnostics] == [("unused-anchor", Severity.WARNING)]
    assert [document.good for document in checked.documents] == [True]


def test_invalid_utf_8_after_a_refused_document_does_not_crash_the_check() -> None:
    problems = check_text(HEAD.encode() + b"  nme: x\n---\na: \xff\n", "a").diagnostics
    assert {each.code for each in problems} >= {"bad-encoding"}
