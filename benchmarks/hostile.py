"""Benchmark 8: what hostile files cost, which anybody can send who opens a pull request."""

import shutil
from collections.abc import Mapping
from functools import cache
from typing import Final

from benchmarks.measure import TRUEUP, run
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Goal, Report, Table, mib

SECONDS: Final = 2
"""CPU seconds that none may exceed."""

_CERTIFICATION: Final = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: A}\nspec:\n"
_CONNECTOR: Final = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec:\n"


@cache
def texts() -> Mapping[str, str]:
    """Return each file by what is hostile about it."""
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
    }


def measure(scope: Scope) -> Report:
    """Measure validate in text and JSON, and a plan over the embedded sandbox, for each of the files."""
    ways = {
        "validate": ("validate", "a.yaml", "--no-cache"),
        "validate, JSON": ("validate", "a.yaml", "--no-cache", "--format", "json"),
        "plan": ("plan", "a.yaml", "--sandbox"),
    }
    rows: list[tuple[Cell, ...]] = []
    worst = 0.0
    for name, text in texts().items():
        folder = scope.folder / "hostile"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "a.yaml").write_text(text, encoding="utf-8")
        costs = [run((*TRUEUP, *way), cwd=folder, ok=(0, 2, 3, 4)) for way in ways.values()]
        worst = max(worst, *(cost.cpu for cost in costs))
        rows.append((name, *(cost.cpu for cost in costs), mib(max(cost.memory for cost in costs))))
    return Report(
        tables=(Table(title="hostile files: CPU seconds", columns=("file", *ways, "MiB"), rows=tuple(rows)),),
        goals=(Goal(text="CPU seconds of the worst", wanted=SECONDS, measured=worst),),
    )
