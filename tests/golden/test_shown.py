"""What ``trueup show`` makes of a document is what was made when it was written."""

import json
from typing import Final

import pytest

from golden.documents import FOLDER, rich_results
from trueup.cli.documents import ShownDocument
from trueup.report.document import parsed, render_document, result_of
from trueup.report.renderers import RENDERERS, Look
from trueup.report.result import Result

FORMS: Final = {
    "text-80": ("text", Look(width=80)),
    "text-140": ("text", Look(width=140, verbose=True, color=True)),
    **{form: (form, Look()) for form in ("markdown", "html", "junit", "sarif")},
}
RESULTS: Final = rich_results()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RESULTS)
def test_a_document_is_shown_as_when_it_was_made(name: str, form: str) -> None:
    made = RESULTS[name]
    read = result_of(json.loads(render_document(made)), file="a.json")
    render, look = RENDERERS[FORMS[form][0]], FORMS[form][1]
    assert render(read, look) == render(made, look)
    assert (read.error_text, read.command) == (made.error_text, made.command)


@pytest.mark.parametrize("file", sorted(file.name for file in FOLDER.glob("*.json") if "summary" not in file.name))
def test_a_document_is_written_again_byte_for_byte(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    assert ShownDocument(result=Result(command="", status=0), document=parsed(text, file=file)).json == text
