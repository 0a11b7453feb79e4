import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from repositories import ENVIRONMENT, git, new_repository
from trueup.errors import GitFailed
from trueup.git.repository import open_repository
from trueup.git.trust import is_ours, is_trusted
from trueup.git.work_tree import WorkTree

OTHER = 12345

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")


def given(*values: str) -> dict[str, str]:
    """Return variables that give values to ``safe.directory``."""
    return {
        "GIT_CONFIG_COUNT": str(len(values)),
        **{f"GIT_CONFIG_KEY_{index}": "Safe.Directory" for index in range(len(values))},
        **{f"GIT_CONFIG_VALUE_{index}": value for index, value in enumerate(values)},
    }


def opens(folder: Path, environ: Mapping[str, str]) -> bool:
    with suppress(GitFailed), open_repository(folder, environ):
        return True
    return False


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Make a repository that a work tree is linked to."""
    work = new_repository(tmp_path / "house")
    work.commit()
    git(work.root, "worktree", "add", "--quiet", str(tmp_path / "side"))
    return work.root


@as_root
@pytest.mark.parametrize("part", [".", ".git"])
def test_a_repository_of_another_user_is_refused_with_the_remedy(house: Path, part: str) -> None:
    os.chown(house / part, OTHER, OTHER)
    with (
        pytest.raises(GitFailed, match=rf"another user.*git config --global --add safe\.directory {house}"),
        open_repository(house, ENVIRONMENT),
    ):
        pass


@as_root
@pytest.mark.parametrize("part", ["side", "side/.git", "house/.git/worktrees/side"])
def test_every_part_of_a_linked_work_tree_must_belong_to_this_user(house: Path, part: str) -> None:
    assert opens(house.parent / "side", ENVIRONMENT)
    os.chown(house.parent / part, OTHER, OTHER)
    assert not opens(house.parent / "side", ENVIRONMENT)
    assert opens(house.parent / "side", {**ENVIRONMENT, **given(str(house.parent / "side"))})


@as_root
def test_root_by_sudo_may_use_files_of_the_user_who_ran_sudo(house: Path) -> None:
    os.chown(house, OTHER, OTHER)
    assert opens(house, {**ENVIRONMENT, "SUDO_UID": str(OTHER)})
    assert not opens(house, {**ENVIRONMENT, "SUDO_UID": str(OTHER + 1)})
    assert not opens(house, {**ENVIRONMENT, "SUDO_UID": ""})


@as_root
def test_a_symlink_belongs_to_its_owner_whatever_its_target(tmp_path: Path) -> None:
    (tmp_path / "ours").touch()
    (tmp_path / "link").symlink_to("ours")
    os.chown(tmp_path / "link", OTHER, OTHER, follow_symlinks=False)
    assert is_ours(tmp_path / "ours", ENVIRONMENT)
    assert not is_ours(tmp_path / "link", ENVIRONMENT)
    assert not is_ours(tmp_path / "nothing", ENVIRONMENT)


@pytest.mark.parametrize(
    ("values", "trusted"),
    [
        (["{folder}"], True),
        (["{folder}/"], True),
        (["*"], True),
        (["{parent}/*"], True),
        (["~/house"], True),
        (["{parent}/door"], True),
        (["{folder}", "/elsewhere"], True),
        (["*", ""], False),
        (["*", "", "{folder}"], True),
        (["{parent}"], False),
        (["{folder}/*"], False),
        (["{folder}x/*"], False),
        (["house"], False),
        ([""], False),
        ([], False),
    ],
)
def test_trust_follows_gits_rules(tmp_path: Path, values: list[str], trusted: bool) -> None:  # noqa: FBT001 - a table
    folder = tmp_path / "house"
    folder.mkdir()
    (tmp_path / "door").symlink_to("house")
    full = [value.format(folder=folder, parent=tmp_path) for value in values]
    environ = {**ENVIRONMENT, "HOME": str(tmp_path)}
    assert is_trusted(folder, environ | given(*full)) is trusted
    assert is_trusted(folder, environ | given(*full) | {"PATH": ""}) is trusted
    (tmp_path / ".gitconfig").write_text("[safe]\n" + "".join(f'\tdirectory = "{value}"\n' for value in full))
    assert is_trusted(folder, environ) is trusted
    (tmp_path / "included").write_text((tmp_path / ".gitconfig").read_text())
    (tmp_path / ".gitconfig").write_text("[include]\n\tpath = included\n")
    assert is_trusted(folder, environ) is trusted
    (tmp_path / ".gitconfig").unlink()
    assert is_trusted(
        folder, {**ENVIRONMENT, "GIT_CONFIG_GLOBAL": str(tmp_path / "included"), "HOME": str(tmp_path)}
    ) is (trusted)


@pytest.mark.parametrize("count", ["", "x", "-1", "9" * 5000, "²"])
def test_an_odd_count_of_variables_gives_no_trust(tmp_path: Path, count: str) -> None:
    assert not is_trusted(tmp_path, {**ENVIRONMENT, **given("*"), "GIT_CONFIG_COUNT": count})


def test_the_configuration_of_a_repository_cannot_make_it_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = new_repository(tmp_path)
    git(work.root, "config", "safe.directory", "*")
    monkeypatch.chdir(work.root)
    environ = {**ENVIRONMENT, "GIT_DIR": str(work.root / ".git")}
    assert not is_trusted(work.root, environ)


def test_a_broken_configuration_is_reported_in_gits_words(tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text("[safe\n")
    with pytest.raises(GitFailed, match="bad config line 1"):
        is_trusted(tmp_path, {**ENVIRONMENT, "HOME": str(tmp_path)})


def test_the_folder_that_work_trees_share_is_their_repository(house: Path) -> None:
    assert WorkTree(house, house / ".git").shared == house / ".git"
    assert WorkTree(house.parent / "side", house / ".git" / "worktrees" / "side").shared == house / ".git"
