"""init starts a project from examples, keeps what exists, and writes everything or nothing."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click import Context

from trueup.cli.commands.init import EXTRAS, FIELD_OPTIONS, command
from trueup.cli.main import run
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.manifest.schema import schema
from trueup.model.identity import Platform
from unit.docs.pages import ROOT

REGION = ("--region", "europe-west1.gcp")
BOTH = ("--platform", "connect", "--platform", "origin", *REGION)
STARTED = {
    "trueup.yaml",
    ".gitignore",
    ".vscode/settings.json",
    "connectors/example.yaml.example",
    "certifications/example.yaml.example",
}
WITH_PROJECT = {*STARTED, "deployments/example.yaml.example"}
COPIED = {
    "--github": (".github/workflows/trueup.yml", "examples/workflows/trueup.yml"),
    "--gitlab": (".gitlab-ci.yml", "examples/gitlab/.gitlab-ci.yml"),
    "--pre-commit": (".pre-commit-config.yaml", "examples/start/pre-commit-config.yaml"),
}


def contents(place: Path) -> dict[str, str]:
    files = (file for file in place.rglob("*") if file.is_file() and ".git" not in file.relative_to(place).parts)
    return {str(file.relative_to(place)): file.read_text() for file in files}


def document(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
    assert run(["init", *words, "--format", "json"]) == status
    out = capsys.readouterr().out
    found = json.loads(out)
    assert found["exitStatus"] == status
    return found


def fates(found: Any) -> dict[str, str]:
    return {file["name"]: file["fate"] for file in found["init"]["files"]}


def test_an_empty_folder_becomes_a_project_that_is_valid(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "--yes", *BOTH, "--project-key", "acme")
    assert found["written"] is True
    assert fates(found) == dict.fromkeys(WITH_PROJECT, "new")
    assert contents(place).keys() == WITH_PROJECT
    targets = load_project(place / "trueup.yaml", sandbox=False, cwd=place).targets
    assert {name: target.platform for name, target in targets.items()} == {"connect": "connect", "origin": "origin"}
    assert found["init"]["next"] == [
        "Set CTP_CLIENT_ID, or CTP_CLIENT_ID_FILE to the path of a file that contains it.",
        "Set CTP_CLIENT_SECRET, or CTP_CLIENT_SECRET_FILE to the path of a file that contains it.",
        "trueup import --target connect",
        "Set ORIGIN_ACCESS_TOKEN, or ORIGIN_ACCESS_TOKEN_FILE to the path of a file that contains it.",
        "trueup import --target origin EXTERNAL-ID...",
        "trueup plan",
    ]


def test_a_deployment_has_an_example_only_where_a_target_has_a_project(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document(capsys, "--yes", *BOTH)
    assert contents(place).keys() == STARTED
    found = document(capsys, "--yes", "--project-key", "acme", *REGION, status=5)
    assert fates(found)["deployments/example.yaml.example"] == "new"


def test_the_examples_are_not_manifests_until_they_are_copied(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document(capsys, "--yes", *BOTH, "--project-key", "acme")
    assert run(["validate"]) == 3
    assert "no-manifests" in capsys.readouterr().out
    for example in place.rglob("*.example"):
        example.rename(example.with_suffix(""))
    loaded = load(load_project(place / "trueup.yaml", sandbox=False, cwd=place), (), cwd=place)
    assert loaded.diagnostics == ()
    assert len(loaded.manifests) == 3
    # The example of a connector publishes nothing as long as its lifecycle is a comment.
    assert run(["plan", "--sandbox"]) == 3
    out = capsys.readouterr().out
    assert "Plan: 2 to create, 1 blocked" in out
    assert "lifecycle.publish" in out


@pytest.mark.slow
def test_the_examples_lead_to_running_code_when_their_lifecycle_is_used(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_API_KEY", "a secret")
    document(capsys, "--yes", *REGION, "--project-key", "acme")
    for example in place.rglob("*.example"):
        text = re.sub("^# (lifecycle:|  )", r"\1", example.read_text(), flags=re.MULTILINE)
        example.with_suffix("").write_text(text)
    assert run(["apply", "--sandbox", "--yes"]) == 0
    capsys.readouterr()
    assert run(["plan", "--sandbox"]) == 0
    assert "No changes." in capsys.readouterr().out


@pytest.mark.parametrize("file", sorted((ROOT / "examples" / "start").glob("*")), ids=lambda file: file.name)
def test_the_documentation_shows_every_file_that_a_project_starts_from(file: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "start.md").read_text()
    shown = file.read_text().partition("\nmanifests:")[0]
    assert shown.strip() in page


def test_the_schema_of_each_file_is_the_one_that_trueup_checks_it_with(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document(capsys, "--yes", *BOTH, "--project-key", "acme")
    lines = [text.partition("\n")[0] for name, text in contents(place).items() if ".yaml" in name]
    ids = {schema(name)["$id"] for name in ("Project", "Connector", "Deployment", "Certification")}
    assert {line.removeprefix("# yaml-language-server: $schema=") for line in lines} == ids
    assert json.loads((place / ".vscode" / "settings.json").read_text())["yaml.schemas"].keys() == ids


@pytest.mark.parametrize("option", COPIED)
def test_a_pipeline_or_a_hook_is_the_one_of_the_documentation(
    place: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    name, example = COPIED[option]
    assert fates(document(capsys, "--yes", *REGION, option))[name] == "new"
    assert (place / name).read_text() == (ROOT / example).read_text()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("option", COPIED)
def test_a_pipeline_or_a_hook_has_a_next_step_when_it_is_written(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    document(capsys, "--yes", *REGION)
    (step,) = document(capsys, "--yes", option)["init"]["next"]
    pages = [word.strip(".") for word in step.split() if word.startswith("docs/")]
    assert all((ROOT / page).is_file() for page in pages)
    assert document(capsys, "--yes", option)["init"]["next"] == []


def test_options_are_the_fields_of_the_schema_with_its_defaults() -> None:
    fields = {f: found for p in Platform for f, found in schema("Project")["$defs"][f"{p}Target"]["properties"].items()}
    assert fields.keys() - FIELD_OPTIONS.keys() == {"platform", "scope", "sandbox"}
    defaults = {
        field: found["default"] for field, found in fields.items() if field in FIELD_OPTIONS and "default" in found
    }
    said = {field: re.search(r"Default: ([^ ]*)\.$", line) for field, line in FIELD_OPTIONS.items()}
    assert {field: found[1] for field, found in said.items() if found} == defaults


def test_existing_files_are_kept_and_only_ignored_files_get_lines(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / ".vscode").mkdir()
    mine = {".gitignore": "*.pyc\r\n.env", ".vscode/settings.json": "{}\n", ".gitlab-ci.yml": "stages: []\n"}
    for name, text in mine.items():
        (place / name).write_bytes(text.encode())
    found = document(capsys, "--yes", *REGION, "--gitlab", "--pre-commit", status=5)
    assert fates(found) == {
        "trueup.yaml": "new",
        "connectors/example.yaml.example": "new",
        ".gitignore": "extended",
        ".vscode/settings.json": "left",
        ".gitlab-ci.yml": "left",
        ".pre-commit-config.yaml": "new",
    }
    assert (place / ".gitignore").read_bytes() == (
        b"*.pyc\r\n.env\r\n\r\n# State of trueup on this machine, and files with credentials\r\n.trueup/\r\n"
    )
    assert {name: (place / name).read_bytes().decode() for name in mine if name != ".gitignore"} == {
        name: text for name, text in mine.items() if name != ".gitignore"
    }
    left = {file["name"]: file["text"] for file in found["init"]["files"] if file["fate"] == "left"}
    assert left[".vscode/settings.json"] == (ROOT / "examples" / "start" / "vscode-settings.json").read_text()


def test_a_second_run_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extras = [f"--{name.replace('_', '-')}" for name in EXTRAS]
    document(capsys, "--yes", *BOTH, *extras)
    (place / "connectors" / "example.yaml.example").unlink()
    before = contents(place)
    found = document(capsys, *extras)
    assert set(fates(found).values()) == {"kept"}
    assert found["init"]["next"] == []
    assert contents(place) == before


def test_a_target_for_an_existing_project_is_shown_and_not_written(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document(capsys, "--yes", *REGION)
    before = (place / "trueup.yaml").read_text()
    assert run(["init", "--base-url", "https://origin.example/x"]) == 5
    captured = capsys.readouterr()
    assert "    baseUrl: https://origin.example/x\n" in captured.err
    said = " ".join(captured.out.split())
    assert "not written: the file exists. Add those of the lines below that it lacks." in said
    assert "trueup.yaml:\nmanifests:\n  - certifications/**/*.yaml\n" in captured.err
    assert (place / "trueup.yaml").read_text() == before
    assert (place / "certifications" / "example.yaml.example").exists()


def test_a_dry_run_shows_what_would_be_written_and_writes_nothing(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--yes", *REGION, "--dry-run", "--verbose", "--git"]) == 0
    shown = capsys.readouterr().out
    assert "Would write 4 files." in shown
    assert "+     region: europe-west1.gcp\n" in shown
    assert "would become a git repository" in shown
    assert list(place.iterdir()) == []


def test_a_folder_becomes_a_repository_only_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "--yes", *REGION, "--git")["git"] is True
    head = subprocess.run(["git", "symbolic-ref", "HEAD"], cwd=place, check=True, capture_output=True, text=True)
    assert head.stdout == "refs/heads/main\n"
    assert not (place / ".git" / "hooks").exists()
    assert document(capsys, "--git")["git"] is False


def test_without_git_no_file_is_written_for_a_repository(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))
    assert run(["init", "--yes", *REGION, "--git"]) == 64
    assert capsys.readouterr().err == (
        "trueup: --git needs git, which is not installed, or not on PATH. Nothing was written.\n"
    )
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("name", sorted(STARTED))
def test_a_folder_with_the_name_of_a_file_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (place / name).mkdir(parents=True)
    assert run(["init", "--yes", *BOTH]) == 64
    assert f"{name} cannot be read: it is not a regular file. Nothing was written." in capsys.readouterr().err
    assert contents(place) == {}


def test_ignored_files_in_an_encoding_that_git_cannot_read_are_left_to_the_user(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = "node_modules\r\n".encode("utf-16")
    (place / ".gitignore").write_bytes(before)
    assert run(["init", "--yes", *REGION]) == 5
    assert "Save it as UTF-8" in capsys.readouterr().out
    assert (place / ".gitignore").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Add --platform connect or --platform origin, and the fields of the target: trueup init --yes --region"),
        (("--yes",), "There is no terminal to ask on, and no option names a target."),
        (("--platform", "connect"), "--region is missing. Region of the Connect host. One of europe-west1.gcp, "),
        (("--region", "mars"), "--region: 'mars' is not a valid region. Allowed: One of europe-west1.gcp, "),
        (("--api-url", "http://gw.example"), "--api-url: apiUrl would send credentials over plain http"),
        (("--region", "http://gw.example"), "--region: apiUrl would send credentials over plain http"),
        ((*REGION, "--project-key", "a\x1bb"), "--project-key: "),
        (("--base-url", "https://user:pw@origin.example"), "--base-url: "),
        ((*REGION, "--client-secret-env", "s3cr3t"), "--client-secret-env: Give the name of a variable that starts"),
        (
            (*REGION, "--client-id-env", "TRUEUP_ALLOW_X"),
            "--client-id-env: clientIdEnv names TRUEUP_ALLOW_X, which is for",
        ),
        (("--platform", "connect", *REGION, "--locale", "en"), "--locale needs --platform origin."),
        (("--platform", "nowhere"), "'nowhere' is not one of 'connect', 'origin'."),
    ],
)
def test_options_that_are_missing_or_wrong_are_one_message_and_nothing_is_written(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert run(["init", *words]) == 64
    captured = capsys.readouterr()
    assert message in captured.err
    assert not re.search("\x1b|s3cr3t|pw", captured.err)
    assert captured.out == ""
    assert list(place.iterdir()) == []


def test_a_folder_of_a_project_and_a_broken_project_file_are_refused(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document(capsys, "--yes", *REGION)
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    assert run(["init", "--yes", *REGION]) == 64
    assert f"This folder is in the project of {place / 'trueup.yaml'}." in capsys.readouterr().err
    monkeypatch.chdir(place)
    (place / "trueup.yaml").write_text("kind: [")
    assert run(["init", "--github"]) == 3
    assert "trueup.yaml:1:" in capsys.readouterr().err
    assert not (place / ".github").exists()


def test_a_pipeline_belongs_into_the_top_folder(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=place, check=True)
    (place / "shop").mkdir()
    monkeypatch.chdir(place / "shop")
    found = document(capsys, "--yes", *REGION, "--github", status=5)
    assert fates(found)[".github/workflows/trueup.yml"] == "left"
    assert sorted(contents(place / "shop")) == sorted(STARTED - {"certifications/example.yaml.example"})


def test_when_one_file_cannot_be_written_none_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A file in the place of a folder.
    (place / ".vscode").write_text("mine")
    assert run(["init", "--yes", *BOTH, "--git"]) == 1
    assert ".vscode/settings.json cannot be written: File exists. Nothing was written." in capsys.readouterr().err
    assert contents(place) == {".vscode": "mine"}
    assert [path.name for path in place.iterdir()] == [".vscode"]


def test_nothing_is_written_through_a_link_that_leads_out(
    place: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (place / "connectors").symlink_to("../other")
    assert run(["init", "--yes", *REGION]) == 64
    assert "the symbolic link connectors leads out of" in capsys.readouterr().err
    assert list((tmp_path / "other").iterdir()) == []
    assert [path.name for path in place.iterdir()] == ["connectors"]


@pytest.mark.parametrize(
    ("option", "start", "values"),
    [
        ("--region", "eu", ["europe-west1.gcp", "eu-central-1.aws"]),
        ("--locale", "", ["de", "es_MX", "en", "fr", "zh_CN"]),
        ("--client-id-env", "", ["CTP_CLIENT_ID"]),
        ("--project-key", "", ["acme"]),
    ],
)
def test_the_values_of_a_field_are_completed(option: str, start: str, values: list[str]) -> None:
    (found,) = (param for param in command.params if option in param.opts)
    assert [item.value for item in found.shell_complete(Context(command), start)] == values
