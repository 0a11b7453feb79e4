"""Hypothesis strategies for YAML files and for documents that schemas judge.

``trees``            documents as the reader gives them: dict, list and leaves of every type
``written_trees``    a document, a file that holds it in a random style, and where each of its nodes then stands
``yaml_like``        texts of the characters that mean something in YAML, nearly all of them broken
``bent(document)``   a document with one to three things changed: a value, a missing field, an unknown one
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import strategies as st

from trueup.model.position import Step

Path = tuple[Step, ...]

_WORDS = {"null", "true", "false"}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"
)
_TRAPS = [
    "no",
    "on",
    "null",
    "true",
    "1",
    "1.50",
    "1:30",
    "2008-09-15",
    "~",
    "<<",
    "#",
    "&a",
    "*a",
    "!a",
    "@a",
    "%a",
    "|",
]
_TEXTS = st.one_of(
    st.text(_CHARACTERS, max_size=8),
    st.sampled_from([*_TRAPS, "- a", "a: b", "a #b", "? a"]),
    st.sampled_from(["acme", "Acme Inc.", "v1.0", "eu.gcp", "a-b"]),
)
_DECIMALS = st.decimals(-1000, 1000, places=2, allow_nan=False, allow_infinity=False)
_LEAVES = st.one_of(_TEXTS, st.integers(-(10**20), 10**20), st.booleans(), st.none(), _DECIMALS)


def trees() -> st.SearchStrategy[Any]:
    """Draw a document that is a mapping or a list."""
    nodes = st.recursive(
        _LEAVES,
        lambda below: st.lists(below, max_size=4) | st.dictionaries(_TEXTS, below, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(_TEXTS, nodes, max_size=4) | st.lists(nodes, max_size=4)


@dataclass(frozen=True)
class Written:
    """Hold a document, the text of a file that holds it, and the line and column (from 1) of each node in it."""

    root: Any
    text: str
    places: Mapping[Path, tuple[int, int]]


def written_trees() -> st.SearchStrategy[Written]:
    """Draw a document and write it: in block and flow style, quoted and plain, with comments and blank lines."""
    return st.builds(_write, trees(), st.randoms(use_true_random=False))


def _write(root: Any, random: Random) -> Written:
    writer = _Writer(random)
    writer.noise(0)
    writer.places[()] = writer.here
    writer.block(root, (), 0)
    return Written(root, writer.text, writer.places)


@dataclass
class _Writer:
    random: Random
    text: str = ""
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    @property
    def here(self) -> tuple[int, int]:
        return self.text.count("\n") + 1, len(self.text) - (self.text.rfind("\n") + 1) + 1

    def noise(self, indent: int) -> None:
        """Write a blank line or a comment, sometimes."""
        self.text += self.random.choice(["", "", "", "\n", f"{' ' * indent}# é: [note\n"])

    def block(self, node: Any, path: Path, indent: int) -> None:
        """Write a node that starts at the cursor, and end the line."""
        if not isinstance(node, dict | list) or not node or self.random.random() < 0.25:
            self.flow(node, path)
            self.text += self.random.choice(["\n", "\n", " # note\n"])
            return
        for number, (step, value) in enumerate(_members(node)):
            if number:
                self.noise(indent)
                self.text += " " * indent
            self.member(step, value, (*path, step), indent)

    def member(self, step: Step, value: Any, path: Path, indent: int) -> None:
        """Write one member or item of a block collection."""
        if isinstance(step, int):
            deeper = indent + self.random.choice([2, 3, 5])
            self.text += "-" + " " * (deeper - indent - 1)
            self.places[path] = self.here
            self.block(value, path, deeper)
            return
        deeper = indent + self.random.choice([1, 2, 4])
        self.places[path] = self.here
        self.text += f"{self.key(step)}:"
        if isinstance(value, dict | list) and value and self.random.random() < 0.75:
            self.text += "\n" + " " * deeper
            self.block(value, path, deeper)
        else:
            self.text += " "
            self.flow(value, path)
            self.text += "\n"

    def flow(self, node: Any, path: Path) -> None:
        """Write a node on one line."""
        if not isinstance(node, dict | list):
            self.text += self.leaf(node)
            return
        open_, close = "{}" if isinstance(node, dict) else "[]"
        self.text += open_
        for number, (step, value) in enumerate(_members(node)):
            self.text += ", " if number else self.random.choice(["", " "])
            self.places[(*path, step)] = self.here
            if isinstance(step, str):
                self.text += f"{self.key(step)}: "
            self.flow(value, (*path, step))
        self.text += close

    def key(self, key: str) -> str:
        """Return a key, quoted when it must be and sometimes when it need not be."""
        return key if _PLAIN.fullmatch(key) and self.random.random() < 0.8 else self.quoted(key)

    def leaf(self, value: object) -> str:
        """Return a scalar in one of its spellings."""
        match value:
            case None:
                return self.random.choice(["null", "~", "Null"])
            case bool():
                return self.random.choice([str(value), str(value).lower(), str(value).upper()])
            case str() if _PLAIN.fullmatch(value) and value.lower() not in _WORDS and self.random.random() < 0.7:
                return value
            case str():
                return self.quoted(value)
            case _:
                return str(value)

    def quoted(self, text: str) -> str:
        """Return a text in double or single quotes."""
        return (
            json.dumps(text, ensure_ascii=False) if self.random.random() < 0.5 else "'" + text.replace("'", "''") + "'"
        )


def _members(node: Any) -> list[tuple[Step, Any]]:
    return list(node.items()) if isinstance(node, dict) else list(enumerate(node))


def yaml_like() -> st.SearchStrategy[str]:
    """Draw texts that are nearly YAML."""
    words = ["a", "b", "1", "1.5", "true", "null", "~", ".inf", "é"]
    signs = ["c: ", "- ", ": ", "? ", "{", "}", "[", "]", ",", "'", '"', "#", "%", "@", "\\", "|\n", ">-\n"]
    spaces = ["\n", "\n  ", " ", "\t", "---\n", "...\n"]
    names = ["&x ", "*x", "<<: ", "!!str ", "!t "]
    return st.lists(st.sampled_from(words + signs + spaces + names), max_size=25).map("".join)


_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 10**30, Decimal("5.0"), Decimal("1.5"), Decimal("1E+30"), "", "a", "ab", "acme tax",
    "acme\n", "é", "1.50", "1e999", "true", "TRUE", "2024-02-30", "2024-02-01T09:30", "tax", "europe-west1.gcp",
    "https://acme.example", "http://acme.example", "private", "absent", "connect", "origin", "en", "ORIGIN", [], [None],
    ["tax"], [[]], {}, {"name": "x"}, {"code": "x"}, {"externalId": "x"}, "x" * 257,
)  # fmt: skip
_NAMES = ["name", "key", "originId", "externalId", "reason", "state", "selfReported", "extra", "region", "baseUrl"]


@st.composite
def bent(draw: st.DrawFn, document: Any) -> Any:
    """Draw a document with one to three changes anywhere in it."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_paths(result)) or [()]))
        result = _bend(result, path, draw(st.sampled_from(["set", "set", "drop", "add"])), draw)
    return result


def _bend(root: Any, path: Path, change: str, draw: st.DrawFn) -> Any:
    value = copy.deepcopy(draw(st.sampled_from(_VALUES)))
    if not path:
        return value if change == "set" else root
    parent = _at(root, path[:-1])
    if change == "set":
        parent[path[-1]] = value
    elif change == "drop":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent[draw(st.sampled_from([*_NAMES, "", "a b"]))] = value
    else:
        parent.append(value)
    return root


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node[step]
    return node


def _paths(node: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(node, dict | list):
        for step, value in _members(node):
            yield (*path, step)
            yield from _paths(value, (*path, step))
