"""The machine-readable documents of all commands, kept byte for byte.

``PYTHONPATH=tests:. python -m golden.documents`` writes them all again; look at the difference before committing it.
The rich ones hold every form that a document can have, the others are what the quickstart example gives. Where a text
holds half of a surrogate pair, so does the file: it is written with escapes.
"""

import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from acceptance.commands import quickstart
from forging import forgeries
from golden.rich import ADOPTIONS, DIAGNOSTICS, DRIFT, EMPTY_PLAN, IMPORTS, OUTCOMES, PLAN
from repositories import Work, git
from trueup.apply.journal_file import FileJournal
from trueup.apply.record import record_from_json
from trueup.apply.seal import Journals, unsealed
from trueup.cli.files import save_plan
from trueup.cli.main import run
from trueup.errors import InvalidInput, Rejected, Unavailable
from trueup.model.run import Ended, Ending, Intent, Invocation
from trueup.model.value import ABSENT, NOT_RETURNED, Known
from trueup.plan.codec import plan_to_json
from trueup.plan.saved import plan_from_json
from trueup.plan.shard import Shard
from trueup.plan.typed_json import Unexpected
from trueup.report.checks import checks_to_json
from trueup.report.document import read_report, render_document
from trueup.report.drift import drift_tree
from trueup.report.junit import render_junit
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.result import Provenance, Result
from trueup.report.runs import run_tree, runs_tree
from trueup.report.sarif import render_sarif
from trueup.report.writeback import adopted_to_json, adopted_tree, imported_to_json, imported_tree
from trueup.state.folder import Folder
from trueup.state.key import SIZE
from unit.report.checks_samples import CHECKS
from unit.report.recorded_samples import KILLED_RUN, WHOLE_RUN

FOLDER: Final = Path(__file__).parent / "documents"

ENVIRONMENT: Final = {
    "TRUEUP_RUN": "7",
    "GITHUB_SHA": "",
    "NO_COLOR": "1",
    "COLUMNS": "100",
    "TRUEUP_TODAY": "2026-06-30",
}


def documents() -> Iterator[tuple[str, str]]:
    """Give each document with the name of its file."""
    yield from _rich()
    yield from _files()
    yield from _journals()
    yield from _of_quickstart()


def rich_results() -> Mapping[str, Result]:
    """Give a result of each kind of document, by name."""
    shard = {"shard": Shard(2, 3), "provenance": Provenance(commit="c" * 40, run="7", files="sha256:" + "ab" * 32)}
    refused = Rejected("Refused.", status=400, code="CE00001", messages=["one", "two"])
    imported, adopted = imported_to_json(IMPORTS), adopted_to_json(ADOPTIONS)
    runs = (WHOLE_RUN, KILLED_RUN)
    results: Mapping[str, Mapping[str, Any]] = {
        "validate": {"command": "validate", "status": 0, "summary": "All 3 manifests are valid."},
        "plan": {"command": "plan", "status": 2, "plan": PLAN, "diagnostics": DIAGNOSTICS},
        "plan-empty": {"command": "plan", "status": 0, "plan": EMPTY_PLAN},
        "plan-shard": {"command": "plan", "status": 1, "plan": PLAN, **shard},
        "preview": {"command": "preview", "status": 2, "plan": PLAN},
        "apply": {"command": "apply", "status": 5, "plan": PLAN, "outcomes": OUTCOMES},
        "apply-refused": {"command": "apply", "status": 1, "plan": PLAN, "error": refused},
        "drift": {"command": "drift", "status": 1, "drift": DRIFT},
        "adopt": {
            "command": "adopt",
            "status": 5,
            "tree": adopted_tree(ADOPTIONS, written=True),
            "also": {"adopted": adopted},
        },
        "import": {"command": "import", "status": 5, "tree": imported_tree(IMPORTS), "also": {"import": imported}},
        "runs": {"command": "runs", "status": 0, "tree": runs_tree(runs), "runs": runs},
        "runs-show": {"command": "runs", "status": 0, "tree": run_tree(KILLED_RUN), "runs": (KILLED_RUN,)},
        "doctor": {"command": "doctor", "status": 1, "also": {"checks": checks_to_json(CHECKS)}},
        "failed": {"command": "drift", "status": 1, "error": Unavailable("No answer from caf\udce9.")},
    }
    return {name: Result(**parts) for name, parts in results.items()}


def _rich() -> Iterator[tuple[str, str]]:
    for name, result in rich_results().items():
        yield f"rich-{name}.json", render_document(result)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        save_plan(PLAN, file)
        yield "rich-saved.json", file.read_text(encoding="utf-8")


def _files() -> Iterator[tuple[str, str]]:
    yield "rich.sarif", render_sarif(DIAGNOSTICS)
    trees = {"plan": plan_tree(PLAN), "apply": outcome_tree(PLAN, OUTCOMES), "drift": drift_tree(DRIFT)}
    for name, tree in trees.items():
        yield f"rich-{name}.xml", render_junit(tree, DIAGNOSTICS, command=name, error="Stopped.")


def _journals() -> Iterator[tuple[str, str]]:
    """Give a run's journal and the summary: without their seals, which depend on the place, and the process's id."""
    with TemporaryDirectory() as folder:
        journals = Journals(Folder(Path(folder), ("runs",)), key=bytes(SIZE))
        journal = FileJournal(
            journals,
            invocation=Invocation(**{field.name: f"the {field.name}" for field in fields(Invocation)}),
            now=lambda: datetime(2026, 5, 1, 12, 0, 0, 250000, tzinfo=UTC),
            name=lambda: "3fa2c1",
        )
        journal.begin(PLAN)
        endings = (
            Ended(ending=Ending.APPLIED, version=8),
            Ended(ending=Ending.FAILED, message="Refused caf\udce9.", correlation_id="trueup-0f3c2b1a"),
            Ended(ending=Ending.UNKNOWN),
        )
        for number, outcome in zip(count(), OUTCOMES, strict=False):
            actions = (*outcome.done, *outcome.left)
            before = (ABSENT, Known("then"), NOT_RETURNED)[: len(actions)]
            intent = Intent(
                identity=outcome.identity,
                actions=actions,
                before=before,
                remote_id=outcome.remote_id,
                version=number,
            )
            written = journal.intent(intent if number % 2 else Intent(identity=outcome.identity, actions=actions))
            if number % 4 < len(endings):
                journal.ended(written, endings[number % 4])
            journal.outcome(outcome)
        journal.finish()
        for file in sorted(Path(folder, "runs").glob("2*.jsonl")):
            lines = [unsealed(line) for line in file.read_bytes().splitlines()]
            yield "journal.jsonl", re.sub(rb'"pid":\d+', b'"pid":7', b"\n".join(lines)).decode() + "\n"
        summary = Path(folder, "runs", "summary.json").read_bytes().removesuffix(b"\n")
        yield "summary.json", unsealed(summary).decode() + "\n"


def refusals() -> Iterator[tuple[str, str]]:
    """Give what is said of documents of which one value is another one, and of nothing that is still accepted."""
    saved: dict[str, Any] = json.loads(json.dumps(plan_to_json(PLAN)))
    yield "damaged-plan.txt", _told(saved, lambda document: plan_from_json(document, file="plan.json"))
    parts: Mapping[str, Any] = {
        "diagnostics": DIAGNOSTICS,
        "shard": Shard(1, 1),
        "provenance": Provenance(commit="c" * 40),
    }
    shards = {
        "apply": render_document(Result(command="apply", status=5, outcomes=OUTCOMES, **parts)),
        "drift": render_document(Result(command="drift", status=1, drift=DRIFT, error=Unavailable("No."), **parts)),
    }
    for name, text in shards.items():
        yield f"damaged-{name}.txt", _told(json.loads(text), lambda one: read_report(json.dumps(one), file="a.json"))
    lines = dict(_journals())["journal.jsonl"].splitlines()
    records = {record["record"]: record for record in map(json.loads, lines)}
    yield "damaged-journal.txt", _told(records, lambda one: [record_from_json(one[name]) for name in records])


def _told(document: dict[str, Any], read: Callable[[Any], object]) -> str:
    """Return what is said of each change of one value; of those of one place in its list or map, the first is tried."""
    told: dict[str, str] = {}
    for how, forged in forgeries(document):
        path, _, change = how.partition(" ")
        name = f"{re.sub(r'[.][0-9]+', '[]', path)} {'another' if change.startswith('=') else change}"
        if name in told:
            continue
        try:
            read(forged())
        except InvalidInput as error:
            (diagnostic,) = error.diagnostics
            told[name] = f"{diagnostic.code}: {diagnostic.message}"
        except Unexpected as error:
            told[name] = str(error)
        else:
            told[name] = ""
    text = "".join(f"{name}\n    {said}\n" for name, said in told.items() if said)
    return text.encode("ascii", "backslashreplace").decode()


def _of_quickstart() -> Iterator[tuple[str, str]]:
    """Give what the commands print and write for the example, each in the folder that the one before it left."""
    commands: Mapping[str, str] = {
        "validate": "validate --sarif ../quickstart.sarif --junit ../quickstart.xml",
        "preview": "preview --base HEAD",
        "plan": "plan --sandbox --out ../quickstart-saved.json",
        "drift": "drift --sandbox",
        "adopt": "adopt --sandbox --dry-run",
        "import": "import --sandbox --dry-run --target connect-eu",
        "shard-1": "plan --sandbox --shard 1/2 connectors certifications",
        "shard-2": "plan --sandbox --shard 2/2 connectors certifications",
        "set": "set acme-psp spec.repository.tag=v2 --dry-run",
        "explain": "explain stale",
        "merge": "merge ../quickstart-shard-1.json ../quickstart-shard-2.json",
        "apply": "apply --sandbox --yes",
        "again": "plan --sandbox --detailed-exitcode",
        "no-such-label": "plan --sandbox --select demo=none",
    }
    with TemporaryDirectory() as folder, _environment(ENVIRONMENT):
        top = Path(folder).resolve()
        place = quickstart(top)
        git(place, "init", "--quiet", "--initial-branch", "main")
        commit = Work(place).commit()
        with chdir(place):
            for name, words in commands.items():
                (top / f"quickstart-{name}.json").write_text(_printed(*words.split(), "--format", "json"))
        for file in sorted(top.iterdir()):
            if file.is_file():
                yield file.name, file.read_text(encoding="utf-8").replace(commit, "c" * 40)


def _printed(*words: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        run(words)
    return out.getvalue()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main() -> None:
    made = {**dict(documents()), **dict(refusals())}
    for old in FOLDER.iterdir():
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(made)} documents\n")


if __name__ == "__main__":
    main()
