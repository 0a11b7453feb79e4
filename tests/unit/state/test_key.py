"""The user's secret, in a place that no commit can change."""

import os
from pathlib import Path

import pytest

from repositories import new_repository
from trueup.state.key import SIZE, key_file, project_key, user_secret


def test_each_user_has_one_secret_that_others_may_not_read(tmp_path: Path) -> None:
    place = tmp_path / "trueup" / "key"
    key = user_secret(place)
    assert key == user_secret(place) == place.read_bytes()
    assert key is not None
    assert len(key) == SIZE
    assert place.stat().st_mode & 0o077 == 0
    assert place.parent.stat().st_mode & 0o077 == 0
    assert key != user_secret(tmp_path / "other" / "key")
    assert list(place.parent.iterdir()) == [place]


def test_without_a_place_for_the_secret_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "trueup").write_text("a file where the folder should be")
    assert user_secret(tmp_path / "trueup" / "key") is None


@pytest.mark.parametrize("content", [b"", b"short", b"l" * (SIZE + 1)])
def test_a_secret_of_another_size_is_none(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "key"
    place.write_bytes(content)
    place.chmod(0o600)
    assert user_secret(place) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_secret_that_others_can_read_or_write_is_none(mode: int, tmp_path: Path) -> None:
    place = tmp_path / "key"
    assert user_secret(place)
    place.chmod(mode)
    assert user_secret(place) is None


def test_a_symlink_a_folder_a_pipe_and_a_file_of_another_user_are_no_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    assert user_secret(secret)
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert [user_secret(tmp_path / name) for name in ("link", "folder", "pipe")] == [None] * 3
    if os.geteuid() == 0:
        os.chown(secret, 12345, 12345)
        assert user_secret(secret) is None


def test_the_secret_is_in_the_home_folder_or_below_an_absolute_xdg_state_home() -> None:
    home = Path("~/.local/state/trueup/key").expanduser()
    assert key_file({}) == key_file({"XDG_STATE_HOME": "state"}) == key_file({"XDG_STATE_HOME": ""}) == home
    assert key_file({"XDG_STATE_HOME": "/state"}) == Path("/state/trueup/key")


def test_keys_differ_by_purpose_and_user(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    env = {"XDG_STATE_HOME": str(tmp_path / "home")}
    key = project_key(root, b"cache", env)
    assert key == project_key(root, b"cache", env)
    others = (project_key(root, b"journals", env), project_key(root, b"cache", {"XDG_STATE_HOME": str(tmp_path / "b")}))
    assert None not in others
    assert key not in others


def test_a_secret_in_the_projects_own_repository_is_none(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "estate"
    root.mkdir(parents=True)
    inside = {"XDG_STATE_HOME": str(tmp_path / "repository" / "home")}
    assert project_key(root, b"cache", {"XDG_STATE_HOME": str(root)}) is None
    assert project_key(root, b"cache", inside) is not None
    new_repository(tmp_path / "repository")
    assert project_key(root, b"cache", inside) is None
    (tmp_path / "link").symlink_to(tmp_path / "repository")
    assert project_key(root, b"cache", {"XDG_STATE_HOME": str(tmp_path / "link")}) is None
