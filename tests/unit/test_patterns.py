"""No regular expression of ours takes more than linear time, whatever text it is given."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

import trueup
from ambiguity import SEARCHES, slow

SOURCE = Path(trueup.__file__).parent
SCHEMAS = Path(__file__).parents[2] / "schemas"
METHODS = SEARCHES | {"match", "fullmatch"}


@cache
def uses() -> set[tuple[str, str, int, str]]:
    """Return pattern, its flags and a method by which it is used, each with the module; those of schemas included."""
    found = {(file.name, pattern, 0, "search") for file in SCHEMAS.glob("*.json") for pattern in in_schema(file)}
    for module in walk_packages(trueup.__path__, "trueup."):
        if not module.name.endswith("__main__"):
            found |= set(in_module(module.name))
    return found


def in_schema(file: Path) -> Iterator[str]:
    waiting: list[Any] = [json.loads(file.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield from [node["pattern"]] if isinstance(node.get("pattern"), str) else []
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []


def in_module(name: str) -> Iterator[tuple[str, str, int, str]]:
    module = import_module(name)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            match node.func.value, node.args:
                case ast.Name("re"), [ast.Constant(str() as pattern), *_]:
                    yield name, pattern, 0, node.func.attr
    for called, value in vars(module).items():
        if isinstance(value, re.Pattern):
            methods = {m[1] for m in re.finditer(rf"\b{called}\.(\w+)\(", ast.unparse(tree))} & METHODS
            # Those of tables are handed on, and all text must match them.
            for method in methods or {"fullmatch"}:
                yield name, value.pattern, value.flags, method


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(?:a*)*b", "match"),
        (r"(?:a|aa)*b", "match"),
        (r"(?:ab?|b?a)*c", "fullmatch"),
        (r"a*a*b", "match"),
        (r"a*\s?a*$", "match"),
        (r"\s*x", "search"),
        (r"[^@]+@[^@]+[.][^@]+", "fullmatch"),
        (r"(?m)^\s*:", "sub"),
        (r"x(?=(?:y+)+z)", "match"),
        (r"a{1,999}a{1,999}b", "match"),
    ],
)
def test_an_ambiguous_pattern_is_found(pattern: str, method: str) -> None:
    assert slow(re.compile(pattern), method)


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"a*b*c", "fullmatch"),
        (r"(?:\s|#.*)*", "match"),
        (r"(?:a+,)*a+", "fullmatch"),
        (r"a*+a*b", "match"),
        (r"`+", "sub"),
        (r"(?m)^[^\S\n]*:", "sub"),
        (r"^[^ ]*$", "search"),
    ],
)
def test_an_unambiguous_pattern_is_accepted(pattern: str, method: str) -> None:
    assert not slow(re.compile(pattern), method)


@pytest.mark.slow
def test_no_pattern_in_the_source_is_slow() -> None:
    assert len(uses()) > 60
    assert [use for use in uses() if slow(re.compile(use[1], use[2]), use[3])] == []
