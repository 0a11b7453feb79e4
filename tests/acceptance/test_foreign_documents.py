"""A document or a journal that is not as this version writes it costs a diagnostic, never a fault."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from rfc8785 import CanonicalizationError

from acceptance.commands import quickstart
from forging import sealed
from trueup.cli.files import read_plan
from trueup.cli.main import run
from trueup.errors import InvalidInput
from trueup.plan.codec import checksum

pytestmark = pytest.mark.slow

Where = tuple[str | int, ...]

DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]

VALUES = (DEEP, 10**30, -1, float("inf"), "unknown", "\ud800", None)
"""What stands in the place of each value: none of them is of any use there, and each is JSON that Python reads."""

DOCUMENTS = {
    "validate": ("validate", "connectors/tax.yaml"),
    "plan": ("plan", "connectors/tax.yaml", "certifications/voc.yaml"),
    "drift": ("drift", "connectors/tax.yaml", "certifications/voc.yaml"),
    "apply": ("apply", "--yes", "connectors/tax.yaml", "certifications/voc.yaml"),
}


REPORTS = ("adopt --dry-run", "import --dry-run --target connect-eu", "runs", "explain stale")
"""Commands whose documents have a report, or codes, instead of a plan."""


def shapes(document: Any) -> list[Where]:
    """Return one place for each shape of a path: a list's items count as one."""
    found: dict[tuple[str, ...], Where] = {}
    for path in _paths(document, ()):
        found.setdefault(tuple(step for step in path if isinstance(step, str)), path)
    return list(found.values())


def _paths(node: Any, path: Where) -> Iterator[Where]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in below:
        yield (*path, step)
        yield from _paths(child, (*path, step))


def changed(document: Any, path: Where, value: Any) -> Any:
    made = copy.deepcopy(document)
    node = made
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return made


def resealed(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the plan with the checksum that fits it and, where one can be taken, with the hash that fits it."""
    try:
        return sealed(plan)
    except CanonicalizationError:
        return plan | {"checksum": checksum(plan)}
    except RecursionError:
        return plan


def assert_sound(status: int, shown: str, what: object) -> None:
    assert "fault of trueup" not in shown, (what, shown)
    assert status in {0, 1, 2, 3, 4, 5, 6, 64, 130}, what


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(quickstart(tmp_path))
    return Path.cwd()


@pytest.mark.parametrize("command", DOCUMENTS)
def test_merge_takes_no_value_for_another(place: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    run([*DOCUMENTS[command], "--shard", "1/1", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    for path in shapes(document):
        for value in VALUES:
            made = changed(document, path, value)
            made["plan"] = resealed(made["plan"]) if isinstance(made["plan"], dict) else made["plan"]
            (place / "shard.json").write_text(json.dumps(made))
            for words in (["merge", "shard.json"], ["show", "shard.json", "--format", "html"]):
                assert_sound(run(words), "".join(capsys.readouterr()), (words, path, value))
            (place / "plan.json").write_text(json.dumps(made.get("plan")))
            with suppress(InvalidInput):
                read_plan(place / "plan.json")


@pytest.mark.parametrize(
    "text", ['{"a":' * 100_000, "[" * 100_000, "9" * 10_000, '{"formatVersion": 1e400}', "null", "", "\x00"]
)
def test_what_is_no_document_is_refused(place: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (place / "x.json").write_text(text)
    for words in (("merge", "x.json"), ("apply", "--plan", "x.json", "--yes"), ("show", "x.json")):
        assert run([*words, "--format", "json"]) == 3
        (problem,) = json.loads(capsys.readouterr().out)["diagnostics"]
        assert problem["position"]["file"] == "x.json"
        assert len(problem["message"]) < 200


@pytest.mark.parametrize(
    "command", ["adopt --dry-run", "import --dry-run --target connect-eu", "runs", "explain stale"]
)
def test_a_report_with_another_value_is_shown_or_refused(
    place: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    run([*DOCUMENTS["apply"]])
    capsys.readouterr()
    run([*command.split(), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    for path in shapes(document):
        for value in VALUES:
            (place / "x.json").write_text(json.dumps(changed(document, path, value)))
            for form in ("text", "markdown"):
                status = run(["show", "x.json", "--format", form])
                assert_sound(status, "".join(capsys.readouterr()), (path, value))


def test_runs_shows_what_it_can_of_a_journal(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(DOCUMENTS["apply"])
    folder = place / ".trueup" / "runs"
    (journal,) = folder.glob("*.jsonl")
    lines = journal.read_text().splitlines()
    records = {json.loads(line)["record"]: number for number, line in enumerate(lines)}
    for number in records.values():
        record = json.loads(lines[number])
        for path in shapes(record):
            for value in VALUES:
                others = [*lines[:number], json.dumps(changed(record, path, value)), *lines[number + 1 :]]
                journal.write_text("".join(f"{other}\n" for other in others))
                status = run(["runs", "show", journal.stem])
                assert_sound(status, "".join(capsys.readouterr()), (number, path, value))
