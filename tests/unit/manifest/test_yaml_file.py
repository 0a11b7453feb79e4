import json
from decimal import Decimal

import pytest

from trueup.errors import Severity
from trueup.manifest.yaml_file import BYTES_AT_MOST, ReadFile, read_yaml
from trueup.manifest.yaml_reader import DEPTH_AT_MOST, TEXT_AT_MOST


def _read(text: str | bytes) -> ReadFile:
    return read_yaml(text.encode() if isinstance(text, str) else text, "a.yaml")


def _roots(text: str | bytes) -> list[object]:
    read = _read(text)
    assert read.complete
    assert not read.diagnostics
    return [document.root for document in read.documents]


def _problem(text: str | bytes) -> tuple[str, str]:
    """Return the code and the position of the only problem."""
    (problem,) = _read(text).diagnostics
    assert problem.severity is Severity.ERROR
    return problem.code, str(problem.position)


def test_values_have_the_types_of_yaml_1_2() -> None:
    text = "{a: 1, b: 1.50, c: 'no', d: no, e: true, f: 'true', g: null, h: , i: 2008-09-15, j: \"\\u00e9\"}"
    assert _roots(text) == [
        {
            "a": 1, "b": Decimal("1.50"), "c": "no", "d": "no", "e": True, "f": "true", "g": None, "h": None,
            "i": "2008-09-15", "j": "é",
        }
    ]  # fmt: skip


def test_block_texts_are_texts() -> None:
    assert _roots("a: |\n  1\n  2\nb: >-\n  1\n  2\n") == [{"a": "1\n2\n", "b": "1 2"}]


def test_a_file_may_have_many_documents_and_empty_ones_do_not_count() -> None:
    assert _roots("---\na: 1\n---\n---\n# nothing\n...\n---\n- b\n---\nc\n...\n") == [{"a": 1}, ["b"], "c"]


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "---\n", "~\n", "--- null\n...\n"])
def test_a_file_may_be_empty(text: str) -> None:
    assert _roots(text) == []


def test_json_is_yaml() -> None:
    assert _roots('{"a": [1, 2.5, "x", true, null], "b": {}}') == [{"a": [1, Decimal("2.5"), "x", True, None], "b": {}}]


def test_windows_line_ends_are_line_ends() -> None:
    read = _read("a: 1\r\nb:\r\n  - c\r\n")
    assert read.documents[0].root == {"a": 1, "b": ["c"]}
    assert str(read.documents[0].positions.at(("b", 0))) == "a.yaml:3:5"


def test_a_byte_order_mark_is_ignored_with_a_warning() -> None:
    read = _read(b"\xef\xbb\xbfa: 1\n")
    assert [document.root for document in read.documents] == [{"a": 1}]
    assert [(d.code, d.severity, str(d.position)) for d in read.diagnostics] == [
        ("byte-order-mark", Severity.WARNING, "a.yaml:1:1")
    ]
    assert str(read.documents[0].positions.at(("a",))) == "a.yaml:1:1"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_named(encoding: str) -> None:
    read = _read("a: 1".encode(encoding))
    (problem,) = read.diagnostics
    assert (problem.code, str(problem.position)) == ("bad-encoding", "a.yaml:1:1")
    assert encoding[:6].upper() in problem.message
    assert not read.documents


def test_a_byte_that_is_not_utf_8_is_found() -> None:
    assert _problem("a: é\nbé: ".encode() + "Zürich".encode("latin-1")) == ("bad-encoding", "a.yaml:2:6")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x80", "\ufffe", "\ufeff"])
def test_a_forbidden_character_is_found(character: str) -> None:
    assert _problem(f"ab: 1\nb: x{character}") == ("bad-encoding", "a.yaml:2:5")


SEPARATORS = ["\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("character", SEPARATORS)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: x # a comment{}b: 1\n", "1:17"),
        ("# a comment{}", "1:12"),
        ("a: 'x{}'\n", "1:6"),
        ("a: |\n  x{}y\n", "2:4"),
        ("a: x{}y\n", "1:5"),
        ("a: 1{}b: 2\n", "1:5"),
        ("{{'a{}': 1}}\n", "1:4"),
        ('a: "{0}"\nb: "x" # {0}"\n', "2:10"),
        ("a: 1\n{}", "2:1"),
        ('- 1 # {}\n- "x"\n', "1:7"),
    ],
)
def test_a_line_separator_outside_double_quotes_is_refused(text: str, place: str, character: str) -> None:
    read = _read(text.format(character))
    (problem,) = read.diagnostics
    assert (problem.code, str(problem.position)) == ("bad-encoding", f"a.yaml:{place}")
    assert f"U+{ord(character):04X}" in problem.message
    assert not read.complete


@pytest.mark.parametrize("character", SEPARATORS)
def test_a_line_separator_between_double_quotes_is_a_character_and_ends_no_line(character: str) -> None:
    text = json.dumps({"a": f"x {character} y", f"b{character}": [1, 2]}, ensure_ascii=False)
    assert _roots(text) == [json.loads(text)]
    assert str(_read(text).documents[0].positions.at((f"b{character}", 1))) == f"a.yaml:1:{text.index('2]') + 1}"


@pytest.mark.parametrize("indent", [None, 2])
def test_json_with_surrogate_pairs_is_read_and_marks_stay_right(indent: int | None) -> None:
    root = {"😀": ["a\\ud83d", "\\😀\\\\", "\U0010ffff\U000ffffd", "\ue000"], "b": "x"}
    text = json.dumps(root, indent=indent)
    assert "\\ud83d\\ude00" in text
    (document,) = _read(text).documents
    assert document.root == root
    line = text[: text.index('"b"')].count("\n") + 1
    column = text.index('"b"') - text.rfind("\n", 0, text.index('"b"'))
    assert str(document.positions.at(("b",))) == f"a.yaml:{line}:{column}"


def test_an_escape_outside_double_quotes_is_text() -> None:
    assert _roots("a: '\\ud83d\\ude00'\nb: \\ud83d # \\ud83d\nc: |-\n  \\ude00\nd: \"\\ud83d\\ude00\"\n") == [
        {"a": "\\ud83d\\ude00", "b": "\\ud83d", "c": "\\ude00", "d": "😀"}
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a: "\\ud800"\n', "1:5"),
        ('b: 1\na: "x\\uDE00\\ud83d"\n', "2:6"),
        ('a: "\\ud83d\\ude00\\ud83d"\n', "1:17"),
        ('a: "\\ud83d \\ude00"\n', "1:5"),
        ('"\\udfff": 1\n', "1:2"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused(text: str, place: str) -> None:
    (problem,) = _read(text).diagnostics
    assert (problem.code, str(problem.position)) == ("bad-encoding", f"a.yaml:{place}")
    assert "surrogate" in problem.message


@pytest.mark.slow
def test_a_file_with_every_unicode_character_is_refused() -> None:
    every = "".join(map(chr, range(0x10000, 0x110000)))
    assert _problem(f"# {every}\u2028") == ("bad-encoding", "a.yaml:1:1")


@pytest.mark.parametrize("marker", ["<<<<<<< ours", "||||||| 1a2b3c", "=======", ">>>>>>> theirs", "<<<<<<<"])
@pytest.mark.parametrize("text", ["a: 1\n{}\nb: 2\n", "a: [b,\n{}\nc]\n", 'a: "b\n{}\nc"\n', "a: b\n{}\r\n"])
def test_a_conflict_marker_is_found_anywhere(text: str, marker: str) -> None:
    assert _problem(text.format(marker)) == ("conflict-marker", "a.yaml:2:1")


def test_a_line_that_only_resembles_a_conflict_marker_is_text() -> None:
    assert _roots('"a\n========\nb"\n') == ["a ======== b"]
    assert _roots("a: |\n  =======\nb: ========\nc: <<<<<<< x\n") == [
        {"a": "=======\n", "b": "========", "c": "<<<<<<< x"}
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1, 2", "a.yaml:1:4"),
        ("b: 1\na: 'x\nb: 1\n", "a.yaml:2:4"),
        ("a: b: c\n", "a.yaml:1:4"),
        ("a: 1\n b: 2\n", "a.yaml:2:2"),
        ("a: b\nc\nd: 1\n", "a.yaml:2:1"),
        ("- a\nb: 1\n", "a.yaml:2:1"),
        ("a: {b: 1]\n", "a.yaml:1:9"),
        ("a: @b\n", "a.yaml:1:4"),
        ("%YAML 3.0\n---\na: 1\n", "a.yaml:1:1"),
    ],
)
def test_invalid_yaml_is_an_error(text: str, place: str) -> None:
    code, found = _problem(text)
    assert code == "yaml-syntax"
    assert found == place


def test_a_syntax_error_names_where_the_node_began() -> None:
    (problem,) = _read("a:\n  b: 1\n - c\n").diagnostics
    assert "at line 1, which is indented by 0" in problem.message
    (problem,) = _read("%YAML 3.0\n---\na: 1\n").diagnostics
    assert problem.message == "This is not YAML: found incompatible YAML document."


@pytest.mark.parametrize("text", ["a:\n\t- b\n", "a:\n  b: 1\n\tc: 2\n", "\ta: 1\n"])
def test_a_tab_for_indentation_is_called_a_tab(text: str) -> None:
    code, place = _problem(text)
    assert code == "yaml-tab"
    assert place.split(":")[1] == str(next(n for n, line in enumerate(text.split("\n"), 1) if "\t" in line))


def test_a_tab_within_a_text_is_no_problem() -> None:
    assert _roots("a: x\ty\nb: '\t'\n") == [{"a": "x\ty", "b": "\t"}]


def test_documents_before_a_syntax_error_are_read_and_the_file_is_incomplete() -> None:
    read = _read("a: 1\n---\nb: [\n")
    assert [document.root for document in read.documents] == [{"a": 1}]
    assert not read.complete


def test_a_file_too_large_is_not_read() -> None:
    assert _problem(b"#" * (BYTES_AT_MOST + 1)) == ("file-too-large", "a.yaml:1:1")
    assert _roots(b"#" * BYTES_AT_MOST) == []


def test_a_text_too_long_is_refused() -> None:
    assert _problem(f"a: 1\nb: {'x' * (TEXT_AT_MOST + 1)}\n") == ("text-too-long", "a.yaml:2:4")
    assert _roots(f"b: {'x' * TEXT_AT_MOST}\n") == [{"b": "x" * TEXT_AT_MOST}]


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_depth_is_bounded(open_: str, close: str) -> None:
    assert len(_roots(open_ * DEPTH_AT_MOST + close * DEPTH_AT_MOST)) == 1
    levels = DEPTH_AT_MOST + 1
    assert _problem(open_ * levels + "1" + close * levels)[0] == "too-deep"


def test_a_hundred_thousand_brackets_are_refused_quickly() -> None:
    assert _problem("[" * 100_000)[0] == "too-deep"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: " + "[" * 2000, "a.yaml:2:67"),
        ("é: " + "[" * 2000, "a.yaml:1:67"),
        ("{a: " * 1500, "a.yaml:1:257"),
        ("- " * 3000 + "x\n", "a.yaml:1:129"),
        ("".join(f"{'  ' * level}a:\n" for level in range(1500)), "a.yaml:65:129"),
    ],
)
def test_a_document_too_deep_for_libyaml_is_reported_at_our_own_bound(text: str, place: str) -> None:
    assert _problem(text) == ("too-deep", place)


@pytest.mark.slow
def test_the_number_of_nodes_is_bounded() -> None:
    assert _problem("[" + "1," * 200_001 + "]") == ("too-many-nodes", "a.yaml:1:1")
    assert _problem("{" + ",".join(f"k{n}: 1" for n in range(100_001)) + "}") == ("too-many-nodes", "a.yaml:1:1")
