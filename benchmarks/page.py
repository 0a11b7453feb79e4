"""Write results into docs/explanation/performance.md: ``python -m benchmarks.page RESULT.json ...``.

If several files hold the same benchmark, the last one named counts. No figure of the page's tables is typed by hand.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.tables import Goal, Report, Table, render

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "performance.md"
BEGIN: Final = "<!-- measured: python -m benchmarks.page -->\n"
END: Final = "<!-- end measured -->\n"
ORDER: Final = ("validate", "plan", "diff", "apply", "changed", "startup", "shards")


def main(files: Sequence[str]) -> int:
    """Rewrite the measured part of the page."""
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for file in files:
        result = json.loads(Path(file).read_text())
        found |= {name: (result, benchmark) for name, benchmark in result["benchmarks"].items()}
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    body = "\n".join(_section(name, *found[name]) if name in found else _missing(name) for name in ORDER)
    PAGE.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}")
    return 0


def _section(name: str, result: Mapping[str, Any], benchmark: Mapping[str, Any]) -> str:
    machine = result["machine"]
    form = "short form, whose figures mean little" if result["short"] else "full form"
    if result.get("largest"):
        form += f" without estates of more than {result['largest']:,} manifests"
    report = Report(
        tables=tuple(
            Table(**{**table, "columns": tuple(table["columns"]), "rows": tuple(map(tuple, table["rows"]))})
            for table in benchmark["tables"]
        ),
        goals=tuple(Goal(**{key: goal[key] for key in goal if key != "reached"}) for goal in benchmark["goals"]),
        skipped=tuple(benchmark["skipped"]),
    )
    head = (
        f"## {name}\n\n{form}, {benchmark['seconds']:.0f} s; {machine['cores']} cores, Python {machine['python']}, "
        f"load {machine['load'][0]:.1f} at the end.\n\n"
    )
    return head + render(report).replace("\n### Goals\n", f"\n### Goals of {name}\n")


def _missing(name: str) -> str:
    return f"## {name}\n\nNot measured in full yet: `python -m benchmarks --only {name}`.\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
