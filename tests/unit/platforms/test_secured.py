"""How the secrets are found to which manifests refer."""

from pathlib import Path

import pytest

from trueup.model.secret import SecretReference
from trueup.platforms.secured import SecretSource

CREDENTIAL = "SHOP_CLIENT_SECRET"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for inside in ("secrets", ".git", ".trueup"):
        (folder / inside).mkdir(parents=True)
        (folder / inside / "token").write_text("canary")
    (tmp_path / "outside").write_text("canary")
    return folder


def found(project: Path, reference: SecretReference, **env: str) -> str:
    return SecretSource(env, project, frozenset({CREDENTIAL})).value(reference)


def refused(project: Path, reference: SecretReference, **env: str) -> str:
    with pytest.raises(LookupError) as raised:
        found(project, reference, **env)
    message = str(raised.value)
    assert "canary" not in message
    return message


def test_a_value_is_that_of_the_variable(project: Path) -> None:
    assert found(project, SecretReference(env="ACME_TOKEN"), ACME_TOKEN="a\nb ") == "a\nb "


@pytest.mark.parametrize("env", [{}, {"ACME_TOKEN": ""}])
def test_a_variable_without_a_value_is_missing(project: Path, env: dict[str, str]) -> None:
    assert (
        refused(project, SecretReference(env="ACME_TOKEN"), **env) == "the environment variable ACME_TOKEN is not set"
    )


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_one_line_break_at_the_end_of_a_file_is_no_part_of_the_secret(project: Path, end: str) -> None:
    (project / "secrets" / "key").write_bytes(f"-----BEGIN-----\nabc\n{end}".encode())
    expected = "-----BEGIN-----\nabc" + ("\n" if end else "")
    assert found(project, SecretReference(file="secrets/key")) == expected


def test_a_link_that_stays_in_the_project_is_followed(project: Path) -> None:
    (project / "secrets" / "link").symlink_to("token")
    assert found(project, SecretReference(file="secrets/link")) == "canary"


@pytest.mark.parametrize("goal", ["../../outside", "../.git/token", "../.trueup/token"])
def test_a_link_out_of_the_project_is_refused(project: Path, goal: str) -> None:
    (project / "secrets" / "link").symlink_to(goal)
    assert "a link leads from the file secrets/link" in refused(project, SecretReference(file="secrets/link"))


def test_a_folder_that_is_a_link_out_of_the_project_is_refused(project: Path) -> None:
    (project / "mounted").symlink_to(project.parent)
    assert "a link leads from" in refused(project, SecretReference(file="mounted/outside"))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff", b"x" * 65_537])
def test_a_file_without_a_usable_text_is_refused(project: Path, content: bytes) -> None:
    (project / "secrets" / "bad").write_bytes(content)
    assert "secrets/bad" in refused(project, SecretReference(file="secrets/bad"))


def test_the_mark_that_editors_write_first_is_no_part_of_the_secret(project: Path) -> None:
    (project / "secrets" / "key").write_bytes(b"\xef\xbb\xbfabc\n")
    assert found(project, SecretReference(file="secrets/key")) == "abc"


@pytest.mark.parametrize("value", ["*", "********"])
def test_a_masked_value_is_never_taken_for_a_secret(project: Path, value: str) -> None:
    (project / "secrets" / "copied").write_text(f"{value}\n")
    for reference in (SecretReference(file="secrets/copied"), SecretReference(env="ACME_TOKEN")):
        assert "nothing but asterisks" in refused(project, reference, ACME_TOKEN=value)


def test_a_variable_with_bytes_that_are_no_text_is_refused(project: Path) -> None:
    assert "is not UTF-8 text" in refused(project, SecretReference(env="ACME_TOKEN"), ACME_TOKEN="canary\udcff")


@pytest.mark.parametrize("name", ["secrets", "secrets/none"])
def test_what_is_no_file_is_refused(project: Path, name: str) -> None:
    assert "cannot be read" in refused(project, SecretReference(file=name))


@pytest.mark.parametrize(
    "reference",
    [
        SecretReference(env="GITHUB_TOKEN"),
        SecretReference(env=CREDENTIAL),
        SecretReference(env=f"{CREDENTIAL}_FILE"),
        SecretReference(file="../outside"),
    ],
)
def test_the_secrets_of_the_job_are_never_given_away(project: Path, reference: SecretReference) -> None:
    env = {"GITHUB_TOKEN": "canary", CREDENTIAL: "canary", f"{CREDENTIAL}_FILE": "canary"}
    assert refused(project, reference, **env)


def test_the_file_of_a_credential_is_never_given_away(project: Path) -> None:
    env = {f"{CREDENTIAL}_FILE": str(project / "secrets" / "token")}
    assert "credential of a target" in refused(project, SecretReference(file="secrets/token"), **env)
