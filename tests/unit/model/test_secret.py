import pytest

from trueup.model.secret import SecretReference, is_reserved


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "RUNNER_TEMP",
        "CI_JOB_TOKEN",
        "GITLAB_TRUEUP_TOKEN",
        "CTP_CLIENT_SECRET",
        "CTP_CLIENT_SECRET_FILE",
        "ORIGIN_ACCESS_TOKEN",
        "TRUEUP_SECURED_VALUES",
        "github_token",
        "https_proxy",
        "ALL_PROXY",
    ],
)
def test_variables_of_trueup_and_of_the_job_are_not_for_manifests(name: str) -> None:
    assert is_reserved(name)
    assert name in SecretReference(env=name).misuse


@pytest.mark.parametrize("name", ["API_TOKEN", "MY_GITHUB_TOKEN", "ACTIONSX", "CTP", "PROXY", "ACME_HTTP_PROXY", "_"])
def test_other_variables_may_be_named(name: str) -> None:
    assert SecretReference(env=name).misuse == ""


@pytest.mark.parametrize(
    "file",
    [
        "/etc/passwd",
        "\\\\host\\share",
        "C:\\secret",
        "c:secret",
        "../secret",
        "secrets/../../secret",
        "secrets\\..\\..\\secret",
        "..",
        ".git/config",
        "sub/.GIT/config",
        ".trueup/key",
        "a\0b",
    ],
)
def test_files_outside_of_the_project_and_those_of_git_are_not_for_manifests(file: str) -> None:
    assert SecretReference(file=file).misuse


@pytest.mark.parametrize("file", ["secrets/api-token", "./token", "token", ".gitignore", "...", "a..b", ".secrets/x"])
def test_other_files_may_be_named(file: str) -> None:
    assert SecretReference(file=file).misuse == ""
