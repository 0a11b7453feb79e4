"""Measure the layout of the source: ``python scripts/house.py``. CONTRIBUTING quotes the output.

The figures are of ``src/trueup``; every ``__init__.py`` counts as a file.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

SOURCE: Final = Path(__file__).parent.parent / "src" / "trueup"

_INDEPENDENT: Final = "trueup.sandbox"
"""The sandbox uses the names of the platforms again on purpose (ADR 0008)."""

_FOR_TOOLS: Final = re.compile(r"#\s*(noqa|type:|pragma|!|mypy|ruff|fmt:)")
"""Comments for tools, not for readers."""

_SHORT: Final = 60
_ROLES: Final = re.compile(r"trueup\.(kinds|platforms)\.\w+\.(?=\w)|trueup\.(cli\.(?:commands|github))\..*")
"""Sister modules: ``kinds.connector.fields`` and ``kinds.certification.fields`` mean the same by the same name."""


def main(arguments: Sequence[str]) -> int:
    """Print one line for each figure, and with ``--names`` the names and modules that they count."""
    texts = {_module(path): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    lines = {name: text.count("\n") for name, text in texts.items()}
    importers = _importers(trees)
    once = [name for name in texts if len(importers[name]) == 1]
    ambiguous = _ambiguous(trees)
    comments = sum(1 for text in texts.values() for _ in _comments(text))
    figures = {
        "files": len(texts),
        "lines": sum(lines.values()),
        "lines of the median file": round(median(lines.values())),
        "lines of the longest file": max(lines.values()),
        f"files under {_SHORT} lines": sum(1 for count in lines.values() if count < _SHORT),
        "modules with one importer": len(once),
        "public names with several meanings": len(ambiguous),
        "comments per 100 lines": round(100 * comments / sum(lines.values()), 1),
        "modules that a plan of one connector enters": _entered("plan"),
        "modules that an apply of one connector enters": _entered("apply"),
        "packages with a logger": len({name.split(".")[1] for name, text in texts.items() if "getLogger(" in text}),
    }
    shown = [f"{name:<45} {figure:>8,}" for name, figure in figures.items()]
    if "--names" in arguments:
        shown += [f"{name}: {', '.join(modules)}" for name, modules in sorted(ambiguous.items())]
        shown += [f"{name} is imported by {', '.join(importers[name])}" for name in once]
    sys.stdout.write("\n".join(shown) + "\n")
    return 0


def _entered(command: str) -> int:
    """Return the number of modules that a command enters, in a process of its own since caches would hide some."""
    arguments = [sys.executable, str(Path(__file__).with_name("route.py")), command]
    run = subprocess.run(arguments, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return int(run.stdout.split()[0])


def _module(path: Path) -> str:
    return ".".join(("trueup", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def _importers(trees: Mapping[str, ast.Module]) -> Mapping[str, set[str]]:
    """Return the importers of each module, ``__init__`` of its own package included."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    found[inner if inner in trees else node.module].add(name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.name].add(name)
    return found


def _ambiguous(trees: Mapping[str, ast.Module]) -> Mapping[str, list[str]]:
    """Return the public names that several modules of the client define, with these modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, tree in trees.items():
        if not name.startswith(_INDEPENDENT):
            for public in sorted(set(_defined(tree))):
                found[public].append(name)
    return {name: modules for name, modules in found.items() if len({_role(module) for module in modules}) > 1}


def _role(module: str) -> str:
    """Return the name that sister modules share."""
    match = _ROLES.match(module)
    return module if match is None else f"{match[1] or match[2]}.{module[match.end() :]}"


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


def _comments(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not _FOR_TOOLS.match(token.string):
            yield token.string


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
