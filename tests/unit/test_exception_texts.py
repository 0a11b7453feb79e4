"""No message shows what Python or a library says of an exception: users get our words, and the system's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "trueup"
FOREIGN = {"ValueError", "RecursionError", "KeyError", "TypeError", "OSError", "Error", "error", "Exception"}
OURS = {"manifest/packed.py", "sandbox/control.py", "sandbox/connect/routes.py"}
"""Modules in which such a text only goes from one function to the next, or is of our own ``ValueError``."""


def names(kind: ast.expr | None) -> Iterator[str]:
    match kind:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from names(part)


def texts_of(name: str, node: ast.AST) -> Iterator[int]:
    """Give the lines on which the exception of this name is made a text; what the system calls it comes first."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.BoolOp(values=[ast.Attribute(attr="strerror") | ast.Call(func=ast.Name(id="getattr")), *_]):
                continue
            case ast.FormattedValue(value=ast.Name(id=shown)) if shown == name:
                yield child.lineno
            case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=shown)]) if shown == name:
                yield child.lineno
            case ast.Match(subject=ast.Name(id=shown)) if shown == name:
                # A match on its type chooses our words; the text of the exception is not used.
                continue
        yield from texts_of(name, child)


def found(source: str) -> list[int]:
    return [
        line
        for handler in ast.walk(ast.parse(source))
        if isinstance(handler, ast.ExceptHandler) and handler.name and FOREIGN.intersection(names(handler.type))
        for statement in handler.body
        for line in texts_of(handler.name, statement)
    ]


def test_no_message_holds_the_text_of_a_foreign_exception() -> None:
    shown = {
        f"{file.relative_to(SOURCE)}:{line}"
        for file in sorted(SOURCE.rglob("*.py"))
        if str(file.relative_to(SOURCE)) not in OURS
        for line in found(file.read_text(encoding="utf-8"))
    }
    assert shown == set()


@pytest.mark.parametrize(
    ("raised", "lines"),
    [
        ('f"It is not JSON: {error}."', [4]),
        ("str(error)", [4]),
        ("error.strerror or str(error)", []),
        ('f"It is not JSON: {fault(error)}."', []),
    ],
)
def test_an_exception_text_in_a_message_is_found(raised: str, lines: list[int]) -> None:
    assert found(f"try:\n    read()\nexcept (OSError, ValueError) as error:\n    raise Wrong({raised})\n") == lines
