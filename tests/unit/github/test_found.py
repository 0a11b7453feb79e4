import json
from dataclasses import replace
from pathlib import Path

import pytest

from trueup.errors import UsageError
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, FoundPull, NoPlan, found_from_json, found_to_json
from trueup.plan.typed_json import Unexpected

PULL = FoundPull(number=7, url="https://x", title="a\ud800\u202eb", commits=("1" * 40,), files=("approved-1.json",))
FOUND = Found(
    commits=("1" * 40, "2" * 40),
    pulls=(PULL, replace(PULL, number=8, files=(), reason=NoPlan.EXPIRED)),
    direct=("2" * 40,),
    superseded="3" * 40,
    deployments={"eu": 11},
    notes=("One.",),
    unasked={"4" * 40: NoPlan.TOO_MANY},
)


@pytest.mark.parametrize("found", [Found(), FOUND])
def test_what_was_found_is_read_as_it_was_written(found: Found, tmp_path: Path) -> None:
    assert found_from_json(json.loads(json.dumps(found_to_json(found)))) == found
    folder = StepFolder(tmp_path)
    folder.write_found(found)
    assert folder.read_found() == found


def test_another_format_version_is_refused() -> None:
    with pytest.raises(Unexpected, match="format version 2"):
        found_from_json({**found_to_json(FOUND), "formatVersion": 2})


@pytest.mark.parametrize(
    "found",
    [
        Found(direct=("1" * 40,)),
        Found(unasked={"1" * 40: NoPlan.TOO_MANY}),
        Found(pulls=(replace(PULL, reason=NoPlan.FORK),)),
    ],
)
def test_a_range_is_complete_only_if_every_commit_was_shown(found: Found) -> None:
    assert Found(pulls=(PULL,)).complete
    assert not found.complete


def test_the_folder_is_made_for_this_user_alone(tmp_path: Path) -> None:
    folder = StepFolder.new({"RUNNER_TEMP": str(tmp_path)})
    assert folder.path.parent == tmp_path
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.add_approved(b"{}").stat().st_mode & 0o777 == 0o600
    assert folder.add_approved(b"{}").name == "approved-2.json"
    assert StepFolder.of({VARIABLE: str(folder.path)}) == folder


def test_a_step_without_an_earlier_step_says_so(tmp_path: Path) -> None:
    for env in ({}, {VARIABLE: str(tmp_path / "none")}):
        with pytest.raises(UsageError, match=VARIABLE):
            StepFolder.of(env)


def test_inputs_are_kept_without_tokens(tmp_path: Path) -> None:
    folder = StepFolder(tmp_path)
    inputs = {"TRUEUP_INPUT_COMMAND": "plan", "TRUEUP_INPUT_TARGET": "eu\nus"}
    secrets = {
        "TRUEUP_INPUT_GITHUB_TOKEN": "canary",
        "TRUEUP_INPUT_FOLLOW_UP_TOKEN": "canary",
        "GITHUB_TOKEN": "canary",
    }
    folder.write_inputs({**inputs, **secrets, "PATH": "/bin"})
    assert folder.read_inputs() == inputs
    assert "canary" not in folder.inputs.read_text()


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{", "[" * 100_000])
def test_a_damaged_file_is_one_message(text: str, tmp_path: Path) -> None:
    folder = StepFolder(tmp_path)
    for read, file in ((folder.read_inputs, folder.inputs), (folder.read_found, folder.found)):
        with pytest.raises(UsageError, match=file.name):
            read()
        file.write_text(text)
        with pytest.raises(UsageError, match=file.name):
            read()


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "found.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"found\.json"):
        StepFolder(tmp_path).write_found(FOUND)
    assert not (tmp_path / "elsewhere").exists()
