"""Run the action's steps as a runner does, one after the other, on the quickstart."""

import io
import re
import shutil
from pathlib import Path

import pytest
import yaml

from repositories import new_repository
from trueup.cli.github.end import issue_step
from trueup.cli.main import run
from trueup.github.inputs import read_inputs
from trueup.github.page import DriftState, drift_state
from trueup.github.workflow import WorkflowStep
from trueup.report.document import read_document
from unit.cli.job import Job
from unit.docs.pages import ROOT

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


def test_a_blocked_resource_fails_the_joining_job_and_not_its_shard(job: Job) -> None:
    given, _, _ = job.run(command="plan")
    assert (given["blocked"], given["failure-reason"], given["exit-code"]) == ("1", "blocked", "3")
    given, _, _ = job.run(command="plan", shard="1/1")
    assert (given["blocked"], given["failure-reason"], given["exit-code"]) == ("1", "", "3")
    given, _, _ = job.run(command="merge", paths=given["document-path"])
    assert (given["blocked"], given["failure-reason"], given["exit-code"]) == ("1", "blocked", "3")
    (job.place / PSP).write_text("spec: 1\n")
    assert job.run(command="plan", shard="1/1")[0]["failure-reason"] == "invalid"


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
    assert given["summary"] == "Preview: 1 to update (1 action), 4 unchanged."
    assert "## trueup preview: connect-eu" in summary
    assert "Live was not read" in summary
    # On the machine of a developer, HEAD is another commit.
    assert f"trueup preview --target=connect-eu --base={commit}" in summary
    assert not (job.place / ".trueup" / "sandbox.db").exists()


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
    assert re.search(r"^- .*tag v1.4.0$", summary, re.MULTILINE)
    assert re.search(r"^\+ .*tag v1.3.0$", summary, re.MULTILINE)
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


def test_a_run_that_could_not_compare_does_not_change_the_issue(job: Job) -> None:
    log = io.StringIO()
    given, _, _ = job.run(command="validate", paths=PSP)
    env = {**job.env(command="drift", issue="true"), "TRUEUP_DOCUMENT": given["document-path"]}
    assert issue_step(WorkflowStep(env=env, cwd=job.place, out=log)) == 0
    assert log.getvalue() == "The issue was not changed: this run could not compare all of live with git.\n"


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
    assert (given["failure-reason"], given["exit-code"], given["applied"]) == ("plan-changed", "4", "0")
    assert "::error title=trueup::Unapproved 1 (0 requests)." in log
    assert "### Not approved (1)" in summary
    assert "No approved plan shows what it would do to repository. Nothing was sent for it." in log
    assert "v9.9.9" in summary
    after, _, _ = job.run(command="plan", paths=TAX)
    assert after["changes"] == "true"


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
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = {step.get("id", step["name"]): step for step in action["runs"]["steps"]}
    mapped = {
        name: f"TRUEUP_INPUT_{name.upper().replace('-', '_')}"
        for name in action["inputs"]
        if name not in {"github-token", "python-version"}
    }
    for step in ("run", "comment", "issue"):
        found = {name: text for name, text in steps[step]["env"].items() if name.startswith("TRUEUP_INPUT_")}
        assert found == {variable: f"${{{{ inputs.{name} }}}}" for name, variable in mapped.items()}
    defaults = {variable: action["inputs"][name]["default"] for name, variable in mapped.items()}
    assert read_inputs(defaults) == read_inputs({"TRUEUP_INPUT_COMMENT_AUTHOR": "github-actions[bot]"})
    given, _, _ = job.run(command="plan", paths=PSP)
    set_by_run = {name for name, output in action["outputs"].items() if "steps.run" in output["value"]}
    assert set_by_run == set(given)
    for name, output in action["outputs"].items():
        assert output["value"].endswith(f".outputs.{name} }}}}")


def test_no_script_has_an_expression_and_only_two_steps_get_the_token() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = action["runs"]["steps"]
    assert not [step for step in steps if "${{" in step.get("run", "")]
    assert [step["id"] for step in steps if "GITHUB_TOKEN" in step.get("env", {})] == ["comment", "issue"]
    assert all(re.search(r'"\$(python|TRUEUP_PYTHON)" -I ', step["run"]) for step in steps if "run" in step)


@pytest.mark.parametrize(
    ("status", "reason", "ends"),
    [("0", "", 0), ("2", "", 0), ("2", "changes", 2), ("5", "apply-failed", 5), ("", "", 1)],
)
def test_the_last_step_ends_as_the_run_did(
    status: str, reason: str, ends: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUEUP_STATUS", status)
    monkeypatch.setenv("TRUEUP_REASON", reason)
    assert run(["github", "finish"]) == ends
