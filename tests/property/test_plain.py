"""The reader of plain files against the one of all files: where both read a text they give the same."""

from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from yaml import YAMLError

from trueup.manifest.document import Unreadable, documents
from trueup.manifest.parsed import Document
from trueup.manifest.plain import NotPlain, plain_documents
from yaml_strategies import written_trees, yaml_like

MANIFEST = """\
# Owned by a team.
apiVersion: trueup/v1
kind: Connector
metadata:
  key: acme-tax
  labels: {team: tax, tier: '1'}
spec:
  name: Acme Tax
  description: >-
    Connects the shop to the system,
    keeps orders in step.
  integrationTypes:
  - tax
  - other
  creator:
    email: dev@acme.example # the team's
    noOfContributors: 4
    share: 1.50
  repository: {url: "git@github.com:acme/tax.git", tag: v1.4.0}
  brands:
    - name: ACME
      website: https://acme.example/
      codes: [a, {b: c}, [1, 2.50]]
    - {name: Other}
  note: |
    One line.
    Another line.

  empty: []
---
kind: Certification
"""

INDENTS = st.sampled_from(["", "", "  ", "  ", "    ", " ", "   ", "      "])
DASHES = st.sampled_from(["", "", "", "- ", "-  ", "-"])
KEYS = st.sampled_from(["", "a: ", "b: ", "a:", "c.d/e-f:  ", "on: ", "'a': ", "1: ", "<<: ", "? ", "é: ", "a b: "])
VALUES = st.sampled_from(
    [
        "",
        "a",
        "a b",
        "1",
        "1.50",
        "-5",
        "-a",
        "~",
        "null",
        "0x1F",
        "1e3",
        ".5",
        "5.",
        "'q'",
        '"q"',
        "'it''s'",
        '"a\\n"',
        "[a, b]",
        "[]",
        "{}",
        "{a: b, c: [d]}",
        "[a,]",
        "{a b}",
        "{a: }",
        "[a: b]",
        "[[a], {b: c}] # c",
        "a: b",
        "a:b",
        "a #c",
        "a # c",
        "# c",
        "#c",
        "http://x.y/z",
        ">",
        ">-",
        "&a b",
        "*a",
        "!x y",
        "- a",
        "-",
        "--",
        "a:",
        "é",
        "\t",
        "a\tb",
        "\xa0",
        "@a",
        "%a",
        "`a",
        "(a)",
        "[a",
        "{a",
        "no",
        "'a' # c",
        '"a" b',
        "[http://a]",
        "[a?]",
        "{a: b?c}",
        "a?b",
        "a&b",
        "😀",
        "[ a , b ]",
        "{a:  b}",
        "[a]#c",
        "{a: b, a: c}",
    ]
)
LINES = st.builds("{}{}{}{}".format, INDENTS, DASHES, KEYS, VALUES)
OTHERS = st.sampled_from(["", "  ", "# c", "  # c", "---", "...", "a: |", "  - |-", "b: >", "c: |+"])
FILES = st.builds(
    "{}{}".format,
    st.lists(st.one_of(LINES, LINES, OTHERS), max_size=8).map("\n".join),
    st.sampled_from(["\n", "\n", "\n\n", "", "\r\n"]),
)
SIGNS = [
    *" \n:-#'\"[]{}>|,&*!?%@`\t\r~.0a",
    "\n  ",
    "  ",
    "- ",
    "\n- ",
    ": ",
    " #",
    "---\n",
    "\x85",
    "\u2028",
    "\ufeff",
]


def bent(random: Random) -> str:
    """Change a few characters or lines of a good file."""
    text = MANIFEST
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(text))
        text = text[:place] + random.choice(["", *SIGNS]) + text[place + random.choice([0, 1]) :]
        if random.random() < 0.3:
            lines = text.split("\n")
            lines.insert(random.randrange(len(lines)), random.choice(lines))
            text = "\n".join(lines)
    return text


def told(document: Document) -> object:
    """Return all that a document tells, types and digits and the order of keys included."""
    return typed(document.root), document.positions.places, document.diagnostics


def typed(node: Any) -> Any:
    match node:
        case dict():
            return [(key, typed(value)) for key, value in node.items()]
        case list():
            return [typed(item) for item in node]
        case _:
            return type(node), str(node)


def assert_agreement(text: str) -> bool:
    """Check that both readers agree on a text; return whether it is plain."""
    try:
        plain = plain_documents(text.encode(), "a.yaml")
    except NotPlain:
        return False
    try:
        full = list(documents(text.encode(), "a.yaml"))
    except (YAMLError, Unreadable) as error:
        raise AssertionError(f"{text!r} is taken for plain, and is wrong: {error}") from None
    assert [told(document) for document in plain] == [told(document) for document in full], repr(text)
    return True


def test_the_manifest_that_is_bent_is_plain() -> None:
    assert assert_agreement(MANIFEST)
    assert Decimal("1.50") == plain_documents(MANIFEST.encode(), "")[0].root["spec"]["creator"]["share"]  # type: ignore[index]


@given(FILES)
def test_lines_of_all_sorts(text: str) -> None:
    assert_agreement(text)


@given(st.randoms(use_true_random=False))
def test_a_manifest_with_a_slip_of_the_fingers(random: Random) -> None:
    assert_agreement(bent(random))


@given(written_trees())
def test_documents_written_in_any_style(written: Any) -> None:
    assert_agreement(written.text)


@given(yaml_like())
def test_texts_of_the_characters_that_mean_something(text: str) -> None:
    assert_agreement(text)
