"""Run the action's steps as a runner does, one after the other, on the quickstart."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from repositories import new_repository
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import read_inputs
from trueup.github.page import DriftState, drift_state
from trueup.report.document import read_document
from unit.cli.job import Job
from unit.docs.pages import ROOT

pytestmark = pytest.mark.slow

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step.get("id", step["name"]): step for step in ACTION["runs"]["steps"]}
PSP = "connectors/psp.yaml"
TAX = "connectors/tax.yaml"


def test_a_plan_with_changes_is_no_failure_unless_it_is_asked_for(job: Job) -> None:
    given, log, summary = job.run(command="plan", paths=PSP)
    assert (given["changes"], given["create"], given["failure-reason"], given["exit-code"]) == ("true", "1", "", "2")
    assert "::error" not in log
    assert summary.startswith("## trueup plan\n\n**Plan: 1 to create.**")
    assert "quickstart/connectors/psp.yaml#L2" in summary
    given, log, _ = job.run(command="plan", paths=PSP, fail_on_changes="true")
    assert given["failure-reason"] == "changes"
    assert re.findall("^::error .*", log, re.MULTILINE) == ["::error title=trueup::Plan: 1 to create."]


@pytest.mark.parametrize("git", [False, True])
def test_a_working_directory_behind_a_link_out_of_the_checkout_is_refused(
    job: Job, tmp_path_factory: pytest.TempPathFactory, *, git: bool
) -> None:
    if git:
        new_repository(job.folder)
    other = tmp_path_factory.mktemp("other")
    (job.folder / "link").symlink_to(other)
    (job.folder / "inside").symlink_to("quickstart")
    for folder in ("link", "link/below", "./quickstart/../link"):
        given, log, summary = job.run(command="validate", working_directory=folder)
        assert (given["failure-reason"], given["exit-code"], summary) == ("usage", "64", "")
        assert re.search(rf"^::error .*the symbolic link .*link leads out of .*, to {other}\.", log, re.MULTILINE), log
    for folder in ("", ".", "quickstart", "inside", str(other)):
        assert job.run(command="validate", working_directory=folder)[0]["exit-code"] == "0"


def test_an_apply_and_then_nothing_to_do(job: Job) -> None:
    given, log, _ = job.run(command="apply", paths=PSP)
    assert (given["applied"], given["failed"], given["failure-reason"]) == ("1", "0", "")
    assert "Applied 1" in log
    given, _, summary = job.run(command="plan", paths=PSP)
    assert (given["changes"], given["unchanged"], given["exit-code"]) == ("false", "1", "0")
    assert "No changes." in summary


def test_a_superseded_run_sends_nothing_and_is_green(job: Job) -> None:
    newer = "c" * 40
    given, _, summary = job.run(found=Found(superseded=newer), command="apply", paths=PSP)
    assert (given["superseded"], given["exit-code"], given["failure-reason"]) == (newer, "0", "")
    assert (given["applied"], given["changes"]) == ("0", "false")
    assert "the newer commit cccccccccccc was applied" in summary
    assert job.run(command="plan", paths=PSP)[0]["create"] == "1"


def test_a_complete_plan_is_kept_for_the_apply_after_the_merge(job: Job) -> None:
    new_repository(job.folder).commit()
    given, _, _ = job.run(command="plan", paths=PSP, shard="1/1")
    kept = Path(given["kept-path"])
    assert sorted(file.name for file in kept.iterdir()) == ["document.json", "kept.json"]
    assert (kept / "document.json").read_text() == Path(given["document-path"]).read_text()
    said = json.loads((kept / "kept.json").read_text())
    assert (said["complete"], said["shard"], said["head"], said["pull"]) == (True, "1/1", "a" * 40, None)
    assert given["kept-name"] == f"trueup-plan-{said['key']}-1-of-1-1"
    assert given["kept-pattern"] == f"trueup-plan-{said['key']}-*-of-1-*"


def test_a_plan_with_blocked_resources_is_kept_and_an_invalid_one_is_not(job: Job) -> None:
    new_repository(job.folder).commit()
    given, _, _ = job.run(command="plan")
    assert (given["blocked"], bool(given["kept-path"])) == ("1", True)
    for command in ("drift", "apply"):
        assert job.run(command=command, paths=PSP)[0]["kept-path"] == ""
    (job.place / PSP).write_text("spec: 1\n")
    for keep_going in ("false", "true"):
        given, _, _ = job.run(command="plan", keep_going=keep_going)
        assert (given["kept-path"], given["kept-name"], given["kept-pattern"]) == ("", "", "")


def test_further_credentials_that_cannot_be_read_end_the_run_early(job: Job) -> None:
    given, log, _ = job.run(command="plan", paths=PSP, TRUEUP_CREDENTIALS="canary")
    assert (given["failure-reason"], given["exit-code"]) == ("usage", "64")
    assert "Line 1 of TRUEUP_CREDENTIALS" in log
    assert "canary" not in log


def test_the_pull_requests_of_a_run_are_numbers_as_json(job: Job) -> None:
    pulls = tuple(FoundPull(number=number, url="", title="", commits=()) for number in (12, 7))
    assert job.run(found=Found(pulls=pulls), command="plan", paths=PSP)[0]["pull-requests"] == "[12, 7]"
    assert job.run(command="plan", paths=PSP)[0]["pull-requests"] == "[]"
    (job.folder / "event.json").write_text('{"pull_request": {"number": 3}}')
    assert job.run(command="plan", paths=PSP)[0]["pull-requests"] == "[3]"


def test_a_blocked_resource_fails_the_joining_job_and_not_its_shard(job: Job) -> None:
    given, _, _ = job.run(command="plan")
    assert (given["blocked"], given["failure-reason"], given["exit-code"]) == ("1", "blocked", "3")
    parts = [job.run(command="plan", shard=f"{part}/2")[0] for part in (1, 2)]
    assert sorted((part["blocked"], part["failure-reason"]) for part in parts) == [("0", ""), ("1", "")]
    given, _, _ = job.run(command="merge", paths="\n".join(part["document-path"] for part in parts))
    assert (given["blocked"], given["failure-reason"], given["exit-code"]) == ("1", "blocked", "3")
    (job.place / PSP).write_text("spec: 1\n")
    assert job.run(command="plan", shard="1/2")[0]["failure-reason"] == "invalid"


def test_invalid_manifests_are_annotated_at_their_lines(job: Job) -> None:
    (job.place / PSP).write_text("apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n")
    given, log, summary = job.run(command="plan", paths=PSP)
    assert given["failure-reason"] == "invalid"
    assert "::error file=quickstart/connectors/psp.yaml,line=3" in log
    assert "### Problems" in summary
    assert "Nothing was planned." in summary


def test_a_preview_needs_no_platform_and_is_labelled(job: Job) -> None:
    work = new_repository(job.place)
    commit = work.commit()
    file = job.place / TAX
    file.write_text(file.read_text().replace("v1.4.0", "v1.5.0"))
    given, _, summary = job.run(command="preview", base="HEAD", target="connect-eu")
    assert (given["changes"], given["update"], given["exit-code"], given["plan-path"]) == ("true", "1", "2", "")
    assert given["summary"] == "Preview: 1 to update (1 action), 6 unchanged."
    assert "## trueup preview: connect-eu" in summary
    assert "Live was not read" in summary
    # On the machine of a developer, HEAD is another commit.
    assert f"trueup preview --target=connect-eu --base={commit}" in summary
    assert not (job.place / ".trueup" / "sandbox.db").exists()


def test_a_push_that_rewrote_the_branch_is_applied_without_the_commit_that_is_gone(job: Job) -> None:
    commit = new_repository(job.place).commit()
    pushed = {"GITHUB_EVENT_NAME": "push", "command": "apply", "paths": PSP, "base": "auto", "approved": "auto"}
    gone = "b" * 40
    for before, forced, reason in ((gone, True, "unapproved"), (gone, False, "usage"), (commit, True, "plan-changed")):
        (job.folder / "event.json").write_text(json.dumps({"before": before, "forced": forced}))
        given, log, _ = job.run(**pushed, unapproved="apply", found=Found(direct=(commit,)))
        assert given["failure-reason"] == reason, log
        assert ("The push rewrote the branch, and the commit" in log) == (reason == "unapproved")


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        (NoPlan.UNREACHABLE, "unapproved"),
        (NoPlan.FORBIDDEN, "unapproved"),
        (NoPlan.EXPIRED, ""),
    ],
)
def test_a_plan_that_could_not_be_read_is_not_a_missing_one(job: Job, reason: NoPlan, failure: str) -> None:
    of_pull = Found(pulls=(FoundPull(number=7, url="", title="", commits=("c" * 40,), reason=reason),))
    of_commit = Found(unasked={"c" * 40: reason})
    new_repository(job.place).commit()
    for found in (of_pull, of_commit):
        given, log, _ = job.run(command="apply", paths=PSP, approved="auto", unapproved="apply", found=found)
        assert given["failure-reason"] == failure, log


def test_a_plan_with_a_base_names_the_cause_of_each_change(job: Job) -> None:
    new_repository(job.place).commit()
    file = job.place / TAX
    file.write_text(file.read_text().replace("name: Acme Tax", "name: Acme Taxes"))
    given, _, summary = job.run(command="plan", base="HEAD", paths=TAX)
    assert (given["update"], given["failure-reason"]) == ("1", "")
    assert "### Your change (1)" in summary
    given, log, _ = job.run(command="plan", base="nowhere", paths=TAX)
    assert given["failure-reason"] == "usage"
    assert "There is no commit 'nowhere'" in log


def test_drift_is_counted_and_shown(job: Job) -> None:
    given, _, summary = job.run(command="drift", paths=f"{PSP}\n{TAX}")
    assert {name: given[name] for name in ("changes", "drifted", "unchanged", "exit-code", "failure-reason")} == {
        "changes": "true",
        "drifted": "2",
        "unchanged": "0",
        "exit-code": "2",
        "failure-reason": "",
    }
    assert "### Deleted live (1)" in summary
    assert "### Changed live (1)" in summary
    assert re.search(r"^- .*repository.tag +v1.4.0$", summary, re.MULTILINE)
    assert re.search(r"^\+ .*repository.tag +v1.3.0  \(setRepository\)$", summary, re.MULTILINE)
    given, _, _ = job.run(command="drift", paths=PSP, fail_on_changes="true")
    assert given["failure-reason"] == "changes"
    job.run(command="apply", paths=PSP)
    given, _, summary = job.run(command="drift", paths=PSP, fail_on_changes="true")
    assert (given["changes"], given["unchanged"], given["exit-code"], given["failure-reason"]) == (
        "false",
        "1",
        "0",
        "",
    )
    assert "No drift." in summary


def drift_of(given: dict[str, str]) -> DriftState:
    file = given["document-path"]
    return drift_state(read_document(Path(file).read_text(), file=file))


def test_only_a_run_that_compared_live_with_git_knows_the_drift(job: Job) -> None:
    for command in ("plan", "drift"):
        given, _, _ = job.run(command=command, paths=PSP)
        assert drift_of(given) is DriftState.DIFFERS
    assert drift_of(job.run(command="validate", paths=PSP)[0]) is DriftState.UNKNOWN
    assert drift_of(job.run(command="plan", paths="connectors/erp.yaml")[0]) is DriftState.DIFFERS
    assert drift_of(job.run(command="apply", paths=PSP)[0]) is DriftState.SAME
    assert drift_of(job.run(command="drift", paths=PSP)[0]) is DriftState.SAME


def test_a_blocked_resource_fails_with_a_message(job: Job) -> None:
    given, log, _ = job.run(command="plan", paths="connectors/erp.yaml")
    assert (given["failure-reason"], given["blocked"], given["exit-code"]) == ("blocked", "1", "3")
    (annotation,) = re.findall("^::error .*", log, re.MULTILINE)
    assert annotation.startswith("::error file=quickstart/connectors/erp.yaml,line=14,")
    assert "Connector acme-erp: supportedRegions is [] in the manifest" in annotation


def test_a_saved_plan_is_applied_and_a_changed_manifest_refused(job: Job) -> None:
    planned, _, _ = job.run(command="plan", paths=PSP)
    given, _, _ = job.run(command="apply", plan=planned["plan-path"], paths=PSP)
    assert given["applied"] == "1"
    planned, _, _ = job.run(command="plan", paths=TAX)
    (job.place / TAX).write_text((job.place / TAX).read_text().replace("v1.4.0", "v1.4.1"))
    given, _, summary = job.run(command="apply", plan=planned["plan-path"], paths=TAX)
    assert (given["failure-reason"], given["exit-code"]) == ("plan-changed", "4")
    assert "Plan again" in summary


def test_an_approved_plan_allows_only_the_actions_it_showed(job: Job) -> None:
    shown, _, _ = job.run(command="plan", paths=f"{PSP}\n{TAX}")
    part, _, _ = job.run(command="apply", paths=PSP)
    assert part["applied"] == "1"
    given, _, _ = job.run(command="apply", approved=shown["plan-path"], paths=f"{PSP}\n{TAX}")
    assert (given["applied"], given["unchanged"], given["failure-reason"]) == ("1", "1", "")


def test_what_an_approved_plan_does_not_show_is_left_and_named(job: Job) -> None:
    shown, _, _ = job.run(command="plan", paths=TAX)
    (job.place / TAX).write_text((job.place / TAX).read_text().replace("v1.4.0", "v9.9.9"))
    given, log, summary = job.run(command="apply", approved=shown["plan-path"], paths=TAX)
    assert (given["failure-reason"], given["exit-code"], given["unapproved"]) == ("unapproved", "4", "1")
    assert "::error title=trueup::Unapproved 1 (0 requests)." in log
    assert "### Not approved (1)" in summary
    assert "No approved plan shows what it would do to repository. Nothing was sent for it." in log
    assert "v9.9.9" in summary
    after, _, _ = job.run(command="plan", paths=TAX)
    assert after["changes"] == "true"


def test_what_no_plan_shows_is_applied_only_where_a_commit_has_no_plan(job: Job) -> None:
    asked = {"command": "apply", "approved": "auto", "unapproved": "apply", "paths": PSP}
    planned = Found(pulls=(FoundPull(number=7, url="", title="", commits=("c" * 40,)),))
    given, _, _ = job.run(found=planned, **asked)
    assert (given["applied"], given["unapproved"], given["exit-code"]) == ("0", "1", "4")
    pushed = Found(direct=("d" * 40,))
    given, _, _ = job.run(found=pushed, **{**asked, "unapproved": "stop"})
    assert (given["applied"], given["unapproved"], given["exit-code"]) == ("0", "1", "4")
    given, _, _ = job.run(found=pushed, **asked)
    assert (given["applied"], given["unapproved"], given["exit-code"]) == ("1", "0", "0")


def test_shards_are_joined_from_a_folder(job: Job) -> None:
    documents = job.folder / "shards"
    documents.mkdir()
    for number in (1, 2):
        given, _, _ = job.run(command="plan", shard=f"{number}/2")
        shutil.copy(given["document-path"], documents / f"{number}.json")
    joined, _, summary = job.run(command="merge", paths=str(documents))
    whole, _, _ = job.run(command="plan")
    assert {name: joined[name] for name in ("create", "update", "blocked", "digest")} == {
        name: whole[name] for name in ("create", "update", "blocked", "digest")
    }
    assert "## trueup plan" in summary
    (documents / "2.json").unlink()
    given, _, _ = job.run(command="merge", paths=str(documents))
    assert given["failure-reason"] == "invalid"


def test_the_newest_attempt_of_each_kept_shard_is_joined(job: Job) -> None:
    new_repository(job.folder).commit()
    shards = job.folder / "shards"
    for part, attempt in ((1, 1), (2, 9), (2, 10)):
        given, _, _ = job.run(command="plan", shard=f"{part}/2", GITHUB_RUN_ATTEMPT=str(attempt))
        shutil.copytree(given["kept-path"], shards / given["kept-name"])
    joined, log, _ = job.run(command="merge", paths=str(shards))
    assert joined["failure-reason"] == "blocked", log
    assert joined["create"] == job.run(command="plan")[0]["create"]


def test_invalid_inputs_are_reported_as_wrong_usage(job: Job) -> None:
    given, log, _ = job.run(command="delete")
    assert (given["exit-code"], given["failure-reason"]) == ("64", "usage")
    assert log.startswith("::error title=trueup::The input command is 'delete'")


def test_untrusted_text_is_printed_while_commands_are_off(job: Job) -> None:
    manifest = yaml.safe_load((job.place / PSP).read_text())
    manifest["spec"]["name"] = "x\n::error::planted"
    (job.place / PSP).write_text(yaml.safe_dump(manifest))
    _, log, _ = job.run(command="plan", paths=PSP)
    off = False
    for line in log.splitlines():
        if line.startswith("::stop-commands::"):
            off, word = True, line.removeprefix("::stop-commands::")
        elif off and line == f"::{word}::":
            off = False
        else:
            assert off or not line.startswith("::error::planted")
    assert not off


def test_every_input_and_output_of_the_action_is_one_that_the_code_knows(job: Job) -> None:
    mapped = {
        name: f"TRUEUP_INPUT_{name.upper().replace('-', '_')}"
        for name in ACTION["inputs"]
        if name not in {"github-token", "follow-up-token", "python-version"}
    }
    found = {name: text for name, text in STEPS["begin"]["env"].items() if name.startswith("TRUEUP_INPUT_")}
    assert found == {variable: f"${{{{ inputs.{name} }}}}" for name, variable in mapped.items()}
    defaults = {variable: ACTION["inputs"][name]["default"] for name, variable in mapped.items()}
    plain = {"TRUEUP_INPUT_COMMENT_AUTHOR": "github-actions[bot]", "TRUEUP_INPUT_WORKFLOW": "trueup.yml"}
    assert read_inputs(defaults) == read_inputs(plain)
    given, _, _ = job.run(command="plan", paths=PSP)
    told = {name for name, output in ACTION["outputs"].items() if "steps.run" in output["value"]}
    assert told == set(given)
    for name, output in ACTION["outputs"].items():
        assert output["value"].endswith(f".outputs.{name} }}}}")


def test_the_inputs_are_given_once_and_the_step_that_applies_gets_no_token() -> None:
    assert [name for name, step in STEPS.items() if "TRUEUP_INPUT_COMMAND" in step.get("env", {})] == ["begin"]
    tokens = [
        name for name, step in STEPS.items() if any("token" in str(text) for text in step.get("env", {}).values())
    ]
    assert tokens == ["begin", "Do what the comment asks for", "end"]
    assert STEPS["run"]["env"].keys() == {"TRUEUP_FOLDER", "TRUEUP_PYTHON"}


def test_no_script_has_an_expression_and_python_imports_nothing_of_the_repository() -> None:
    scripts = [step["run"] for step in STEPS.values() if "run" in step]
    assert not [script for script in scripts if "${{" in script]
    assert all(re.search(r'"\$(python|TRUEUP_PYTHON)" -I ', script) for script in scripts)
    assert [script for script in scripts if re.search(r"(python|PYTHON)\" (?!-I)-", script)] == []
