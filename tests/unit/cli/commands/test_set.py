import json
from pathlib import Path
from typing import Any

import pytest

from trueup.cli import completers
from trueup.cli.commands.set import command
from trueup.cli.edit_files import edited_file
from trueup.cli.main import run
from trueup.cli.options import RunOptions
from trueup.cli.session import read_scope
from trueup.cli.write_all import FileWrite, write_all
from trueup.edit.set_values import FieldPath
from trueup.errors import TrueupError
from trueup.manifest.settable import ManifestTree

PROJECT = (
    "apiVersion: trueup/v1\nkind: Project\nmanifests: ['*.m.yaml']\n"
    "targets: {eu: {platform: connect, sandbox: true}, us: {platform: connect, sandbox: true}}\n"
)


OPTIONS: dict[str, object] = {
    "paths": (),
    "project": None,
    "form": "text",
    "color": "auto",
    "select": {},
    "targets": (),
    **dict.fromkeys(("verbose", "quiet", "debug", "sandbox", "keep_going"), False),
}
"""The values of options that are not given."""


def manifest(key: str, target: str = "eu", team: str = "tax") -> str:
    return (
        "apiVersion: trueup/v1\nkind: Connector\n"
        f"metadata: {{key: {key}, target: {target}, labels: {{team: {team}}}}}\n"
        "spec:\n  name: A # kept\n  repository: {url: https://g.example/a.git, tag: v1}\n"
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    (tmp_path / "tax.m.yaml").write_text(manifest("acme-tax"))
    (tmp_path / "more.m.yaml").write_text(f"{manifest('acme-psp', team='psp')}---\n{manifest('acme-oms')}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(place: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in place.iterdir() if file.is_file()}


def refused(place: Path, capsys: pytest.CaptureFixture[str], *words: str, status: int = 64) -> str:
    """Return the message of a run that must write nothing."""
    before = contents(place)
    assert run(["set", *words]) == status
    assert contents(place) == before
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.err


def test_a_field_of_one_resource_is_set_and_the_rest_of_the_file_stays(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(place)
    assert run(["set", "acme-tax", "spec.repository.tag=v1.5.0"]) == 0
    after = manifest("acme-tax").replace("tag: v1", "tag: v1.5.0")
    assert contents(place) == before | {"tax.m.yaml": after}
    shown = capsys.readouterr().out
    assert "-   repository: {url: https://g.example/a.git, tag: v1}\n" in shown
    assert "+   repository: {url: https://g.example/a.git, tag: v1.5.0}\n" in shown
    assert "Set 1 field of 1 manifest." in shown


def test_a_dry_run_shows_the_difference_and_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(place)
    assert run(["set", "acme-tax", "spec.repository.tag=v2", "--dry-run"]) == 0
    assert contents(place) == before
    shown = capsys.readouterr().out
    assert "tag: v2}" in shown
    assert "Would set 1 field of 1 manifest." in shown


def test_a_label_selects_several_resources_in_several_files(place: Path) -> None:
    assert run(["set", "--select", "team=tax", "spec.repository.tag=v2", "lifecycle.protect=true"]) == 0
    after = contents(place)
    assert after["tax.m.yaml"].count("tag: v2}\nlifecycle: {protect: true}\n") == 1
    first, second = after["more.m.yaml"].split("---\n")
    assert first == manifest("acme-psp", team="psp")
    assert "tag: v2}\nlifecycle: {protect: true}\n" in second


def test_a_file_chooses_all_of_its_resources(place: Path) -> None:
    assert run(["set", "--file", "more.m.yaml", "spec.repository.tag=v2"]) == 0
    after = contents(place)
    assert after["more.m.yaml"].count("tag: v2") == 2
    assert after["tax.m.yaml"] == manifest("acme-tax")


def test_a_value_that_is_there_leaves_the_file_untouched(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    times = (place / "tax.m.yaml").stat().st_mtime_ns, (place / "tax.m.yaml").stat().st_ino
    assert run(["set", "acme-tax", "spec.repository.tag=v1"]) == 0
    assert ((place / "tax.m.yaml").stat().st_mtime_ns, (place / "tax.m.yaml").stat().st_ino) == times
    assert "Nothing to set. 1 manifest already has it." in capsys.readouterr().out


def test_the_json_document_has_the_changes_and_the_difference(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.is_dir()
    assert run(["set", "acme-tax", "spec.repository.tag=v2", 'spec.integrationTypes=["tax"]', "--format", "json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    (one,) = document["set"]
    assert document["written"] is True
    assert (one["identity"]["value"], one["position"]["file"]) == ("acme-tax", "tax.m.yaml")
    assert one["changes"] == [
        {"path": "spec.repository.tag", "before": "v1", "after": "v2"},
        {"path": "spec.integrationTypes", "before": None, "after": ["tax"]},
    ]
    assert "+  repository: {url: https://g.example/a.git, tag: v2}" in one["diff"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["acme-tx", "spec.name=B"], "There is no manifest of 'acme-tx'. Did you mean 'acme-tax'?"),
        (["zzz", "spec.name=B"], "Resources: acme-oms, acme-psp, acme-tax."),
        (["spec.name=B", "spec.name=C"], "The first word is the resource."),
        (["acme-tax"], "There is nothing to set for 'acme-tax'."),
        (["acme-tax", "spec.name"], "'spec.name' has no value. Write PATH=VALUE"),
        (["acme-tax", "spec.name=B", "spec.name=C"], "spec.name is set twice."),
        (["acme-tax", "spec.nmae=B"], "A Connector has no field 'spec.nmae'. Did you mean 'spec.name'?"),
        (["acme-tax", "repository.tag=v2"], "Did you mean 'spec.repository.tag'?"),
        (["acme-tax", "metadata.key=b"], "says which resource the manifest describes"),
        (["acme-tax", "metadata.labels=x"], "metadata.labels is a mapping. Set what is in it: metadata.labels.NAME."),
        (["acme-tax", "metadata.labels.=x"], "Fields of metadata.labels: NAME."),
        (["acme-tax", 'spec.integrationTypes=["\\ud800"]'], "The value of spec.integrationTypes is not UTF-8 text."),
        (["acme-tax", "lifecycle.protect=yes"], "takes true or false, not 'yes'."),
        (["--select", "team=nobody", "spec.name=B"], "None of 3 manifests matches team=nobody."),
        (["--select", "team=tax", "acme-psp", "spec.name=B"], "There is no manifest of 'acme-psp'."),
        (["acme-tax", "spec.name=B", "--target", "asia"], "There is no target 'asia'."),
        (["--file", "-", "spec.name=B"], "Manifests from standard input have no file"),
    ],
)
def test_a_wrong_command_line_is_one_message_and_writes_nothing(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    shown = refused(place, capsys, *words)
    assert message in shown
    assert shown.count("\n") == 1


def test_a_resource_on_two_targets_is_ambiguous_until_one_is_named(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "us.m.yaml").write_text(manifest("acme-tax", target="us"))
    shown = refused(place, capsys, "acme-tax", "spec.name=B")
    assert "'acme-tax' is ambiguous: Connector acme-tax on target eu, tax.m.yaml:1:1; " in shown
    assert "Add --target or --file" in shown
    assert run(["set", "acme-tax", "spec.name=B", "--target", "us"]) == 0
    assert run(["set", "acme-tax", "spec.name=C", "--file", "tax.m.yaml"]) == 0
    assert "name: B # kept" in (place / "us.m.yaml").read_text()
    assert "name: C # kept" in (place / "tax.m.yaml").read_text()


@pytest.mark.parametrize(("name", "written"), [("a:b", "a:b"), ("{a", '"{a"'), ("on#", "on#"), ("12", '"12"')])
def test_the_name_of_a_new_label_is_quoted_where_yaml_needs_it(place: Path, name: str, written: str) -> None:
    assert run(["set", "acme-tax", f"metadata.labels.{name}=x"]) == 0
    assert f"{written}: x" in (place / "tax.m.yaml").read_text()


def test_a_kind_may_stand_before_the_resource(place: Path) -> None:
    assert run(["set", "Connector/acme-tax", "spec.name=B"]) == 0
    assert "name: B # kept" in (place / "tax.m.yaml").read_text()


def test_an_invalid_value_writes_no_file_at_all(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = refused(place, capsys, "--select", "team=tax", "spec.repository.tag=", status=3)
    assert "tag must not be empty" in shown


def test_one_edit_that_cannot_be_made_keeps_all_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = manifest("acme-tax").replace("name: A", "name: &n A") + "  description: *n\n"
    (place / "zzz.m.yaml").write_text(text.replace("acme-tax", "acme-zzz"))
    shown = refused(place, capsys, "--select", "team=tax", "spec.name=B", status=1)
    assert (
        "zzz.m.yaml cannot be edited: the change would affect more than this one value. Nothing was written." in shown
    )


def test_an_invalid_manifest_stops_the_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "bad.m.yaml").write_text(manifest("acme-bad").replace("name: A", "nmae: A"))
    assert "bad.m.yaml:5:3" in refused(place, capsys, "acme-tax", "spec.name=B", status=3)
    assert run(["set", "acme-tax", "spec.name=B", "--file", "tax.m.yaml"]) == 0


def test_a_file_that_was_changed_meanwhile_is_not_written_and_the_others_are_restored(place: Path) -> None:
    before = contents(place)
    tax, more = place / "tax.m.yaml", place / "more.m.yaml"
    changed = [FileWrite(tax, tax.read_bytes(), b"new"), FileWrite(more, b"what was read", b"new")]
    with pytest.raises(TrueupError, match=r"more.m.yaml cannot be written: it has changed.*Nothing was written"):
        write_all(changed)
    assert contents(place) == before


def test_a_file_that_became_a_link_that_leads_out_is_not_edited(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scope = read_scope(RunOptions.of(OPTIONS), live=False)
    outside = tmp_path_factory.mktemp("outside") / "out.yaml"
    outside.write_text(manifest("acme-tax"))
    (place / "tax.m.yaml").unlink()
    (place / "tax.m.yaml").symlink_to(outside)
    values: dict[FieldPath, ManifestTree] = {("spec", "name"): "B"}
    wanted = {m.identity: values for m in scope.manifests if m.identity.value == "acme-tax"}
    with pytest.raises(TrueupError, match="leads out"):
        edited_file(scope.project, "tax.m.yaml", wanted)


def test_words_complete_to_resources_then_fields_then_values(place: Path) -> None:
    assert place.is_dir()

    def offered(incomplete: str, *words: str, **params: object) -> list[str]:
        context = command.make_context("set", [*words, "x"], resilient_parsing=True)
        context.params |= {"words": words, **params}
        return [item.value for item in completers.assignments(context, command.params[0], incomplete)]

    assert offered("acme-t") == ["acme-tax"]
    assert offered("spec.repos", "acme-tax") == ["spec.repository.url=", "spec.repository.tag="]
    assert offered("metadata.", "acme-tax") == ["metadata.labels.", "metadata.locale="]
    assert offered("lifecycle.publish=", "acme-tax") == [
        f"lifecycle.publish={value}" for value in ("none", "private", "certified")
    ]
    assert offered("lifecycle.protect=t", select={"team": "tax"}) == ["lifecycle.protect=true"]


SEVERAL = (
    "apiVersion: trueup/v1\nkind: Connector\n"
    "metadata: {key: acme-erp, targets: [eu, us], labels: {team: erp}}\n"
    "spec:\n  name: A # kept\n  repository: {url: https://g.example/a.git, tag: v1} # shared\n"
    "variants:\n  us: {spec: {repository: {tag: v9}}} # its own\n"
)


@pytest.fixture
def several(place: Path) -> Path:
    (place / "erp.m.yaml").write_text(SEVERAL)
    return place


def test_without_a_target_the_value_that_all_targets_share_is_set(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["set", "acme-erp", "spec.repository.tag=v2"]) == 0
    assert (several / "erp.m.yaml").read_text() == SEVERAL.replace("tag: v1}", "tag: v2}")
    shown = capsys.readouterr().out
    assert "Connector acme-erp on eu, us" in shown
    assert "spec.repository.tag stays as it is on us" in shown
    assert "Set 1 field of 1 manifest." in shown


def test_a_variant_that_keeps_its_value_is_named_also_where_nothing_changes(
    several: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["set", "acme-erp", "spec.repository.tag=v1"]) == 0
    assert (several / "erp.m.yaml").read_text() == SEVERAL
    assert "spec.repository.tag stays as it is on us" in capsys.readouterr().out


def test_with_a_target_the_value_of_its_variant_is_set(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["set", "acme-erp", "--target", "us", "spec.repository.tag=v2"]) == 0
    assert (several / "erp.m.yaml").read_text() == SEVERAL.replace("tag: v9", "tag: v2")
    shown = capsys.readouterr().out
    assert "Connector acme-erp on us" in shown
    assert "stays as it is" not in shown


def test_a_target_without_a_variant_gets_one(several: Path) -> None:
    assert run(["set", "acme-erp", "--target", "eu", "spec.name=B", "lifecycle.protect=true"]) == 0
    after = (several / "erp.m.yaml").read_text()
    assert after == f"{SEVERAL}  eu: {{spec: {{name: B}}, lifecycle: {{protect: true}}}}\n"


def test_each_named_target_gets_the_value(several: Path) -> None:
    assert run(["set", "acme-erp", "--target", "eu", "--target", "us", 'spec.supportedRegions=["us-east-2.aws"]']) == 0
    after = (several / "erp.m.yaml").read_text()
    regions = "supportedRegions: [us-east-2.aws]"
    assert after == SEVERAL.replace("{tag: v9}}}", f"{{tag: v9}}, {regions}}}}}") + f"  eu: {{spec: {{{regions}}}}}\n"


def test_a_variant_gets_no_value_that_it_shares_already(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["set", "acme-erp", "--target", "eu", "spec.repository.tag=v1"]) == 0
    assert (several / "erp.m.yaml").read_text() == SEVERAL
    assert "Nothing to set. 1 manifest already has it." in capsys.readouterr().out


def test_labels_are_shared_so_a_target_cannot_have_its_own(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(several, capsys, "acme-erp", "--target", "us", "metadata.labels.team=b")
    assert message == (
        "trueup: metadata.labels.team is the same for all targets of the manifest. Set it without --target.\n"
    )


def test_all_selected_manifests_are_set_once_for_all_of_their_targets(several: Path) -> None:
    assert run(["set", "--file", "erp.m.yaml", "--file", "tax.m.yaml", "spec.name=B"]) == 0
    assert (several / "erp.m.yaml").read_text() == SEVERAL.replace("name: A", "name: B")
    assert (several / "tax.m.yaml").read_text() == manifest("acme-tax").replace("name: A", "name: B")


def test_an_ambiguous_name_lists_each_document_once(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (several / "trueup.yaml").write_text(PROJECT.replace("us: {", "asia: {platform: connect, sandbox: true}, us: {"))
    (several / "other.m.yaml").write_text(manifest("acme-erp", target="asia"))
    message = refused(several, capsys, "acme-erp", "spec.name=B")
    assert "Connector acme-erp on target eu, us, erp.m.yaml:1:1; " in message
    assert "Connector acme-erp on target asia, other.m.yaml:1:1. " in message


def test_the_json_document_says_which_targets_a_value_is_for(several: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["set", "acme-erp", "spec.repository.tag=v2", "--format", "json"]) == 0
    (edit,) = json.loads(capsys.readouterr().out)["set"]
    assert edit["targets"] == ["eu", "us"]
    assert edit["overridden"] == [{"path": "spec.repository.tag", "targets": ["us"]}]
    assert run(["set", "acme-erp", "--target", "us", "spec.repository.tag=v2", "--format", "json"]) == 0
    (edit,) = json.loads(capsys.readouterr().out)["set"]
    assert [change["path"] for change in edit["changes"]] == ["variants.us.spec.repository.tag"]
    assert edit["changes"][0]["before"] == "v9"
    assert (edit["targets"], edit["overridden"]) == ([], [])
