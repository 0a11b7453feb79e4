"""Benchmark 8: the cost of hostile files, which anyone who opens a pull request can send."""

import shutil
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Final

from benchmarks.measure import TRUEUP, run
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib

SECONDS: Final = 2
"""CPU seconds that no file may exceed."""

_CERTIFICATION: Final = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: A}\nspec:\n"
_CONNECTOR: Final = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec:\n"


@cache
def texts() -> Mapping[str, str]:
    """Return the text of each file by what is hostile in it."""
    brands = "".join(f"  - {{name: B{n}, website: https://b{n}.example}}\n" for n in range(8_000))
    full = "    url: https://a.example\n    reportingBody: {name: V}\n    standard: {code: EPD}\n".replace("    ", "  ")
    return {
        "an email of 65 kB": f"{_CONNECTOR}  creator: {{email: 'a@{'.' * 65_000}@'}}\n",
        "an email of 1 kB": f"{_CONNECTOR}  creator: {{email: 'a@{'.' * 1_000}@'}}\n",
        "8,000 brands": f"{_CERTIFICATION}{full}  brands:\n{brands}",
        "45,000 unknown keys": _CERTIFICATION + "".join(f"  k{n}: 1\n" for n in range(45_000)),
        "45,000 repeated keys": _CERTIFICATION + "  k: 1\n" * 45_000,
        "45,000 wrong types": f"{_CERTIFICATION}  privateProjects:\n  brands:\n" + "  - 1\n" * 9_000,
        "200,000 tiny documents": "a: 1\n---\n" * 200_000,
        "40,000 refused documents": f"{_CERTIFICATION}  x: 1\n---\n" * 40_000,
        "alias bomb": "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(12)),
        "merges that are dropped": "a: &a {b: {"
        + ", ".join(f"k{n}: 1" for n in range(9_000))
        + "}}\nc:\n"
        + "- {b: 1, <<: *a}\n" * 20_000,
        "one line of 1 MB": f"{_CERTIFICATION}  brands: [{', '.join(['{name: 1}'] * 9_000)}]  # {'x' * 900_000}\n",
        "1,000 levels": "[" * 1_000,
        "1 MB of comments": "# comment\n" * 100_000,
        "huge numbers": f"{_CERTIFICATION}  url: 1e999999999999999999999\n  brands: {'9' * 65_000}\n",
        "one identity 10,000 times": f"{_CERTIFICATION}{full}---\n" * 10_000,
        "81,000 unknown keys of brands": f"{_CERTIFICATION}  brands:\n"
        + "".join(f"  - {{name: B{n}, {', '.join(f'x{i}: 1' for i in range(9))}}}\n" for n in range(9_000)),
        "16,000 wrong values": f"{_CERTIFICATION}  brands:\n" + "  - {name: '', website: 1}\n" * 8_000,
        "10,000 wrong choices": f"{_CERTIFICATION}  contacts:\n"
        + "".join(f"  - {{externalId: c{n}, type: abcdefghij{n}}}\n" for n in range(10_000)),
        "one line of 10 MB": f"{_CERTIFICATION}  url: a # {'x' * 10_000_000}\n",
        "100,000 labels": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: a, labels: {"
        + ", ".join(f"l{n}: x" for n in range(100_000))
        + "}}\nspec: {name: a}\n",
        "texts that many patterns nearly match": f"{_CONNECTOR}"
        f"  creator: {{email: 'a@{'a.' * 500}@', supportUrl: 'https://{'.' * 8_000} '}}\n"
        f"  repository: {{url: 'git@{'a.' * 4_000}:', tag: 'v{'.a' * 500}..'}}\n"
        f"  description: '{'//a:' * 16_000}'\n",
    }


@cache
def projects() -> Mapping[str, Mapping[str, str]]:
    """Return the files of projects by what is hostile in them; each project has one manifest, a.yaml."""
    head = "apiVersion: trueup/v1\nkind: Project\n"
    local = f"{head}targets: {{origin: {{platform: origin, sandbox: true}}}}\nsandbox: {{seed: live.yaml}}\n"
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(12))
    wrong = ", ".join(f"x{n}: 1" for n in range(90))
    small = f"{_CERTIFICATION}  url: https://a.example\n"
    return {
        "16,000 actions": {
            "trueup.yaml": local,
            "a.yaml": _CERTIFICATION + _with_brands(range(8_000)),
            "live.yaml": f"certifications:\n- externalId: A\n{_with_brands(range(8_000, 16_000))}",
        },
        "a seed with an alias bomb": {"trueup.yaml": local, "a.yaml": small, "live.yaml": bomb},
        "trueup.yaml with 45,000 unknown keys": {
            "trueup.yaml": head + "".join(f"k{n}: 1\n" for n in range(45_000)),
            "a.yaml": small,
        },
        "trueup.yaml with 45,000 targets": {
            "trueup.yaml": f"{head}targets:\n"
            + "".join(f"  t{n}: {{platform: connect, sandbox: true}}\n" for n in range(45_000)),
            "a.yaml": small,
        },
        "trueup.yaml with 90,000 wrong fields": {
            "trueup.yaml": f"{head}targets:\n" + "".join(f"  t{n}: {{{wrong}}}\n" for n in range(1_000)),
            "a.yaml": small,
        },
    }


def _with_brands(numbers: range) -> str:
    brands = "".join(f"  - {{name: B{n}, website: 'https://b{n}.example'}}\n" for n in numbers)
    return f"  url: https://a.example\n  reportingBody: {{name: V}}\n  standard: {{code: EPD}}\n  brands:\n{brands}"


def measure(scope: Scope) -> Report:
    """Measure commands and formats with each file and each project; in the short form with every fifth file."""
    checks = {
        "validate": ("validate", "a.yaml"),
        "validate, JSON": ("validate", "a.yaml", "--format", "json"),
        "validate, SARIF": ("validate", "a.yaml", "--sarif", "out.sarif"),
        "plan": ("plan", "a.yaml", "--sandbox"),
    }
    plans = {
        "plan": ("plan", "a.yaml"),
        "JSON": ("plan", "a.yaml", "--format", "json"),
        "Markdown": ("plan", "a.yaml", "--format", "markdown"),
        "HTML": ("plan", "a.yaml", "--report", "out.html"),
        "JUnit": ("plan", "a.yaml", "--junit", "out.xml"),
        "drift": ("drift", "a.yaml"),
        "adopt": ("adopt", "a.yaml"),
    }
    step = 5 if scope.short else 1
    files = {name: {"a.yaml": text} for name, text in islice(texts().items(), 0, None, step)}
    folders = dict(islice(projects().items(), 1 if scope.short else 0, None, step))
    tables = (
        _table(scope, "hostile files: CPU seconds", checks, files | {"a file of 1.2 GB": {}}),
        _table(scope, "hostile projects: CPU seconds", plans, folders),
    )
    worst = max(cell for table in tables for row in table.rows for cell in row[1:-1] if isinstance(cell, float))
    return Report(tables=tables, goals=(Goal(text="CPU seconds of the worst", wanted=SECONDS, measured=worst),))


def _table(
    scope: Scope, title: str, ways: Mapping[str, tuple[str, ...]], cases: Mapping[str, Mapping[str, str]]
) -> Table:
    """Return a row for each case: the CPU seconds of each command, and the MiB of the largest."""
    rows: list[tuple[Cell, ...]] = []
    for name, files in cases.items():
        folder = scope.folder / "hostile"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        if not files:
            # A sparse file takes no space on the disk.
            with (folder / "a.yaml").open("wb") as sparse:
                sparse.truncate(1_200_000_000)
        costs = [run((*TRUEUP, *way), cwd=folder, ok=(0, 2, 3, 4, 5)) for way in ways.values()]
        rows.append((name, *(cost.cpu for cost in costs), mib(max(cost.memory for cost in costs))))
    return Table(title=title, columns=("file", *ways, "MiB"), rows=tuple(rows))
