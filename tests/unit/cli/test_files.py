"""Files are written completely or not at all."""

import os
from pathlib import Path

import pytest

from trueup.cli.files import create_file, put_file, replace_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    replace_file(file, b"old", b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o640)
    assert names(tmp_path) == ["a.yaml"]


def test_a_link_still_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "a.yaml", tmp_path / "link.yaml"
    file.write_bytes(b"old")
    link.symlink_to("real/a.yaml")
    replace_file(link, b"old", b"new")
    assert (file.read_bytes(), link.readlink()) == (b"new", Path("real/a.yaml"))


def test_a_file_that_has_changed_since_it_was_read_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"mine")
    with pytest.raises(OSError, match="changed since it was read"):
        replace_file(file, b"old", b"new")
    assert (file.read_bytes(), names(tmp_path)) == (b"mine", ["a.yaml"])


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    file = tmp_path / "deep" / ("n" * 250)
    create_file(file, b"new")
    assert (file.read_bytes(), file.stat().st_mode) == (b"new", (tmp_path / "other").stat().st_mode)
    assert names(file.parent) == [file.name]


@pytest.mark.parametrize("make", [lambda file: file.write_bytes(b"mine"), lambda file: file.symlink_to("nowhere")])
def test_no_existing_file_is_overwritten(tmp_path: Path, make: object) -> None:
    file = tmp_path / "a.yaml"
    make(file)  # type: ignore[operator]  # a function of a path
    with pytest.raises(FileExistsError):
        create_file(file, b"new")
    assert names(tmp_path) == ["a.yaml"]
    assert file.is_symlink() or file.read_bytes() == b"mine"


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"t\xe4x.yaml")
    create_file(file, b"old")
    replace_file(file, b"old", b"new")
    assert file.read_bytes() == b"new"


def test_a_file_is_replaced_whole_with_its_permissions_and_behind_a_symlink(tmp_path: Path) -> None:
    file, link = tmp_path / "r.html", tmp_path / "link"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to("r.html")
    with file.open("rb") as opened:
        put_file(link, b"new")
        assert opened.read() == b"old"  # what reads it meanwhile sees no half of it
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o640, True)
    (tmp_path / "other").touch()
    put_file(tmp_path / "new", b"new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode
    with pytest.raises(FileNotFoundError):
        put_file(tmp_path / "nowhere" / "r.html", b"new")
    assert names(tmp_path) == ["link", "new", "other", "r.html"]
