import os
from itertools import pairwise
from pathlib import Path

import pytest

from repositories import ENVIRONMENT, Work, clone, git, new_repository
from trueup.errors import GitFailed, UsageError
from trueup.git.objects import open_objects
from trueup.git.repository import Repository, open_repository


def found(folder: Path, **environ: str) -> Repository:
    """Return a repository after it was closed: what it says still holds, git cannot be run any more."""
    with open_repository(folder, {**ENVIRONMENT, **environ}) as repository:
        return repository


def head_file(folder: Path, name: str, **environ: str) -> bytes:
    """Read a file of HEAD as something that lies in ``folder``."""
    with open_repository(folder, {**ENVIRONMENT, **environ}) as repository, open_objects(repository) as objects:
        path = repository.path_of(name)
        assert path is not None
        (content,) = objects.contents([f"HEAD:{os.fsdecode(path)}"])
    return content


def nested(folder: Path) -> Work:
    work = new_repository(folder)
    work.commit({"live/tax.yaml": "one"})
    return work


def test_a_file_is_found_from_the_topmost_folder_and_from_below(tmp_path: Path) -> None:
    nested(tmp_path)
    assert head_file(tmp_path, "live/tax.yaml") == b"one"
    assert head_file(tmp_path / "live", "tax.yaml") == b"one"
    assert head_file(tmp_path / "live", str(tmp_path / "live" / "tax.yaml")) == b"one"
    assert head_file(tmp_path / "live", "../live/tax.yaml") == b"one"


def test_a_linked_work_tree_is_a_repository(tmp_path: Path) -> None:
    work = nested(tmp_path / "main")
    git(work.root, "worktree", "add", "--quiet", "../side", "-b", "side")
    Work(tmp_path / "side").commit({"live/tax.yaml": "two"})
    assert head_file(tmp_path / "side" / "live", "tax.yaml") == b"two"
    assert head_file(tmp_path / "main" / "live", "tax.yaml") == b"one"


def test_a_work_tree_beside_a_bare_repository_is_a_repository(tmp_path: Path) -> None:
    nested(tmp_path / "source")
    git(tmp_path, "clone", "--quiet", "--bare", "source", "house/.bare")
    (tmp_path / "house" / ".git").write_text("gitdir: ./.bare\n")
    git(tmp_path / "house", "worktree", "add", "--quiet", "main")
    assert head_file(tmp_path / "house" / "main" / "live", "tax.yaml") == b"one"
    with pytest.raises(UsageError, match="not in a work tree"):
        found(tmp_path / "house")


def test_a_submodule_is_a_repository(tmp_path: Path) -> None:
    nested(tmp_path / "inner")
    outer = new_repository(tmp_path / "outer")
    git(outer.root, "submodule", "--quiet", "add", str(tmp_path / "inner"), "estate")
    outer.commit()
    assert head_file(outer.root / "estate" / "live", "tax.yaml") == b"one"


def test_a_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    new_repository(tmp_path, bare=True)
    with pytest.raises(UsageError, match="not in a git repository"):
        found(tmp_path)


def test_variables_that_a_hook_exports_select_no_other_repository(tmp_path: Path) -> None:
    house, other = nested(tmp_path / "house"), new_repository(tmp_path / "other")
    other.commit({"live/tax.yaml": "of the other"})
    variables = {
        **other.exported(),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other.root / ".git" / "objects"),
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GIT_NAMESPACE": "other",
        "GIT_PREFIX": "live/",
    }
    assert head_file(house.root / "live", "tax.yaml", **variables) == b"one"
    for name, value in variables.items():
        assert head_file(house.root / "live", "tax.yaml", **{name: value}) == b"one"


def test_a_repository_kept_elsewhere_needs_a_git_file(tmp_path: Path) -> None:
    work = nested(tmp_path / "house")
    (work.root / ".git").rename(tmp_path / "kept")
    with pytest.raises(UsageError, match=r"GIT_DIR is set, but it is ignored.*gitdir: PATH"):
        found(work.root, GIT_DIR=str(tmp_path / "kept"), GIT_WORK_TREE=str(work.root))
    (work.root / ".git").write_text("gitdir: ../kept\n")
    assert head_file(work.root / "live", "tax.yaml") == b"one"


def test_variables_that_change_what_git_answers_are_not_passed_on(tmp_path: Path) -> None:
    nested(tmp_path)
    repository = found(tmp_path, GIT_INDEX_FILE="nowhere", GIT_PREFIX="x/", GIT_TRACE="1", LC_ALL="de_DE.UTF-8")
    assert not {"GIT_INDEX_FILE", "GIT_PREFIX", "GIT_TRACE"} & repository.git.environment.keys()
    assert repository.git.environment["LC_ALL"] == "C"


def test_git_gets_only_the_listed_variables(tmp_path: Path) -> None:
    nested(tmp_path)
    canaries = (
        *("CTP_CLIENT_ID", "CTP_CLIENT_SECRET", "ORIGIN_ACCESS_TOKEN", "GITHUB_TOKEN", "TRUEUP_PYTHON", "HTTPS_PROXY"),
        *("ACTIONS_RUNTIME_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "GIT_ASKPASS", "GIT_SSH_COMMAND"),
        *("GIT_EXEC_PATH", "GIT_CONFIG_PARAMETERS", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "LD_PRELOAD", "XDG_CONFIG_HOME"),
    )
    repository = found(tmp_path, TMPDIR="/tmp", **dict.fromkeys(canaries, "canary"))
    assert set(repository.git.environment) == {
        *("PATH", "TMPDIR", "LC_ALL", "GIT_COMMON_DIR", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"),
        *("GIT_NO_LAZY_FETCH", "GIT_TERMINAL_PROMPT"),
    }
    assert "canary" not in repository.git.environment.values()


def test_every_call_names_the_repository_and_disables_programs(tmp_path: Path) -> None:
    nested(tmp_path)
    command = found(tmp_path / "live").git.command("ls-files")
    assert {f"--git-dir={tmp_path / '.git'}", f"--work-tree={tmp_path}"} <= set(command)
    settings = {setting for option, setting in pairwise(command) if option == "-c"}
    assert settings == {
        *("safe.bareRepository=explicit", "protocol.allow=never", "core.fsmonitor=false", "core.hooksPath=/dev/null"),
    }


def test_a_git_in_a_relative_folder_of_path_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nested(tmp_path)
    (tmp_path / "git").write_text("#!/bin/sh\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in (".", "", ":.", "./"):
        with pytest.raises(GitFailed, match="not installed"):
            found(tmp_path, PATH=path)


def test_a_path_outside_the_repository_is_not_one_of_its_files(tmp_path: Path) -> None:
    nested(tmp_path / "house")
    repository = found(tmp_path / "house" / "live")
    assert repository.path_of("../../elsewhere.yaml") is None
    assert repository.path_of(str(tmp_path / "elsewhere.yaml")) is None


def test_a_path_through_a_symbolic_link_is_the_same_file(tmp_path: Path) -> None:
    nested(tmp_path / "house")
    (tmp_path / "door").symlink_to("house")
    assert head_file(tmp_path / "door" / "live", "tax.yaml") == b"one"
    assert found(tmp_path / "house").path_of(str(tmp_path / "door" / "live" / "tax.yaml")) == b"live/tax.yaml"


@pytest.mark.parametrize("name", ["ümlaut", "line\nend", "-x", ":(top)", "a'b\"c"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    work = new_repository(tmp_path / name)
    work.commit({f"{name}/tax.yaml": "one"})
    repository = found(tmp_path / name / name)
    assert repository.path_of("tax.yaml") == f"{name}/tax.yaml".encode()


def test_a_folder_without_a_repository_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        found(tmp_path)


def test_a_missing_git_is_reported(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="not installed"):
        found(tmp_path, PATH=str(tmp_path))


def test_a_git_file_with_a_missing_target_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(GitFailed, match=r"points to .*nowhere, which is not a git repository"):
        found(tmp_path)


def test_settings_that_git_cannot_read_are_reported_in_its_words(tmp_path: Path) -> None:
    nested(tmp_path)
    (tmp_path / ".git" / "config").write_text("[core\n")
    with pytest.raises(GitFailed, match=r"bad config line 1 in file .*/\.git/config"):
        found(tmp_path)


def test_a_git_folder_without_a_repository_is_skipped(tmp_path: Path) -> None:
    nested(tmp_path)
    (tmp_path / "live" / ".git").mkdir()
    assert head_file(tmp_path / "live", "tax.yaml") == b"one"


def test_a_work_tree_that_the_settings_move_stays_where_it_is(tmp_path: Path) -> None:
    work = nested(tmp_path / "house")
    git(work.root, "config", "core.worktree", str(tmp_path))
    assert found(work.root / "live").git.folder == work.root
    assert head_file(work.root / "live", "tax.yaml") == b"one"


def test_the_upstream_of_a_branch_is_known(tmp_path: Path) -> None:
    nested(tmp_path / "source")
    work = clone(tmp_path / "source", tmp_path / "clone")
    git(work.root, "checkout", "--quiet", "-b", "odd\"'name", "--track", "origin/main")
    work.commit({"live/tax.yaml": "two"})
    with open_repository(work.root, ENVIRONMENT) as repository, open_objects(repository) as objects:
        assert objects.commit("@{upstream}") == git(work.root, "rev-parse", "HEAD~1")


def test_a_repository_with_long_ids_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256")
    Work(tmp_path).commit({"tax.yaml": "one"})
    assert head_file(tmp_path, "tax.yaml") == b"one"


def test_the_view_that_git_gets_is_removed(tmp_path: Path) -> None:
    nested(tmp_path)
    with open_repository(tmp_path, ENVIRONMENT) as repository:
        view = Path(repository.git.environment["GIT_COMMON_DIR"])
        assert view.is_dir()
    assert not view.exists()


def test_a_shallow_clone_is_known(tmp_path: Path) -> None:
    nested(tmp_path / "source")
    assert found(clone(tmp_path / "source", tmp_path / "shallow", "--depth=1").root).shallow
    assert not found(tmp_path / "source").shallow
