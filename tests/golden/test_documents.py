import pytest

from golden.documents import FOLDER, documents, refusals


@pytest.mark.slow
def test_every_document_is_the_one_that_was_reviewed() -> None:
    made = dict([*documents(), *refusals()])
    kept = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
    assert made.keys() == kept.keys()
    assert [name for name in made if made[name] != kept[name]] == []
