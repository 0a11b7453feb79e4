"""Several files are written, or none of them."""

import os
from pathlib import Path

import pytest

from trueup.cli.write_all import FileWrite, write_all
from trueup.errors import TrueupError

ROOT = os.geteuid() == 0


def test_new_files_get_their_folders_and_others_are_replaced(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"before")
    write_all([FileWrite(tmp_path / "a" / "b" / "new", None, b"1"), FileWrite(old, b"before", b"after")])
    assert (tmp_path / "a" / "b" / "new").read_bytes() == b"1"
    assert old.read_bytes() == b"after"


def test_after_a_failure_new_files_and_folders_are_gone_and_others_as_before(tmp_path: Path) -> None:
    old, taken = tmp_path / "old", tmp_path / "taken"
    old.write_bytes(b"before")
    taken.write_bytes(b"of somebody else")
    writes = [
        FileWrite(old, b"before", b"after"),
        FileWrite(tmp_path / "a" / "b" / "new", None, b"1"),
        FileWrite(taken, None, b"1"),
    ]
    with pytest.raises(TrueupError, match=r"taken cannot be written: .*\. Nothing was written\."):
        write_all(writes)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "old": b"before",
        "taken": b"of somebody else",
    }


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_a_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0o500)
    with pytest.raises(TrueupError, match=rf"Make {closed} writable\."):
        write_all([FileWrite(closed / "a" / "new", None, b"1")])


def test_new_files_are_removed_when_another_one_cannot_be_written(tmp_path: Path) -> None:
    new, old = tmp_path / "a" / "new.yaml", tmp_path / "old.yaml"
    old.write_bytes(b"changed meanwhile")
    with pytest.raises(TrueupError, match=r"old.yaml cannot be written: it has changed.*Nothing was written"):
        write_all([FileWrite(new, None, b"new"), FileWrite(old, b"what was read", b"new")])
    assert not new.exists()
    assert old.read_bytes() == b"changed meanwhile"


def test_a_file_that_was_created_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    for file in (old, new):
        file.write_bytes(b"other")
    with pytest.raises(TrueupError, match=r"new.yaml cannot be written: .* Nothing was written"):
        write_all([FileWrite(old, b"other", b"x"), FileWrite(new, None, b"x")])
    assert (old.read_bytes(), new.read_bytes()) == (b"other", b"other")
