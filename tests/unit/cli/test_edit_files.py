from pathlib import Path

import pytest

from trueup.cli.edit_files import FileChange, documents_of, write_whole
from trueup.errors import TrueupError
from trueup.manifest.load import load_texts
from unit.edit.adopting import EPD, PROJECT

TEXT = f"{EPD}  url: https://a.example/1\n"


def test_new_files_are_removed_when_another_one_cannot_be_written(tmp_path: Path) -> None:
    new, old = tmp_path / "a" / "new.yaml", tmp_path / "old.yaml"
    old.write_bytes(b"changed meanwhile")
    with pytest.raises(TrueupError, match=r"old.yaml cannot be written: it has changed.*Nothing was written"):
        write_whole([FileChange(new, None, b"new"), FileChange(old, b"what was read", b"new")])
    assert not new.exists()
    assert old.read_bytes() == b"changed meanwhile"


def test_a_file_that_was_created_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    for file in (old, new):
        file.write_bytes(b"other")
    with pytest.raises(TrueupError, match=r"new.yaml cannot be written: .* Nothing was written"):
        write_whole([FileChange(old, b"other", b"x"), FileChange(new, None, b"x")])
    assert (old.read_bytes(), new.read_bytes()) == (b"other", b"other")


def test_the_contents_of_manifests_are_those_that_were_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("epd.yaml")
    file.write_text(TEXT)
    manifests = load_texts(PROJECT, [("epd.yaml", TEXT.encode())]).manifests
    found = documents_of(manifests)
    assert [tree["spec"] for tree in found.values() if isinstance(tree, dict)] == [m.spec for m in manifests]
    file.write_text(TEXT.replace("/1", "/2"))
    with pytest.raises(TrueupError, match="has changed since it was read"):
        documents_of(manifests)
