"""What looks the same as something live is warned about and spelled out, however a plan is shown."""

import json
import re
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from acceptance.commands import quickstart, trueup
from github_markdown import read

pytestmark = [pytest.mark.process, pytest.mark.slow]

COMPOSED = "M\u00fcller"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
SPELLED = f"{DECOMPOSED} (U+0308 COMBINING DIAERESIS)"
NUMBER, DASHED = "ABC-1", "ABC\u20131"
FILE = "certifications/look.yaml"
MANIFEST = """\
apiVersion: trueup/v1
kind: Certification
metadata: {{externalId: {id}}}
spec:
  certificateNumber: {number}
  standard: {{code: EPD}}
  reportingBody: {{name: Veritas}}
  url: https://acme.example/a.pdf
  brands:
    - {{name: {brand}}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Apply one certification of a project of its own."""
    place = quickstart(tmp_path)
    write(place, id="ACME-1", number=NUMBER, brand=COMPOSED)
    assert trueup("apply", "--yes", FILE, cwd=place).status == 0
    return place


def write(place: Path, **values: str) -> None:
    (place / FILE).write_text(MANIFEST.format(**values), encoding="utf-8")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(place: Path) -> Mapping[str, str]:
    """Return what each form of a plan shows, as people get to read it, and the JSON document as it is."""
    text = trueup("plan", FILE, "--junit", "plan.xml", "--report", "plan.html", cwd=place)
    assert text.status == 0, text.err
    page = _Text()
    page.feed((place / "plan.html").read_text(encoding="utf-8"))
    markdown = trueup("plan", FILE, "--format", "markdown", cwd=place).out
    return {
        "text": " ".join(text.out.split()),
        "markdown": read(markdown).text,
        "html": page.text,
        "junit": "".join(ET.parse(place / "plan.xml").getroot().itertext()),
        "json": trueup("plan", FILE, "--format", "json", cwd=place).out,
    }


def test_an_element_and_a_number_are_spelled_out_in_every_form(place: Path) -> None:
    write(place, id="ACME-1", number=DASHED, brand=DECOMPOSED)
    for form, text in shown(place).items():
        plain = json.dumps(json.loads(text), ensure_ascii=False) if form == "json" else text
        assert f"{DECOMPOSED} (U+0308 COMBINING DIAERESIS) in brands looks like {COMPOSED}, which is live" in plain, (
            form
        )
        assert f"{DASHED} (U+2013 EN DASH) in certificateNumber looks like {NUMBER}" in plain, form
        if form == "json":
            spelled = json.loads(text)["spelled"]
            assert spelled[DECOMPOSED] == SPELLED
            assert spelled[DASHED] == f"{DASHED} (U+2013 EN DASH)"
        else:
            assert re.search(rf"[+] ?(spec.brands +)?{re.escape(SPELLED)}", plain), form
            assert re.search(rf"- ?(spec.brands +)?{COMPOSED}", plain), form
            assert plain.count(f"{DASHED} (U+2013 EN DASH)") == 2, form


def test_an_id_that_looks_like_a_live_one_is_spelled_out_in_every_form(place: Path) -> None:
    write(place, id="ACME\u20131", number=NUMBER, brand=COMPOSED)
    for form, text in shown(place).items():
        plain = json.dumps(json.loads(text), ensure_ascii=False) if form == "json" else text
        assert "ACME\u20131 (U+2013 EN DASH) does not exist, but ACME-1, which looks the same, is live." in plain, form


def test_a_saved_plan_keeps_the_warning_and_is_applied(place: Path) -> None:
    write(place, id="ACME\u20131", number=NUMBER, brand=COMPOSED)
    assert trueup("plan", FILE, "--out", "plan.json", cwd=place).status == 0
    done = trueup("apply", "--yes", "--plan", "plan.json", cwd=place)
    assert done.status == 0, done.out + done.err
    assert "ACME-1, which looks the same, is live." in " ".join(done.out.split())


def test_what_is_sent_is_what_is_written(place: Path) -> None:
    write(place, id="ACME-1", number=DASHED, brand=DECOMPOSED)
    assert trueup("apply", "--yes", FILE, cwd=place).status == 0
    assert "No changes." in trueup("plan", FILE, cwd=place).out


def test_what_is_wrong_with_files_is_spelled_out_in_every_form(place: Path) -> None:
    write(place, id="\u201cACME-2\u201d", number=NUMBER, brand=f"{COMPOSED}}}\n    - {{name: {DECOMPOSED}")
    done = trueup("validate", FILE, "--junit", "x.xml", "--sarif", "x.sarif", cwd=place)
    assert done.status == 3
    sarif = json.loads((place / "x.sarif").read_text(encoding="utf-8"))
    forms = {
        "text": done.out + done.err,
        "junit": (place / "x.xml").read_text(encoding="utf-8"),
        "sarif": json.dumps(sarif["runs"][0]["results"], ensure_ascii=False),
        "github": trueup("validate", FILE, "--format", "github", cwd=place).out,
        "json": json.dumps(trueup("validate", FILE, "--format", "json", cwd=place).document, ensure_ascii=False),
        "markdown": read(trueup("validate", FILE, "--format", "markdown", cwd=place).out).text,
    }
    for form, text in forms.items():
        assert f"{SPELLED} looks like {COMPOSED} at line 10" in text, form
        assert "has curly quotes: U+201C LEFT DOUBLE QUOTATION MARK" in text, form
        assert "ACME-2" in text.replace("\u201cACME-2", ""), form
