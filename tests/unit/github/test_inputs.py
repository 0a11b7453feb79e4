from dataclasses import replace

import pytest

from trueup.errors import UsageError
from trueup.github.context import Context
from trueup.github.inputs import (
    addressing_inputs,
    arguments,
    local_command,
    read_inputs,
    saved_plan_arguments,
    with_base,
)
from unit.github.contexts import context


def env(**given: str) -> dict[str, str]:
    return {f"TRUEUP_INPUT_{name.upper()}": value for name, value in given.items()}


def test_without_inputs_everything_is_planned() -> None:
    assert arguments(read_inputs({}), out="p") == ["plan", "--detailed-exitcode", "--out=p", "--format=json", "--"]


def test_no_input_is_taken_for_an_option() -> None:
    inputs = read_inputs(env(paths="a b\n\n  --allow-delete=9\n", target="--yes", select="-x=y", project="--debug"))
    words = arguments(inputs)
    assert words[words.index("--") + 1 :] == ["a b", "--allow-delete=9"]
    assert {"--target=--yes", "--select=-x=y", "--project=--debug"} <= set(words[: words.index("--")])


@pytest.mark.parametrize("command", ["preview", "drift"])
def test_a_preview_and_drift_compare_with_another_commit_and_save_no_plan(command: str) -> None:
    words = arguments(read_inputs(env(command=command, base="HEAD^1", changed_since="-x", allow_delete="1")), out="p")
    assert words == [command, "--detailed-exitcode", "--base=HEAD^1", "--changed-since=-x", "--format=json", "--"]


def test_plan_apply_and_a_saved_plan_receive_the_base() -> None:
    given = {"base": "HEAD^1"}
    assert "--base=HEAD^1" in arguments(read_inputs(env(**given)))
    assert "--base=HEAD^1" in arguments(read_inputs(env(command="apply", **given)))
    assert "--base=HEAD^1" in saved_plan_arguments(read_inputs(env(command="apply", **given)), "plan.json")


def test_an_apply_receives_its_limits() -> None:
    allowed = {"allow_delete": "2", "allow_unknown": "tax\n-x", "max_changes": "10%"}
    words = arguments(read_inputs(env(command="apply", sandbox="true", **allowed)))
    limits = ["--sandbox", "--allow-delete=2", "--allow-unknown=tax", "--allow-unknown=-x", "--max-changes=10%"]
    assert words == ["apply", "--yes", "--on-conflict=stop", *limits, "--format=json", "--"]
    overwriting = read_inputs(env(command="apply", on_conflict="overwrite"))
    assert "--on-conflict=overwrite" in arguments(overwriting)
    assert "--on-conflict=overwrite" in saved_plan_arguments(overwriting, "plan.json")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_secured_values_to_write_again_are_in_the_plan_and_in_its_apply(command: str) -> None:
    inputs = read_inputs(env(command=command, write_secured="A.B, C\n--yes"))
    wanted = ["--write-secured=A.B", "--write-secured=C", "--write-secured=--yes"]
    assert [word for word in arguments(inputs) if word.startswith("--write-secured")] == wanted
    assert "--write-secured=A.B" in local_command(inputs)


def test_a_saved_plan_keeps_its_secured_values() -> None:
    with pytest.raises(UsageError, match="A saved plan keeps the rules"):
        read_inputs(env(command="apply", plan="plan.json", write_secured="A"))
    with pytest.raises(UsageError, match="write-secured cannot be used with command: drift"):
        read_inputs(env(command="drift", write_secured="A"))


@pytest.mark.parametrize("given", [{}, {"plan": "plan.json"}, {"approved": "plan.json"}])
def test_every_apply_receives_the_digest(given: dict[str, str]) -> None:
    inputs = read_inputs(env(command="apply", digest="sha256:4f0c", **given))
    assert "--digest=sha256:4f0c" in arguments(inputs)
    assert "--digest=sha256:4f0c" in saved_plan_arguments(inputs, "plan.json")
    assert not [word for word in arguments(read_inputs(env(command="apply", **given))) if word.startswith("--digest")]


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_commands_with_credentials_receive_the_allowed_targets(command: str) -> None:
    inputs = read_inputs(env(command=command, allow_target="eu\n--yes"))
    allowed = ["--allow-target=eu", "--allow-target=--yes"]
    assert [word for word in arguments(inputs) if word.startswith("--allow-target")] == allowed
    assert set(allowed) <= set(saved_plan_arguments(inputs, "plan.json"))


@pytest.mark.parametrize("command", ["validate", "preview"])
def test_offline_commands_receive_no_allowed_targets(command: str) -> None:
    given = {"base": "HEAD"} if command == "preview" else {}
    assert "--allow-target=eu" not in arguments(read_inputs(env(command=command, allow_target="eu", **given)))


def test_a_saved_plan_is_applied_and_paths_are_its_manifests() -> None:
    inputs = read_inputs(env(command="apply", plan="plan.json", paths="connectors"))
    assert arguments(inputs) == saved_plan_arguments(inputs, "plan.json")
    assert {"--plan=plan.json", "--manifests=connectors", "--yes"} <= set(arguments(inputs))


@pytest.mark.parametrize(
    "given",
    [
        {"command": "delete"},
        {"sandbox": "yes"},
        {"fail_on_changes": "True"},
        {"comment": "on"},
        {"command": "apply", "on_conflict": "ignore"},
        {"plan": "plan.json"},
        {"command": "apply", "plan": "a", "approved": "b"},
        {"command": "merge"},
        {"command": "preview"},
        {"command": "validate", "base": "HEAD"},
        {"command": "merge", "paths": "a", "base": "HEAD"},
        {"command": "merge", "paths": "a", "changed_since": "HEAD"},
        {"command": "merge", "paths": "a", "applied": "auto"},
        {"command": "validate", "applied": "records.json"},
        {"command": "plan", "approved": "auto"},
        {"command": "apply", "unapproved": "ask"},
        {"issue": "yes"},
        {"record": "on"},
    ],
)
def test_an_invalid_input_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read_inputs(env(**given))


def test_the_local_command_changes_nothing_and_is_quoted() -> None:
    inputs = read_inputs(env(command="apply", paths="a b.yaml", allow_delete="1", target="eu"))
    assert local_command(inputs) == "trueup plan --target=eu 'a b.yaml'"


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ("pull_request", "HEAD^1"),
        ("merge_group", "c" * 40),
        ("push", "b" * 40),
        ("workflow_dispatch", ""),
        ("schedule", ""),
    ],
)
def test_an_automatic_base_follows_from_the_event(event: str, base: str) -> None:
    inputs = read_inputs(env(command="plan", base="auto"))
    assert not [word for word in arguments(inputs) if word.startswith("--base")]
    resolved = with_base(inputs, event_of(event))
    assert [word for word in arguments(resolved) if word.startswith("--base")] == ([f"--base={base}"] if base else [])
    given = read_inputs(env(command="plan", base="v1"))
    assert with_base(given, event_of(event)) == given


def test_a_push_of_a_new_branch_has_no_automatic_base() -> None:
    assert with_base(read_inputs(env(base="auto")), event_of("push", before="")).base == ""


def test_a_preview_is_refused_for_an_event_without_a_base() -> None:
    inputs = read_inputs(env(command="preview", base="auto"))
    with pytest.raises(UsageError, match="preview needs the input base"):
        with_base(inputs, event_of("schedule"))


def event_of(name: str, *, before: str = "b" * 40) -> Context:
    return replace(context(pull=None), event=name, before=before, merge_group_base="c" * 40)


@pytest.mark.parametrize("command", ["preview", "plan", "apply", "drift"])
def test_a_command_that_compares_receives_the_records_of_applies(command: str) -> None:
    given = {"command": command, "base": "HEAD^1"}
    assert "--applied=records.json" in arguments(read_inputs(env(**given, applied="records.json")))
    assert not [word for word in arguments(read_inputs(env(**given, applied="auto"))) if "applied" in word]


def test_an_apply_of_approved_plans_sends_nothing_else_even_if_there_is_none() -> None:
    inputs = read_inputs(env(command="apply", approved="auto"))
    assert "--unapproved=stop" in arguments(inputs)
    words = arguments(read_inputs(env(command="apply", approved="auto", unapproved="apply")), approved=["a", "-b"])
    assert [word for word in words if "approved" in word] == ["--approved=a", "--approved=-b", "--unapproved=apply"]
    assert not [word for word in arguments(read_inputs(env(command="apply", unapproved="apply"))) if "approved" in word]


def test_one_part_of_one_is_no_shard() -> None:
    assert not [word for word in arguments(read_inputs(env(shard="1/1"))) if word.startswith("--shard")]
    assert "--shard=1/2" in arguments(read_inputs(env(shard="1/2")))


def test_an_invalid_input_hides_none_of_those_that_say_where_the_comment_is() -> None:
    given = env(command="delete", target="eu\nus", comment="on", comment_key="k", issue="yes", sandbox="perhaps")
    inputs = addressing_inputs(given)
    assert (inputs.command, inputs.targets, inputs.comment, inputs.comment_key) == ("plan", ("eu", "us"), "update", "k")
    assert inputs.issue == "false"


def test_a_shard_of_several_is_a_part_and_the_only_one_is_not() -> None:
    parts = [read_inputs(env(shard=shard)).is_part for shard in ("", "1/1", "1/2")]
    assert parts == [False, False, True]
    assert not read_inputs(env(command="merge", paths="a", shard="1/2")).is_part
