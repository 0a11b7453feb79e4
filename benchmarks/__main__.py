"""Run the benchmarks: ``python -m benchmarks [--short] [--only NAME] [--largest N] [--no-peers]``."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import Broken
from benchmarks.peers.install import Peers, versions
from benchmarks.scope import Scope
from benchmarks.tables import Report, render
from trueup import __version__

RESULTS: Final = Path(__file__).resolve().parent / "results"
BENCHMARKS: Final = ("validate", "plan", "diff", "apply", "changed", "startup", "shards", "hostile")
"""Modules of this package; each has a function ``measure``."""


def main() -> int:
    """Run the chosen benchmarks; return 1 when a measured program failed."""
    asked = _arguments()
    names = asked.only or BENCHMARKS
    measured: dict[str, Any] = {}
    broken: list[str] = []
    with TemporaryDirectory(prefix="trueup-benchmarks-") as folder:
        scope = Scope(
            short=asked.short, folder=Path(folder), peers=Peers(wanted=not asked.no_peers), largest=asked.largest
        )
        for name in names:
            begin = time.perf_counter()
            try:
                report = _measure(name)(scope)
            except Broken as error:
                broken.append(f"{name}: {error}")
                sys.stderr.write(f"{name}: {error}\n")
                continue
            seconds = time.perf_counter() - begin
            sys.stdout.write(f"## {name}\n\n{render(report)}\n")
            sys.stderr.write(f"{name} took {seconds:.0f} s\n")
            measured[name] = {"seconds": seconds, **report.to_json()}
    _keep(
        {
            "machine": _machine(),
            "short": asked.short,
            "largest": asked.largest,
            "benchmarks": measured,
            "broken": broken,
        }
    )
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes: shows in a minute that everything works")
    parser.add_argument(
        "--only", metavar="NAME", action="append", choices=BENCHMARKS, help="may be given several times"
    )
    parser.add_argument("--largest", metavar="N", type=int, help="leave out estates of more manifests")
    parser.add_argument("--no-peers", action="store_true", help="measure trueup alone, install nothing")
    return parser.parse_args()


def _measure(name: str) -> Callable[[Scope], Report]:
    found: Callable[[Scope], Report] = import_module(f"benchmarks.{name}").measure
    return found


def _machine() -> Mapping[str, object]:
    return {
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "trueup": __version__,
        "peers": versions(),
    }


def _keep(results: Mapping[str, object]) -> None:
    """Write the results to a file named by the time."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    file.write_text(json.dumps(results, indent=2) + "\n")
    sys.stderr.write(f"Results: {file}\n")


if __name__ == "__main__":
    sys.exit(main())
