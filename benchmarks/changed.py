"""Benchmark 5: ``plan --changed-since`` after a change of ten files among many, beside the full plan."""

from functools import partial
from pathlib import Path

from benchmarks.estate import CREDENTIALS, Estate, write_project
from benchmarks.measure import TRUEUP, by_turns, run
from benchmarks.own_values import connector_manifest
from benchmarks.scope import Scope
from benchmarks.tables import Goal, Report, Table
from benchmarks.world import fill, served

TOUCHED = 10
IDENTITY = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@acme.example")
ARGUMENTS = ("plan", "--changed-since", "HEAD~1")
ONE = "connectors/000/000001.yaml"
"""A file that equals the live draft."""


def measure(scope: Scope) -> Report:
    """Commit an estate, change ten files, and plan both ways."""
    size = scope.sizes((200,) if scope.short else (1_000, 10_000))[-1]
    estate = Estate(connectors=size, per_file=1)
    folder, state = scope.estate(estate), scope.folder / "changed.db"
    fill(estate, state)
    with served(state) as world:
        write_project(estate, folder, url=world.url)
        _commit(folder, "Start")
        for number in range(TOUCHED):
            file = folder / "connectors" / "000" / f"{number * 7:06}.yaml"
            file.write_text(connector_manifest(number * 7, changed=True))
        _commit(folder, "Touch ten files")
        ways = {
            "plan of one file": partial(run, (*TRUEUP, "plan", ONE), cwd=folder, env=CREDENTIALS),
            "full plan": partial(run, (*TRUEUP, "plan"), cwd=folder, env=CREDENTIALS),
            "changed since": partial(run, (*TRUEUP, *ARGUMENTS), cwd=folder, env=CREDENTIALS),
        }
        costs = by_turns(ways, 3)
        world.forget()
        ways["changed since"]()
        asked = world.requests()
    bare = costs["plan of one file"].wall
    full, changed = costs["full plan"].wall - bare, costs["changed since"].wall - bare
    rows = tuple((name, cost.wall, cost.cpu, cost.wall - bare) for name, cost in costs.items())
    return Report(
        tables=(
            Table(
                title=f"plan --changed-since: {TOUCHED} files of {size:,} changed",
                columns=("", "wall s", "CPU s", "beyond start-up s"),
                rows=rows,
                note="Start-up is the time of a plan of one file: Python, the HTTP client, a token and one answer. "
                f"Requests for the ten: {', '.join(f'{count} {kind}' for kind, count in asked.items())}.",
            ),
        ),
        goals=(
            Goal(
                text="the full plan's wall beyond start-up as a multiple of that of the ten",
                wanted=50,
                measured=full / changed if changed > 0 else None,
                at_least=True,
            ),
            Goal(text="requests for the ten", wanted=TOUCHED + 1, measured=sum(asked.values())),
        ),
    )


def _commit(folder: Path, message: str) -> None:
    if not (folder / ".git").exists():
        run(("git", "init", "--quiet"), cwd=folder)
        (folder / ".gitignore").write_text(".trueup/\n")
    run(("git", "add", "."), cwd=folder)
    run(("git", *IDENTITY, "commit", "--quiet", "--message", message), cwd=folder)
