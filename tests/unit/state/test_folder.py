"""Files in trueup's folder: never through a symlink, never of another user."""

import os
from contextlib import closing
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from trueup.errors import Refused
from trueup.state.folder import STATE, Folder


def test_a_folder_that_is_missing_has_no_entries_and_is_made_only_for_writing(tmp_path: Path) -> None:
    folder = Folder(tmp_path).below("runs")
    assert folder.entries() == []
    assert not list(tmp_path.iterdir())
    folder.replace("a", b"content")
    assert folder.entries() == ["a"]
    assert (tmp_path / STATE / ".gitignore").read_text().splitlines()[-1] == "*"
    assert not (tmp_path / STATE / "runs" / ".gitignore").exists()
    assert {(tmp_path / STATE / name).stat().st_mode & 0o077 for name in ("", "runs", "runs/a")} == {0}


def test_a_gitignore_of_the_user_stays(tmp_path: Path) -> None:
    (tmp_path / STATE).mkdir()
    (tmp_path / STATE / ".gitignore").write_text("mine")
    Folder(tmp_path).replace("a", b"")
    assert (tmp_path / STATE / ".gitignore").read_text() == "mine"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.replace("a", b"12345")
    with folder.reading("a", 5) as file:
        assert file.read() == b"12345"
    with pytest.raises(Refused, match="larger than 4 bytes"), folder.reading("a", 4):
        pass


def test_tracked_files_are_not_listed(tmp_path: Path) -> None:
    Folder(tmp_path).below("runs").replace("a", b"")
    Folder(tmp_path).below("runs").replace("b", b"")

    def seen(*tracked: str) -> list[str]:
        return Folder(tmp_path, tracked=frozenset(tracked)).below("runs").entries()

    assert seen(".trueup/runs/a", ".trueup/b", "runs/b") == ["b"]
    assert seen(".trueup/runs") == seen(".trueup") == [], "a repository of its own, or a link"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = Folder(tmp_path)
    folder.replace("a", b"")
    (folder.path / "a").unlink()
    (folder.path / "a").symlink_to(victim)
    for opened in (folder.reading("a", 99), folder.below("a").opened(make=True)):
        with pytest.raises(Refused, match="is a symbolic link"), opened:
            pass
    with pytest.raises(Refused, match="is a symbolic link"):
        folder.checked("a")
    folder.replace("a", b"mine")
    assert (victim.read_text(), (folder.path / "a").read_bytes()) == ("precious", b"mine")


def test_nothing_is_created_in_the_target_of_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / STATE).symlink_to("elsewhere")
    with pytest.raises(Refused, match="is a symbolic link"):
        Folder(tmp_path).replace("a", b"")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_library_gets_a_path_only_when_all_its_files_belong_to_this_user(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.checked("db", suffixes=["-wal"]).read_bytes() == b""
    (folder.path / "db-wal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="db-wal is a symbolic link"):
        folder.checked("db", suffixes=["-wal"])
    assert not (tmp_path / "elsewhere").exists()


def test_a_socket_is_reported_as_not_a_regular_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    Path(".trueup").mkdir()
    with closing(socket(AF_UNIX)) as made:
        made.bind(".trueup/lock")
    with pytest.raises(Refused, match="lock is not a regular file"), Folder(tmp_path).reading("lock", 9):
        pass


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.below("a").replace("inside", b"")
    with pytest.raises(OSError, match="irectory"):
        folder.replace("a", b"")
    assert folder.entries() == [".gitignore", "a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_accepts_files_of_the_owner_of_the_project_and_of_no_other_user(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.replace("a", b"")
    for place in (tmp_path, folder.path, folder.path / "a"):
        os.chown(place, 12345, 12345)
    assert folder.entries() == [".gitignore", "a"]
    os.chown(folder.path / "a", 54321, 54321)
    with pytest.raises(Refused, match="user id 54321"), folder.reading("a", 9):
        pass
