import os
from pathlib import Path

import pytest

from trueup.regular_file import read_named, read_regular


def test_no_more_is_read_than_shows_that_a_file_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.touch()
    os.truncate(file, 2 * 1024**3)
    assert len(read_regular(str(file), 100)) == 101
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_named(file, 100)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_regular_file_is_not_read(tmp_path: Path, kind: str) -> None:
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


def test_a_link_is_followed_only_to_a_file_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("text")
    (tmp_path / "link").symlink_to("a")
    assert read_named(tmp_path / "link") == b"text"
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(str(tmp_path / "link"))
