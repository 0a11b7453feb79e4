"""Benchmark 3: action lists a second, beside ``@commercetools/sync-actions`` and beside plain DeepDiff."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from deepdiff import DeepDiff

from benchmarks.estate import Estate
from benchmarks.measure import Broken, run
from benchmarks.own_values import connector_manifest, drawn_connector
from benchmarks.scope import Scope
from benchmarks.tables import Cell, Goal, Report, Table
from trueup.diff.diff import diff
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind

PERCENTS: Final = (0, 10, 100)
SCRIPT: Final = Path(__file__).parent / "peers" / "diff.mjs"
ACTIONS: Final = 2
"""Actions that a changed pair needs, with either program."""
Pair = tuple[dict[str, Any], dict[str, Any]]


def measure(scope: Scope) -> Report:
    """Measure action lists a second for several shares of changed pairs."""
    count, rounds = (1_000, 3) if scope.short else (10_000, 7)
    found = {percent: _ways(scope, count, percent, rounds) for percent in PERCENTS}
    ours, sync, deep = (_rates(found, name) for name in (OURS, SYNC, DEEP))
    return Report(
        tables=(_table(count, found),),
        goals=(
            Goal(
                text="action lists a second as a multiple of sync-actions', a tenth changed",
                wanted=10,
                measured=ours[10] / sync[10] if sync else None,
                at_least=True,
            ),
            Goal(
                text="action lists a second as a multiple of DeepDiff's comparisons, a tenth changed",
                wanted=500,
                measured=ours[10] / deep[10],
                at_least=True,
            ),
        ),
        skipped=tuple(f"{name}: {why}" for name, why in scope.peers.missing.items()),
    )


OURS: Final = "trueup, from fields to actions"
WHOLE: Final = "trueup, from parsed data to actions"
SYNC: Final = "sync-actions under Node"
DEEP: Final = "DeepDiff"


def _rates(found: dict[int, dict[str, float]], name: str) -> dict[int, float]:
    return {percent: ways[name] for percent, ways in found.items() if name in ways}


def _ways(scope: Scope, count: int, percent: int, rounds: int) -> dict[str, float]:
    """Return action lists a second for each program."""
    pairs = _pairs(Estate(connectors=count, changed_percent=percent))
    actions = ACTIONS * count * percent // 100
    rates = {
        OURS: _rate(_fields(pairs), _ours, rounds, actions),
        WHOLE: _rate(pairs, _whole, rounds, actions),
        DEEP: _rate(pairs[: count // 20], _deep, 1, None),
    }
    folder = scope.peers.node("@commercetools/sync-actions")
    if folder:
        cost = run(("node", str(SCRIPT), folder, str(count), str(percent), str(rounds)), cwd=SCRIPT.parent)
        result = json.loads(cost.out)
        if result["actions"] != actions:
            raise Broken(f"sync-actions finds {result['actions']} actions instead of {actions}: not the same work")
        rates[SYNC] = count / min(result["seconds"])
    return rates


def _pairs(estate: Estate) -> list[Pair]:
    """Return the desired and the live state as parsed data; the two share no object."""
    wanted = (connector_manifest(number, changed=estate.is_changed(number)) for number in range(estate.connectors))
    specs = [yaml.load(text, yaml.CSafeLoader)["spec"] for text in wanted]
    return [
        (spec, json.loads(json.dumps({"id": "i", "version": 1, **drawn_connector(number)})))
        for number, spec in enumerate(specs)
    ]


def _fields(pairs: Sequence[Pair]) -> list[Any]:
    kind = KINDS[Kind.CONNECTOR]
    return [(kind.desired(spec), kind.observe(live).fields) for spec, live in pairs]


def _ours(pairs: Sequence[Any]) -> int:
    fields = KINDS[Kind.CONNECTOR].fields
    return sum(len(diff(fields, desired, live).changes) for desired, live in pairs)


def _whole(pairs: Sequence[Any]) -> int:
    kind = KINDS[Kind.CONNECTOR]
    return sum(len(diff(kind.fields, kind.desired(spec), kind.observe(live).fields).changes) for spec, live in pairs)


def _deep(pairs: Sequence[Any]) -> int:
    return sum(len(DeepDiff(live, spec)) for spec, live in pairs)


def _rate(pairs: Sequence[Any], work: Callable[[Sequence[Any]], int], rounds: int, actions: int | None) -> float:
    """Return pairs a second; raises Broken when the work finds another number of actions."""
    seconds = []
    gc.collect()
    for _ in range(rounds):
        begin = time.process_time()
        found = work(pairs)
        seconds.append(time.process_time() - begin)
        if actions is not None and found != actions:
            raise Broken(f"{work.__name__} finds {found} actions instead of {actions}")
    return len(pairs) / min(seconds)


def _table(count: int, found: dict[int, dict[str, float]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for percent, rates in found.items():
        rows += [(percent, name, rate, 1e6 / rate, rates[OURS] / rate) for name, rate in rates.items()]
    return Table(
        title=f"diff: {count:,} pairs",
        columns=("% changed", "", "lists a second", "µs a list", "x slower than ours"),
        rows=tuple(rows),
        note="A changed pair differs in two fields. sync-actions compares customers with as many fields of the same "
        "kinds (11 texts, a set of three, two addresses), as it has no type for connectors. DeepDiff compares the "
        "parsed data of a twentieth of the pairs and makes no actions.",
    )
