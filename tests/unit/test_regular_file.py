import os
from pathlib import Path

import pytest

from trueup.regular_file import read_named, read_regular


def test_one_byte_beyond_the_bound_is_read_at_most(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.touch()
    os.truncate(file, 2 * 1024**3)
    assert len(read_regular(str(file), 100)) == 101
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_named(file, 100)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_only_regular_files_are_read(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "x"
    match kind:
        case "pipe":
            os.mkfifo(place)
        case "folder":
            place.mkdir()
        case _:
            place = Path("/dev/zero")
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(str(place))


def test_a_symlink_is_followed_only_for_a_named_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    (tmp_path / "link").symlink_to("a")
    assert read_named(tmp_path / "link") == b"text"
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(str(tmp_path / "link"))
