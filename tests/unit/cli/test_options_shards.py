"""Shards on the command line, and the merge of their documents."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import click
import pytest

from acceptance.commands import quickstart
from repositories import new_repository
from trueup.cli.exit_codes import Exit
from trueup.cli.main import run
from trueup.cli.options import parse_shard, raw_shard
from trueup.errors import TrueupError, Unavailable
from trueup.plan.shard import Shard
from trueup.report.document import render_document
from trueup.report.result import Result


def test_a_shard_is_given_by_its_numbers() -> None:
    assert parse_shard("2/4", {}) == Shard(2, 4)


def test_auto_takes_the_numbers_of_an_indexed_job_which_counts_from_0() -> None:
    assert parse_shard("auto", {"JOB_COMPLETION_INDEX": "0", "TRUEUP_SHARDS": "16"}) == Shard(1, 16)
    assert parse_shard("auto", {"JOB_COMPLETION_INDEX": "15", "TRUEUP_SHARDS": "16"}) == Shard(16, 16)


def test_validate_does_not_call_the_manifests_of_other_shards_invalid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chdir(quickstart(tmp_path)):
        for shard, count in (("1/2", 8), ("2/2", 3)):
            assert run(["validate", "--shard", shard]) == Exit.DONE
            assert capsys.readouterr().out == f"{count} of 11 manifests are valid and selected.\n"


@pytest.mark.parametrize("text", ["2", "2/", "/4", "a/4", "2/4/6", "-1/4", "1.0/4", "0/4", "5/4", "Auto", ""])
def test_an_invalid_shard_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_shard(text, {"JOB_COMPLETION_INDEX": "1", "TRUEUP_SHARDS": "2"})


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"JOB_COMPLETION_INDEX": "0"},
        {"TRUEUP_SHARDS": "4"},
        {"JOB_COMPLETION_INDEX": "4", "TRUEUP_SHARDS": "4"},
        {"JOB_COMPLETION_INDEX": "0", "TRUEUP_SHARDS": "four"},
    ],
)
def test_auto_never_guesses(env: dict[str, str]) -> None:
    with pytest.raises(click.BadParameter):
        parse_shard("auto", env)


def test_a_shard_is_seen_on_a_command_line_that_cannot_be_parsed() -> None:
    assert raw_shard(["plan", "--nonsense", "--shard", "2/4"]) == Shard(2, 4)
    assert raw_shard(["plan", "--shard=3/4", "--nonsense"]) == Shard(3, 4)
    assert raw_shard(["plan", "--shard", "9/4"]) is None
    assert raw_shard(["plan"]) is None


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with chdir(quickstart(tmp_path)):
        yield Path()


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run(arguments)
    return status, capsys.readouterr().out


def write_shards(capsys: pytest.CaptureFixture[str], count: int, *arguments: str) -> list[str]:
    names = []
    for index in range(1, count + 1):
        _, text = output(capsys, *arguments, "--sandbox", "--shard", f"{index}/{count}", "--format", "json")
        Path(f"shard-{index}.json").write_text(text)
        names.append(f"shard-{index}.json")
    return names


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("command", [("validate",), ("plan",), ("plan", "--detailed-exitcode")])
def test_joined_shards_read_and_end_like_one_run(
    place: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], form: str
) -> None:
    # With paths, one run does not count what is unmanaged either.
    paths = ("connectors", "certifications", "deployments")
    names = write_shards(capsys, 3, *command, *paths)
    joined = output(capsys, "merge", *names, "--format", form)
    whole = output(capsys, *command, *paths, "--sandbox", "--format", form)
    if command == ("validate",):
        # Only the summary differs: it counts what was joined.
        assert joined[0] is Exit.DONE
        assert "3 shards joined." in joined[1]
        assert joined[1].replace("3 shards joined.", "11 of 11 manifests are valid.") == whole[1]
    else:
        assert joined == whole


def test_joined_applies_read_and_end_like_one_apply(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_shards(capsys, 2, "apply", "--yes")
    status, text = output(capsys, "merge", *names, "--format", "json")
    outcomes = {o["identity"]["value"]: o["status"] for o in json.loads(text)["outcomes"]}
    assert status == Exit.INVALID
    assert outcomes["acme-erp"] == "blocked"
    assert outcomes["acme-tax"] == "applied"
    assert len(outcomes) == 11
    assert output(capsys, "plan", "--sandbox", "--detailed-exitcode", "--select", "demo=ok")[0] == Exit.DONE


def test_the_document_of_a_shard_names_the_shard(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard = ("--shard", "2/3", "--format", "json")
    for arguments in (("plan", "--sandbox", *shard), ("plan", *shard), ("plan", "--nonsense", *shard)):
        assert json.loads(output(capsys, *arguments)[1])["shard"] == {"index": 2, "count": 3}
    assert "shard" not in json.loads(output(capsys, "plan", "--sandbox", "--format", "json")[1])


def test_a_selection_of_manifests_in_other_shards_is_no_error(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = [
        output(capsys, "plan", "--sandbox", "--select", "team=tax", "--shard", f"{i}/9")[0] for i in range(1, 10)
    ]
    assert set(statuses) == {Exit.DONE}


def test_nothing_is_joined_when_a_shard_is_missing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_shards(capsys, 3, "plan")
    status, text = output(capsys, "merge", *names[:2], "--format", "json")
    document = json.loads(text)
    assert status == document["exitStatus"] == Exit.INVALID
    assert document["plan"] is None
    assert [d["code"] for d in document["diagnostics"]] == ["shard-missing"]


def test_a_file_that_is_not_there_is_wrong_usage(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "merge", "shard-1.json") == (Exit.USAGE, "")


def failed(index: int, error: TrueupError, **more: Any) -> None:
    text = render_document(Result(command="apply", status=1, error=error, shard=Shard(index, 2), **more))
    Path(f"failed-{index}.json").write_text(text)


def test_an_apply_of_which_a_shard_failed_is_partly_applied(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_shards(capsys, 2, "apply", "--yes")
    failed(2, Unavailable("No answer."))
    assert output(capsys, "merge", names[0], "failed-2.json")[0] == Exit.PARTLY
    failed(1, Unavailable("No answer."))
    assert output(capsys, "merge", "failed-1.json", "failed-2.json")[0] == Exit.FAILED


@pytest.mark.parametrize("shard", ["1/2", "2/2"])
@pytest.mark.parametrize(
    "wrong", ["a: [\n", "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec: {}\n"]
)
def test_a_file_that_is_wrong_and_a_resource_described_twice_stop_every_shard(
    shard: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    good = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec: {}\n"
    (tmp_path / "good.yaml").write_text(good)
    assert run(["validate", "good.yaml", "--shard", shard]) == 0
    (tmp_path / "wrong.yaml").write_text(wrong)
    assert run(["validate", "good.yaml", "wrong.yaml", "--shard", shard]) == 3
    assert "wrong.yaml" in capsys.readouterr().out


def test_an_exit_status_that_no_command_has_is_not_read(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = write_shards(capsys, 2, "validate")
    document = json.loads(Path(first).read_text())
    Path(first).write_text(json.dumps({**document, "exitStatus": 77}))
    status, text = output(capsys, "merge", first, second, "--format", "json")
    assert status == Exit.INVALID
    (problem,) = json.loads(text)["diagnostics"]
    assert (problem["code"], problem["position"]["file"]) == ("shard-format", first)


@pytest.mark.parametrize("changed", ["connectors/tax.yaml", "connectors/new.yaml", "trueup.yaml"])
def test_shards_of_two_working_copies_of_one_commit_are_not_joined(
    place: Path, capsys: pytest.CaptureFixture[str], changed: str
) -> None:
    def made() -> dict[str, str]:
        found: dict[str, str] = json.loads(Path("shard-2.json").read_text())["making"]
        return found

    new_repository(Path()).commit()
    names = write_shards(capsys, 2, "plan")
    assert made()["files"].startswith("sha256:")
    assert output(capsys, "merge", *names)[0] == Exit.INVALID  # the quickstart has one that is blocked
    one = (Path("shard-1.json").read_text(), made())
    file = Path(changed)
    file.write_text(f"{file.read_text() if file.exists() else ''}# not committed\n")
    write_shards(capsys, 2, "plan")
    assert made()["commit"] == one[1]["commit"]
    Path("shard-1.json").write_text(one[0])
    document = json.loads(output(capsys, "merge", *names, "--format", "json")[1])
    assert [problem["code"] for problem in document["diagnostics"]] == ["shard-foreign"]
    assert document["plan"] is None
