import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import github.server

pytestmark = pytest.mark.slow

OWN = {"github", "repositories"}
BORROWED = {"httpx", "openapi_core"}


def imported(file: Path) -> Iterator[str]:
    """Yield the first part of the name of each module that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module.partition(".")[0]


def test_the_stand_in_is_an_independent_witness_that_imports_nothing_of_trueup() -> None:
    files = sorted(Path(github.server.__file__).parent.glob("*.py"))
    names = {name for file in files for name in imported(file)}
    assert len(files) > 10
    assert "trueup" not in names
    assert names & (OWN | BORROWED) == OWN | BORROWED
