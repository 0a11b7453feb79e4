"""Write results into docs/explanation/performance.md: ``python -m benchmarks.page RESULT.json ...``.

If several files hold the same benchmark, the last one named counts. The section of a benchmark that is in no file stays
as it is. No figure of the page's tables is typed by hand.
"""

import json
import re
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
    measured, _, after = rest.partition(END)
    kept = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", measured, flags=re.MULTILINE | re.DOTALL))
    body = "".join(
        f"## {name}\n\n{(_section(*found[name], name) if name in found else kept[name]).rstrip()}\n\n" for name in ORDER
    )
    PAGE.write_text(f"{before}{BEGIN}\n{body}{END}{after}")
    return 0


def _section(result: Mapping[str, Any], benchmark: Mapping[str, Any], name: str) -> str:
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
        f"{form}, {benchmark['seconds']:.0f} s; {machine['cores']} cores, Python {machine['python']}, "
        f"load {machine['load'][0]:.1f} at the end.\n\n"
    )
    return head + render(report).replace("\n### Goals\n", f"\n### Goals of {name}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
