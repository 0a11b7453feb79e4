import os
from pathlib import Path

import pytest

from trueup.errors import Diagnostic, InvalidInput, UsageError
from trueup.manifest.project import DEFAULT_GLOBS, Project, find_project, load_project
from trueup.model.identity import ConnectTarget, OriginTarget
from trueup.model.position import Position

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")

HEAD = "apiVersion: trueup/v1\nkind: Project\n"


def _load(root: Path, text: str | bytes, *, sandbox: bool = False) -> Project:
    (root / "trueup.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_project(root / "trueup.yaml", sandbox=sandbox, cwd=root)


def _problems(root: Path, text: str | bytes) -> list[tuple[str, str]]:
    return [(problem.code, str(problem.position)) for problem in _refused(root, text)]


def _refused(root: Path, text: str | bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(InvalidInput) as refused:
        _load(root, text)
    assert len({problem.quotable for problem in refused.value.diagnostics}) == 1
    return refused.value.diagnostics


def test_the_project_is_found_upwards_from_the_working_directory(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_project(deep) is None or not find_project(deep).is_relative_to(tmp_path)  # type: ignore[union-attr]
    (tmp_path / "trueup.yaml").touch()
    assert find_project(deep) == tmp_path / "trueup.yaml"
    (tmp_path / "a" / "trueup.yaml").touch()
    assert find_project(deep) == tmp_path / "a" / "trueup.yaml"


def test_a_project_above_the_first_path_is_found_if_there_is_none_above_the_folder(tmp_path: Path) -> None:
    (tmp_path / "x" / "m").mkdir(parents=True)
    (tmp_path / "cwd").mkdir()
    (tmp_path / "x" / "m" / "a.yaml").touch()
    (tmp_path / "x" / "trueup.yaml").touch()
    cwd = tmp_path / "cwd"
    for path in ("../x", "../x/m", "../x/m/a.yaml", str(tmp_path / "x" / "m")):
        found = find_project(cwd, ["-", path, "elsewhere"])
        assert found is not None
        assert found.samefile(tmp_path / "x" / "trueup.yaml")


def test_the_working_directory_takes_precedence_over_the_paths(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "trueup.yaml").touch()
    (tmp_path / "trueup.yaml").touch()
    assert find_project(tmp_path, ["x"]) == tmp_path / "trueup.yaml"


def test_a_complete_project_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "live.yaml").touch()
    project = _load(
        tmp_path,
        HEAD
        + "manifests: [c/**/*.yaml]\nsandbox: {seed: live.yaml}\ntargets:\n"
        + "  eu: {platform: connect, region: us-east-2.aws, projectKey: acme, scope: s,\n"
        + "    clientIdEnv: I, clientSecretEnv: S}\n"
        + "  own: {platform: connect, apiUrl: 'http://127.0.0.1:1/a/', authUrl: 'https://b'}\n"
        + "  origin: {platform: origin, baseUrl: 'https://o/x/', locale: fr, accessTokenEnv: T, sandbox: true}\n",
    )
    assert (project.root, project.file) == (tmp_path, tmp_path / "trueup.yaml")
    assert (project.manifests, project.seed) == (("c/**/*.yaml",), tmp_path / "live.yaml")
    assert project.targets == {
        "eu": ConnectTarget(
            name="eu",
            api_url="https://connect.us-east-2.aws.commercetools.com",
            auth_url="https://auth.us-east-2.aws.commercetools.com",
            position=Position("trueup.yaml", 6, 3),
            project_key="acme",
            scope="s",
            client_id_env="I",
            client_secret_env="S",
        ),
        "own": ConnectTarget(
            name="own", api_url="http://127.0.0.1:1/a", auth_url="https://b", position=Position("trueup.yaml", 8, 3)
        ),
        "origin": OriginTarget(
            name="origin",
            base_url="https://o/x",
            position=Position("trueup.yaml", 9, 3),
            locale="fr",
            access_token_env="T",
            sandbox=True,
        ),
    }


def test_a_project_has_defaults(tmp_path: Path) -> None:
    project = _load(
        tmp_path, HEAD + "targets:\n  o: {platform: origin}\n  c: {platform: connect, region: us-east-2.aws}\n"
    )
    assert (project.manifests, project.seed) == (DEFAULT_GLOBS, None)
    origin, connect = project.targets["o"], project.targets["c"]
    assert isinstance(origin, OriginTarget)
    assert isinstance(connect, ConnectTarget)
    assert (origin.base_url, origin.locale, origin.access_token_env) == (
        "https://origin.build/equinox", "en", "ORIGIN_ACCESS_TOKEN",
    )  # fmt: skip
    assert (connect.client_id_env, connect.client_secret_env) == ("CTP_CLIENT_ID", "CTP_CLIENT_SECRET")


def test_the_sandbox_option_moves_every_target_to_the_sandbox(tmp_path: Path) -> None:
    text = HEAD + "targets: {o: {platform: origin}, c: {platform: connect, sandbox: true}}\n"
    assert [target.sandbox for target in _load(tmp_path, text, sandbox=True).targets.values()] == [True, True]
    assert [target.sandbox for target in _load(tmp_path, text).targets.values()] == [False, True]


@pytest.mark.parametrize("targets", ["", "targets: {}\n"])
def test_a_file_without_targets_has_two_in_the_sandbox_and_none_outside(tmp_path: Path, targets: str) -> None:
    assert _load(tmp_path, HEAD + targets).targets == {}
    found = _load(tmp_path, HEAD + targets, sandbox=True).targets
    assert {name: target.sandbox for name, target in found.items()} == {"connect": True, "origin": True}


def test_without_a_file_the_sandbox_has_two_targets(tmp_path: Path) -> None:
    project = load_project(None, sandbox=True, cwd=tmp_path)
    assert [(name, str(target.platform), target.sandbox) for name, target in project.targets.items()] == [
        ("connect", "connect", True),
        ("origin", "origin", True),
    ]
    assert (project.root, project.file, project.manifests) == (tmp_path, None, ())


def test_without_a_file_and_the_sandbox_there_are_no_targets(tmp_path: Path) -> None:
    assert load_project(None, sandbox=False, cwd=tmp_path).targets == {}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", [("empty-file", "1:1")]),
        ("# nothing\n", [("empty-file", "1:1")]),
        ("a: [\n", [("yaml-syntax", "1:4")]),
        (b"a: \xff\n", [("bad-encoding", "1:4")]),
        ("- a\n", [("wrong-type", "1:1")]),
        ("kind: Connector\n", [("missing-field", "1:1"), ("wrong-value", "1:1")]),
        (HEAD + "kind: Project\n", [("duplicate-key", "3:1")]),
        (HEAD + "---\na: 1\n", [("too-many-documents", "4:1")]),
        (HEAD + "".join(f"k{n}: 1\n" for n in range(25_000)), [("too-many-nodes", "1:1")]),
        (HEAD + "manifest: [a]\n", [("unknown-field", "3:1")]),
        (HEAD + "manifests: [a.yaml, '']\n", [("out-of-range", "3:21")]),
        (HEAD + "manifests: [/etc/*.yaml]\n", [("bad-glob", "3:13")]),
        (HEAD + "manifests: [a, ../*.yaml]\n", [("bad-glob", "3:16")]),
        (HEAD + "manifests: [a/b**/*.yaml]\n", [("bad-glob", "3:13")]),
        (HEAD + "sandbox: {seed: live.yaml}\n", [("file-not-found", "3:11")]),
        (HEAD + 'sandbox: {seed: "live\\0.yaml"}\n', [("file-not-found", "3:11")]),
        (HEAD + "targets: {a: {platform: connct}}\n", [("wrong-value", "3:15")]),
        (HEAD + "targets: {a: {region: us-east-2.aws}}\n", [("missing-field", "3:11")]),
        (HEAD + "targets: {a: {platform: connect}}\n", [("missing-field", "3:11")]),
        (HEAD + "targets: {a: {platform: connect, apiUrl: 'https://a'}}\n", [("missing-field", "3:11")]),
        (HEAD + "targets: {a: {platform: connect, region: eu}}\n", [("wrong-value", "3:34")]),
        (
            HEAD + "targets: {a: {platform: origin, clientSecret: x, region: y}}\n",
            [("secret-in-file", "3:33"), ("unknown-field", "3:50")],
        ),
        (HEAD + "targets: {a: {platform: origin, baseUrl: 'http://origin.build'}}\n", [("insecure-url", "3:33")]),
        (HEAD + "targets: {a: null}\n", [("null-value", "3:11")]),
    ],
)  # fmt: skip
def test_each_problem_is_reported_at_its_position(
    tmp_path: Path, text: str | bytes, problems: list[tuple[str, str]]
) -> None:
    assert _problems(tmp_path, text) == [(code, f"trueup.yaml:{place}") for code, place in problems]


def test_a_project_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    assert _load(tmp_path, b"\xef\xbb\xbf" + HEAD.encode()).targets == {}


def test_an_unreadable_project_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read") as refused:
        load_project(tmp_path / "trueup.yaml", sandbox=False, cwd=tmp_path)
    assert [problem.code for problem in refused.value.diagnostics] == ["unreadable-file"]


def test_no_text_of_the_project_file_is_shown(tmp_path: Path) -> None:
    for text in (
        HEAD + "targets: {a: {platform: connect, clientSecret: hunter2}}\n",
        HEAD + "targets: {a: {platform: connect, clientSecretEnv: hunter-2}}\n",
        HEAD + "targets: {a: {platform: connect, apiUrl: 'https://me:hunter2@x', authUrl: 'http://hunter2.example'}}\n",
        HEAD + "targets: {a: {platform: connect, clientSecret: 'hunter2}}\n",
        HEAD + "targets: {a: {platform: connect, clientSecret: !!int hunter2}}\n",
    ):
        assert "hunter" not in str(_refused(tmp_path, text))


def _there(tmp_path: Path, *names: str) -> None:
    for name in names:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)


def _repository(top: Path) -> None:
    (top / ".git").mkdir(parents=True)
    (top / ".git" / "HEAD").touch()


def test_the_search_for_a_project_ends_at_the_repository(tmp_path: Path) -> None:
    _there(tmp_path, "house/a/b")
    (tmp_path / "trueup.yaml").touch()
    _repository(tmp_path / "house")
    assert find_project(tmp_path / "house" / "a" / "b") is None
    assert find_project(tmp_path / "house", ["a/b"]) is None
    (tmp_path / "house" / "trueup.yaml").touch()
    assert find_project(tmp_path / "house" / "a" / "b") == tmp_path / "house" / "trueup.yaml"


def test_the_search_through_a_link_ends_at_the_repository_that_it_leads_into(tmp_path: Path) -> None:
    _there(tmp_path, "house/a", "cwd")
    _repository(tmp_path / "house")
    _repository(tmp_path / "cwd")
    (tmp_path / "trueup.yaml").touch()
    (tmp_path / "door").symlink_to("house/a")
    assert find_project(tmp_path / "cwd", ["../door"]) is None


def test_without_a_repository_the_search_ends_at_the_home_folder(tmp_path: Path) -> None:
    _there(tmp_path, "home/a/b")
    (tmp_path / "trueup.yaml").touch()
    environ = {"HOME": str(tmp_path / "home")}
    assert find_project(tmp_path / "home" / "a" / "b", environ=environ) is None
    (tmp_path / "home" / "trueup.yaml").touch()
    assert find_project(tmp_path / "home" / "a" / "b", environ=environ) == tmp_path / "home" / "trueup.yaml"


@as_root
def test_outside_of_home_the_search_ends_at_a_folder_of_another_user(tmp_path: Path) -> None:
    _there(tmp_path, "a/b/c", "home")
    (tmp_path / "trueup.yaml").touch()
    environ = {"HOME": str(tmp_path / "home")}
    assert find_project(tmp_path / "a" / "b" / "c", environ=environ) == tmp_path / "trueup.yaml"
    os.chown(tmp_path / "a" / "b" / "c", 12345, 12345)
    assert find_project(tmp_path / "a" / "b" / "c", environ=environ) == tmp_path / "trueup.yaml"
    os.chown(tmp_path / "a", 12345, 12345)
    assert find_project(tmp_path / "a" / "b" / "c", environ=environ) is None


@as_root
@pytest.mark.parametrize("top", ["house", "house/a"])
def test_a_project_file_of_another_user_is_refused_unless_its_top_is_trusted(tmp_path: Path, top: str) -> None:
    _there(tmp_path, "house/a")
    if top == "house":
        _repository(tmp_path / "house")
    file = tmp_path / "house" / "a" / "trueup.yaml"
    file.touch()
    os.chown(file, 12345, 12345)
    with pytest.raises(UsageError, match=rf"another user.*--project\. To trust it.* safe\.directory {tmp_path / top}$"):
        find_project(file.parent, environ={"PATH": ""})
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(tmp_path / top)}
    assert find_project(file.parent, environ={"PATH": "", **trusted}) == file
    assert find_project(file.parent, environ={"PATH": "", "SUDO_UID": "12345"}) == file


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{platform: connect, region: eu-west-2.aws}", "'eu-west-2.aws' is not a valid region."),
        ("{platform: conect, region: us-east-2.aws}", "'conect' is not a valid platform."),
        ("{platform: orign, accessTokenEnv: ORIGIN_TOKEN}", "'orign' is not a valid platform."),
        ("{platform: origin, locale: no}", "'no' is not a valid locale."),
        ("{platform: connect}", "The target a lacks region."),
        ("{region: us-east-2.aws}", "targets.a lacks platform."),
    ],
)
def test_a_value_that_is_no_secret_is_shown_with_its_line(tmp_path: Path, target: str, message: str) -> None:
    (problem,) = _refused(tmp_path, f"apiVersion: trueup/v1\nkind: Project\ntargets:\n  a: {target}\n")
    assert (problem.message, problem.quotable, problem.position.line) == (message, True, 4)


@pytest.mark.parametrize(
    "target",
    [
        "{platform: connect, region: eu, clientSecret: hunter2}",
        "{platform: conect, clientSecret: hunter2}",
        "{platform: conect, clientSecretEnv: s3cr3t-value}",
        "{region: us-east-2.aws, clientSecrt: hunter2}",
        "{platform: connect, region: eu, apiUrl: 'https://me:hunter2@acme.example'}",
        "{platform: connect, region: eu}\npassword: hunter2",
        "{platform: connect, region: eu}\n  b: {clientSecret: hunter2}",
        "{platform: connect, region: eu}\n  b: hunter2",
        "{platform: connect, region: eu, clientSecret: hunter2",
    ],
)
def test_no_line_of_a_file_that_may_hold_a_secret_is_shown(tmp_path: Path, target: str) -> None:
    problems = _refused(tmp_path, f"apiVersion: trueup/v1\nkind: Project\ntargets:\n  a: {target}\n")
    assert not any(problem.quotable for problem in problems)
    assert "hunter2" not in "".join(problem.message + problem.hint + problem.allowed for problem in problems)
