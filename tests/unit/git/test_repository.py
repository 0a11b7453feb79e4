import os
from pathlib import Path

import pytest

from repositories import ENVIRONMENT, Work, clone, git, new_repository
from trueup.errors import GitFailed, UsageError
from trueup.git.objects import open_objects
from trueup.git.repository import Repository, find_repository


def found(folder: Path, **environ: str) -> Repository:
    return find_repository(folder, {**ENVIRONMENT, **environ})


def head_file(folder: Path, name: str, **environ: str) -> bytes:
    """Read a file of HEAD as something that lies in ``folder``."""
    repository = found(folder, **environ)
    path = repository.path_of(name)
    assert path is not None
    with open_objects(repository) as objects:
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


def test_a_submodule_is_a_repository_of_its_own(tmp_path: Path) -> None:
    nested(tmp_path / "inner")
    outer = new_repository(tmp_path / "outer")
    git(outer.root, "submodule", "--quiet", "add", str(tmp_path / "inner"), "estate")
    outer.commit()
    assert head_file(outer.root / "estate" / "live", "tax.yaml") == b"one"


def test_a_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    new_repository(tmp_path, bare=True)
    with pytest.raises(UsageError, match="not in a work tree"):
        found(tmp_path)


def test_a_hook_s_relative_git_dir_holds_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nested(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert head_file(tmp_path / "live", "tax.yaml", GIT_DIR=".git") == b"one"


def test_a_repository_kept_elsewhere_is_found_by_its_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = nested(tmp_path / "house")
    (work.root / ".git").rename(tmp_path / "kept")
    monkeypatch.chdir(tmp_path)
    assert head_file(work.root / "live", "tax.yaml", GIT_DIR="kept", GIT_WORK_TREE="house") == b"one"


def test_variables_that_change_what_git_answers_are_not_handed_on(tmp_path: Path) -> None:
    nested(tmp_path)
    repository = found(tmp_path, GIT_INDEX_FILE="nowhere", GIT_PREFIX="x/", GIT_TRACE="1", LC_ALL="de_DE.UTF-8")
    assert not {"GIT_INDEX_FILE", "GIT_PREFIX", "GIT_TRACE"} & repository.git.environment.keys()
    assert repository.git.environment["LC_ALL"] == "C"


def test_a_path_outside_of_the_repository_is_none_of_its_files(tmp_path: Path) -> None:
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


def test_a_folder_without_a_repository_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        found(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))


def test_a_missing_git_is_said(tmp_path: Path) -> None:
    with pytest.raises(GitFailed, match="not installed"):
        find_repository(tmp_path, {"PATH": str(tmp_path)})


def test_git_s_own_words_are_told_when_it_refuses_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(GitFailed, match=r"not a git repository: .*nowhere"):
        found(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_tells_how_to_trust_it(tmp_path: Path) -> None:
    nested(tmp_path)
    for path in (tmp_path, tmp_path / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(GitFailed, match=f"dubious ownership.*--add safe.directory {tmp_path}"):
        found(tmp_path)


def test_trust_given_in_variables_is_handed_on(tmp_path: Path) -> None:
    nested(tmp_path)
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(tmp_path)}
    assert trusted.items() <= found(tmp_path, **trusted).git.environment.items()


def test_a_shallow_clone_is_known(tmp_path: Path) -> None:
    nested(tmp_path / "source")
    assert found(clone(tmp_path / "source", tmp_path / "shallow", "--depth=1").root).shallow
    assert not found(tmp_path / "source").shallow
