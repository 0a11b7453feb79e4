import pytest

from trueup.errors import Severity
from trueup.manifest.yaml_file import ReadFile, read_yaml
from trueup.manifest.yaml_reader import DEPTH_AT_MOST, NODES_AT_MOST, Bounds
from trueup.model.position import Step


def _read(text: str) -> ReadFile:
    return read_yaml(text.encode(), "a.yaml")


def _root(text: str) -> object:
    read = _read(text)
    assert not read.diagnostics
    return read.documents[0].root


def _problems(text: str) -> list[tuple[str, str]]:
    return [(problem.code, str(problem.position)) for problem in _read(text).diagnostics]


def _place(text: str, *path: Step) -> str:
    return str(_read(text).documents[0].positions.at(path)).removeprefix("a.yaml:")


def test_keys_are_always_text() -> None:
    assert _root("{1: a, true: b, null: c, no: d, 1.50: e, '': f, ~: g}") == {
        "1": "a", "true": "b", "null": "c", "no": "d", "1.50": "e", "": "f", "~": "g",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "? {a: 1}\n: 1\n", "{[a]: 1}", "a: &x 1\n*x : 2\n"])
def test_a_key_that_is_not_text_is_refused(text: str) -> None:
    assert [code for code, _ in _problems(text)] == ["bad-key"]


def test_a_repeated_key_is_found_with_both_places() -> None:
    read = _read("a: 1\nb: {x: 1}\na: {y: 2}\nc: 3\n")
    (problem,) = read.diagnostics
    assert (problem.code, str(problem.position)) == ("duplicate-key", "a.yaml:3:1")
    assert "line 1, column 1" in problem.message


def test_every_repeated_key_is_found_at_any_depth() -> None:
    text = "a:\n  - {k: 1, l: [1, 2], k: 2, k: 3}\n  - k: 1\n    'k': 2\n"
    assert _problems(text) == [("duplicate-key", f"a.yaml:{place}") for place in ("2:23", "2:29", "4:5")]


def test_after_a_repeated_key_the_first_value_is_kept_and_positions_are_right() -> None:
    text = "a: {p: 1}\na: {q: 2, r: 3}\nc:\n  d: 4\n"
    assert _read(text).documents[0].root == {"a": {"p": 1}, "c": {"d": 4}}
    assert [_place(text, *path) for path in [("a",), ("a", "p"), ("c",), ("c", "d")]] == ["1:1", "1:5", "3:1", "4:3"]


def test_a_document_with_a_repeated_key_says_so() -> None:
    assert [bool(document.diagnostics) for document in _read("a: 1\n---\na: 1\na: 2\n---\nb: 1\n").documents] == [
        False, True, False,
    ]  # fmt: skip


def test_an_alias_has_the_value_of_its_anchor() -> None:
    assert _root("a: &x [1, {b: &y text}]\nc: *x\nd: *y\n&k e: *k\n") == {
        "a": [1, {"b": "text"}], "c": [1, {"b": "text"}], "d": "text", "e": "e",
    }  # fmt: skip


def test_an_anchor_may_be_set_again() -> None:
    assert _root("[&x 1, *x, &x 2, *x]") == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a: &Acme Tax\n", [("unused-anchor", "a.yaml:1:4")]),
        ("- &x 1\n- &y 2\n- *y\n", [("unused-anchor", "a.yaml:1:3")]),
        ("a: &x 1\nb: *x\n", []),
        ("a: &x 'b'\nc: &y {d: e}\nf: &z\n", []),
    ],
)
def test_an_anchor_that_may_have_been_meant_as_text_is_warned_about(text: str, problems: list[tuple[str, str]]) -> None:
    assert _problems(text) == problems
    assert all(problem.severity is Severity.WARNING for problem in _read(text).diagnostics)


def test_an_anchor_ends_with_its_document() -> None:
    assert _problems("a: &x 1\n---\nb: *x\n") == [
        ("unused-anchor", "a.yaml:1:4"),
        ("unknown-anchor", "a.yaml:3:4"),
    ]


@pytest.mark.parametrize("text", ["*x\n", "a: *x\n", "- *x\n", "a: *x\nb: &x 1\n"])
def test_an_alias_without_an_anchor_before_it_is_refused(text: str) -> None:
    assert [code for code, _ in _problems(text)] == ["unknown-anchor"]


@pytest.mark.parametrize("text", ["&x [*x]", "a: &x {b: *x}", "&x [1, &x [*x]]"])
def test_an_alias_inside_its_own_anchor_is_refused(text: str) -> None:
    assert [code for code, _ in _problems(text)] == ["recursive-anchor"]


def test_an_alias_has_its_own_position_and_nodes_below_it_have_those_of_the_anchor() -> None:
    text = "a: &x\n  b: {c: 1}\nd: [0, *x, 2]\ne: 3\n"
    expected = {
        ("d",): "3:1", ("d", 1): "3:8", ("d", 1, "b"): "2:3", ("d", 1, "b", "c"): "2:7", ("d", 2): "3:12",
        ("e",): "4:1",
    }  # fmt: skip
    assert {path: _place(text, *path) for path in expected} == expected


def test_a_merge_key_takes_members_and_own_members_win() -> None:
    text = "base: &x {a: 1, b: {c: 2}}\nover: {b: 3, <<: *x, d: 4}\n"
    assert _root(text) == {"base": {"a": 1, "b": {"c": 2}}, "over": {"b": 3, "d": 4, "a": 1}}


def test_of_several_merged_mappings_the_first_wins() -> None:
    assert _root("- &x {a: 1, b: 1}\n- &y {b: 2, c: 2}\n- <<: [*x, *y]\n- <<: [*y, *x]\n- <<: {a: 9}\n") == [
        {"a": 1, "b": 1}, {"b": 2, "c": 2}, {"a": 1, "b": 1, "c": 2}, {"b": 2, "c": 2, "a": 1}, {"a": 9},
    ]  # fmt: skip


def test_a_merged_mapping_can_be_anchored_and_merged_again() -> None:
    assert _root("a: &x {p: 1}\nb: &y\n  <<: *x\n  q: 2\nc:\n  <<: *y\n") == {
        "a": {"p": 1}, "b": {"q": 2, "p": 1}, "c": {"q": 2, "p": 1},
    }  # fmt: skip


def test_merged_members_are_placed_where_they_were_written() -> None:
    text = "a: &x\n  p: 1\n  q: {r: 2}\nb:\n  <<: *x\n  s: {t: 3}\nc: 4\n"
    expected = {
        ("b",): "4:1", ("b", "s"): "6:3", ("b", "s", "t"): "6:7", ("b", "p"): "2:3", ("b", "q", "r"): "3:7",
        ("c",): "7:1",
    }  # fmt: skip
    assert {path: _place(text, *path) for path in expected} == expected


@pytest.mark.parametrize("key", ["'<<'", '"<<"', "! <<", "!!str <<"])
def test_a_merge_sign_that_is_text_is_a_key(key: str) -> None:
    assert _root(f"{{{key}: {{a: 1}}}}") == {"<<": {"a": 1}}


@pytest.mark.parametrize("key", ["<<", "'<<'"])
def test_a_second_merge_key_in_a_mapping_is_a_repeated_key(key: str) -> None:
    read = _read(f"- &x {{a: 1}}\n- <<: *x\n  b: {{<<: *x}}\n  {key}: {{a: 2, c: 3}}\n- <<: *x\n")
    if key != "<<":
        assert not read.diagnostics
        return
    (problem,) = read.diagnostics
    assert (problem.code, str(problem.position)) == ("duplicate-key", "a.yaml:4:3")
    assert "line 2, column 3" in problem.message
    assert read.documents[0].root == [{"a": 1}, {"b": {"a": 1}, "a": 1}, {"a": 1}]


def test_overridden_mappings_leave_no_positions() -> None:
    # Python gives the place in memory of one to the next.
    assert _root("- {<<: {<<: {a: 1}, b: 2}}\n" * 100) == [{"b": 2, "a": 1}] * 100


@pytest.mark.parametrize("value", ["! 12", "! true", "! '12'", "&y ! 12", "! &y 12", "!\n  12", "! |-\n  12"])
def test_the_tag_without_a_name_makes_text(value: str) -> None:
    (document,) = _read(f"a: {value}\nb: 1\n").documents
    assert document.root == {"a": "true" if "true" in value else "12", "b": 1}
    assert not document.diagnostics


@pytest.mark.parametrize(
    ("text", "place"), [("<<: 1", "1:1"), ("a: {<<: [1]}", "1:10"), ("<<: [{a: 1}, b]", "1:14"), ("<<:", "1:1")]
)
def test_only_mappings_can_be_merged(text: str, place: str) -> None:
    assert _problems(text) == [("bad-merge", f"a.yaml:{place}")]


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    ((code, place),) = _problems("\n".join(lines))
    assert code == "too-many-nodes"
    assert place.startswith("a.yaml:5:")


def test_aliases_may_expand_to_the_bound() -> None:
    items = ", ".join(["x"] * 999)
    lines = [f"a: &a [{items}]", f"b: [{', '.join(['*a'] * 98)}]"]
    assert not _problems("\n".join(lines))
    assert [code for code, _ in _problems("\n".join([*lines, f"c: [{', '.join(['*a'] * 3)}]"]))] == ["too-many-nodes"]
    assert 1 + 1 + 999 + 1 + 98 * 1000 < NODES_AT_MOST < 1 + 1 + 999 + 1 + 98 * 1000 + 1 + 3 * 1000


@pytest.mark.parametrize(("most", "codes"), [(21, []), (20, ["too-many-nodes"])])
def test_nodes_are_counted_as_they_are_after_merges(most: int, codes: list[str]) -> None:
    """Count four members below the root and four nodes below each, without those that a merge drops."""
    text = b"x: &x {a: 1, b: [2, 3]}\ny: {<<: *x}\nz: {<<: [*x, {a: [1, 1]}], a: 0, a: [7, 7]}\nw: *x\n"
    found = read_yaml(text, "a.yaml", Bounds(nodes=most)).diagnostics
    assert [problem.code for problem in found if problem.code != "duplicate-key"] == codes


def test_bounds_hold_for_every_document() -> None:
    read = read_yaml(b"a: 1\nb: 2\n", "a.yaml", Bounds(parts=4))
    assert [(problem.code, problem.message) for problem in read.diagnostics] == [
        ("too-many-nodes", "The document has more than 4 parts.")
    ]


def test_the_bound_on_depth_applies_to_aliases() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, DEPTH_AT_MOST + 1)]
    ((code, place),) = _problems("\n".join(lines))
    assert code == "too-deep"
    assert place == f"a.yaml:{DEPTH_AT_MOST}:{len(f'a{DEPTH_AT_MOST - 1}: &a{DEPTH_AT_MOST - 1} [') + 1}"


def test_tags_of_the_core_schema_decide() -> None:
    assert _root("[!!str 1, !!int '5', !!float 1.5, !!bool true, !!null null, !!str true, !!map {}, !!seq []]") == [
        "1", 5, 1.5, True, None, "true", {}, [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["!thing 1", "!!timestamp 2008-09-15", "!!binary aGk=", "!!set {a}", "!!python/name:os.system ''", "!<x> 1"],
)
def test_other_tags_are_refused(value: str) -> None:
    assert _problems(f"a: {value}") == [("unknown-tag", "a.yaml:1:4")]


@pytest.mark.parametrize("value", ["!!int x", "!!int 1.5", "!!bool 1", "!!null x", "!!float 1"])
def test_a_value_must_match_its_tag(value: str) -> None:
    assert _problems(f"a: {value}") == [("unknown-tag", "a.yaml:1:4")]


def test_an_unsupported_number_is_found() -> None:
    assert _problems("a: .nan\nb: [1e999]\n") == [("bad-number", "a.yaml:1:4"), ("bad-number", "a.yaml:2:5")]
    assert _root("a: '.nan'") == {"a": ".nan"}
