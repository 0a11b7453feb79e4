import csv
import io
import json
from pathlib import Path

import pytest

from trueup.cli.main import run
from unit.cli.commands.test_import_spreadsheet import EXISTING, PROJECT

CONNECTOR = "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: tax}\nspec: {name: Tax}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    (tmp_path / "certifications").mkdir()
    (tmp_path / "certifications" / "one.yaml").write_text(EXISTING.replace("Other", "=HYPERLINK(0)"))
    (tmp_path / "certifications" / "tax.yaml").write_text(CONNECTOR)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_utf_8_with_a_mark_and_harmless_cells(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--csv", "--out", "e.csv"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Left out: 1 of 2 manifests, as their kind has no table.\n"
    content = (place / "e.csv").read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"metadata.externalId",')
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert (first["spec.brands.name"], second["spec.brands.name"]) == ("Acme", "'=HYPERLINK(0)")
    assert (first["spec.certificateNumber"], second["spec.certificateNumber"]) == ("00123", "00123")
    assert first["spec.voc.emission.densityMin"] == "1.50"


def test_standard_output_gets_the_same_table(place: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["export", "--csv", "--out", "e.csv", "-q"]) == 0
    assert run(["export", "--csv", "-q"]) == 0
    captured = capsysbinary.readouterr()
    assert captured.err == b""
    assert captured.out == (place / "e.csv").read_bytes()


def test_a_workflow_gets_the_table_in_a_file_only(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["export", "--csv", "-q"]) == 64
    captured = capsys.readouterr()
    assert (captured.out, "with --out FILE" in captured.err) == ("", True)
    assert run(["export", "--csv", "-q", "--out", "e.csv"]) == 0
    assert (place / "e.csv").exists()


def test_the_json_document_has_the_cells_as_they_are(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.is_dir()
    assert run(["export", "--csv", "--format", "json", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)["export"]
    brands = found["headers"].index("spec.brands.name")
    assert [row[brands] for row in found["rows"]] == ["Acme", "=HYPERLINK(0)"]
    assert found["leftOut"] == 1


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["export"], 64, "Missing option '--csv'"),
        (["export", "--csv", "-"], 64, "Manifests from standard input are not exported."),
        (["export", "--csv", "--out", "none/e.csv"], 1, "none/e.csv cannot be written: No such file or directory."),
        (["export", "--csv", "--select", "line=x"], 64, "None of 2 manifests matches line=x."),
        (["export", "--csv", "none"], 3, "none"),
    ],
)
def test_a_table_that_cannot_be_made_is_one_message(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, message: str
) -> None:
    assert place.is_dir()
    assert run(words) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
