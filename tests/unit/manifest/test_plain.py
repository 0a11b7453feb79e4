"""What is written the plain way, and what is not."""

from pathlib import Path
from typing import Any

import pytest

from trueup.manifest.parsed import TEXT_AT_MOST
from trueup.manifest.plain import LINE_AT_MOST, NODES_AT_MOST, REMEMBERED_AT_MOST, NotPlain, plain_documents

ROOT = Path(__file__).resolve().parents[3]


def root(text: str) -> Any:
    (document,) = plain_documents(text.encode(), "a.yaml")
    return document.root


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: b\n", {"a": "b"}),
        ("a: 1 # one\nb: '1'\nc: \"1\"\n", {"a": 1, "b": "1", "c": "1"}),
        ("a:\n  b:\n    c: d\ne: f\n", {"a": {"b": {"c": "d"}}, "e": "f"}),
        ("a:\n- b\n- c\nd: e\n", {"a": ["b", "c"], "d": "e"}),
        ("a:\n  - b: c\n    d: e\n  - f: g\n", {"a": [{"b": "c", "d": "e"}, {"f": "g"}]}),
        ("a: [b, {c: d}]\ne: {}\n", {"a": ["b", {"c": "d"}], "e": {}}),
        ("a: >-\n  b\n  c\nd: |\n  e\n  f\n\n", {"a": "b c", "d": "e\nf\n"}),
        ("a: http://b.c:80/d\n", {"a": "http://b.c:80/d"}),
        ("on: no\n", {"on": "no"}),
    ],
)
def test_this_is_plain(text: str, wanted: Any) -> None:
    assert root(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "a: b",  # no end of line
        "a: b\r\n",
        "a:\tb\n",
        "a: &x b\n",
        "a: *x\n",
        "a: !!str 1\n",
        "<<: {a: b}\n",
        "a: b\na: c\n",
        "a: {b: c, b: d}\n",
        "a:\n",
        "a: 'it''s'\n",
        'a: "b\\n"\n',
        "a: b\n  c\n",
        "a: 'b\n  c'\n",
        "a: [b,\n  c]\n",
        "a: >-\n  b\n\n  c\n",
        "a: |\n  b\n    c\n",
        "a: |+\n  b\n",
        "a: |2\n  b\n",
        "'a': b\n",
        "? a\n: b\n",
        "- a\n",
        "a\n",
        "a: b: c\n",
        "a: [b: c]\n",
        "  a: b\n",
        "a:\n    b: c\n  d: e\n",
        "a: .inf\n",
        "%YAML 1.2\n---\na: b\n",
        "a: b\n...\n",
        "a: \x85\n",
        f"a: {'b' * LINE_AT_MOST}\n",
        "a: 1" + "0" * 70 + "\n",
    ],
)
def test_this_is_not(text: str) -> None:
    with pytest.raises(NotPlain):
        plain_documents(text.encode(), "a.yaml")


def test_bytes_that_are_no_utf_8_are_not_plain() -> None:
    with pytest.raises(NotPlain):
        plain_documents(b"a: \xff\n", "a.yaml")


def test_documents_without_content_are_left_out() -> None:
    found = plain_documents(b"# a\n---\na: b\n---\n---\nc: d\n---\n", "a.yaml")
    assert [document.root for document in found] == [{"a": "b"}, {"c": "d"}]
    assert [document.positions.at(()).line for document in found] == [3, 6]


def test_what_stands_on_a_remembered_line_is_each_documents_own() -> None:
    one, two = root("a: [b, {c: d}]\n"), root("a: [b, {c: d}]\n")
    one["a"][1]["c"] = "e"
    assert two == root("a: [b, {c: d}]\n") == {"a": ["b", {"c": "d"}]}


def test_more_lines_than_can_be_remembered_are_read_all_the_same() -> None:
    count = REMEMBERED_AT_MOST + 10
    for start in range(0, count, 2000):
        lines = "".join(f"a{number}: {number}\n" for number in range(start, start + 2000))
        assert root(lines) == {f"a{number}": number for number in range(start, start + 2000)}


def test_the_manifests_that_come_with_trueup_are_plain_but_for_those_with_anchors() -> None:
    files = [file for file in (ROOT / "examples" / "quickstart").rglob("*.yaml") if file.name != "live.yaml"]
    odd = {file.name for file in files if not is_plain(file)}
    assert len(files) > 5
    assert odd <= {"epd.yaml"}


def is_plain(file: Path) -> bool:
    try:
        plain_documents(file.read_bytes(), file.name)
    except NotPlain:
        return False
    return True


def test_a_large_file_of_small_documents_is_plain() -> None:
    text = "---\na: b\nc: d\n" * 20_000
    assert len(text) > 2 * TEXT_AT_MOST
    assert len(plain_documents(text.encode(), "a.yaml")) == 20_000


@pytest.mark.parametrize(
    "text",
    [
        "a: >-\n" + "  b\n" * TEXT_AT_MOST,
        "a:\n" + "  - b\n" * (NODES_AT_MOST + 1),
    ],
)
def test_what_may_be_larger_than_a_manifest_may_be_is_not_plain(text: str) -> None:
    with pytest.raises(NotPlain):
        plain_documents(text.encode(), "a.yaml")


@pytest.mark.parametrize(
    "character", ["\x00", "\t", "\r", "\x1f", "\x7f", "\x85", "\x9f", "\u2028", "\ufeff", "\uffff"]
)
def test_no_character_that_means_something_else_is_plain(character: str) -> None:
    with pytest.raises(NotPlain):
        root(f"a: b{character}c\n")
    with pytest.raises(NotPlain):
        root(f"a: bé{character}c\n")


def test_what_people_write_with_is_plain() -> None:
    assert root("a: é 😀 \xa0 \ufffd ~\n") == {"a": "é 😀 \xa0 \ufffd ~"}
