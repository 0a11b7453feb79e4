from pathlib import Path

import pytest

from trueup.cli.edit_files import documents_of
from trueup.errors import TrueupError
from trueup.manifest.load import load_texts
from unit.edit.adopting import EPD, PROJECT

TEXT = f"{EPD}  url: https://a.example/1\n"


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
