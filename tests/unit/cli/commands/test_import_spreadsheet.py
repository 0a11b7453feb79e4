import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from trueup.cli.main import run

PROJECT = (
    "apiVersion: trueup/v1\nkind: Project\nmanifests: ['certifications/*.yaml']\n"
    "targets: {origin: {platform: origin, sandbox: true}, eu: {platform: connect, sandbox: true}}\n"
)
EXISTING = """\
# The first one.
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: E-1, labels: {line: floor}} # kept
spec:
  certificateNumber: '00123' # from the body
  issueDate: 2024-01-02
  reportingBody: {name: Veritas} # the body
  standard: {code: EPD}
  voc: {emission: {densityMin: 1.50}}
  brands:
    # our own
    - {name: Acme, website: www.acme.example} # old
    - name: Other
"""
COLUMNS = {
    "ID": "metadata.externalId",
    "Number": "spec.certificateNumber",
    "Issued": "spec.issueDate",
    "Body": "spec.reportingBody.name",
    "Own": "spec.reportingBody.selfReported",
    "Min": "spec.voc.emission.densityMin",
    "Brand": "spec.brands.name",
    "Website": "spec.brands.website",
    "Standard": "spec.standard.code",
    "Line": "metadata.labels.line",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "trueup.yaml").write_text(PROJECT)
    (tmp_path / "certifications").mkdir()
    (tmp_path / "certifications" / "one.yaml").write_text(EXISTING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def give(place: Path, csv: str, **more: Any) -> tuple[str, ...]:
    """Write a spreadsheet and the map of its headers; return the arguments that import it."""
    (place / "a.csv").write_text(csv, newline="")
    columns = {header: more.get(header, COLUMNS[header]) for header in csv.partition("\n")[0].split(",")}
    document = {"apiVersion": "trueup/v1", "kind": "ColumnMap", "manifests": "Certification", "columns": columns}
    (place / "map.yaml").write_text(json.dumps(document))
    return ("import", "--from", "a.csv", "--map", "map.yaml")


def contents(place: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (place / "certifications").iterdir()}


def refused(place: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str], status: int = 3) -> list[str]:
    """Return the problems of a run that must write nothing."""
    before = contents(place)
    assert run([*words, "--format", "json"]) == status
    assert contents(place) == before
    document = json.loads(capsys.readouterr().out)
    if document["error"]:
        return [document["error"]["message"]]
    found = document["diagnostics"]
    return [
        "{file}:{line}:{column}".format(**one["position"]) + f" {one['code']} {one['path']}: {one['message']}"
        for one in found
    ]


def test_rows_with_one_id_are_one_new_manifest(place: Path) -> None:
    csv = "Brand,Website,Own,ID,Issued,Number\nB1,,TRUE,E-2,15.02.2024,00456\nB2,https://b.example,,E-2,,\n"
    assert run(give(place, csv)) == 0
    assert contents(place)["E-2.yaml"] == (
        "apiVersion: trueup/v1\nkind: Certification\nmetadata:\n  externalId: E-2\nspec:\n"
        "  certificateNumber: '00456'\n  issueDate: 2024-02-15\n  reportingBody:\n    selfReported: true\n"
        "  brands:\n    - name: B1\n    - name: B2\n      website: https://b.example\n"
    )
    assert contents(place)["one.yaml"] == EXISTING


def test_an_existing_manifest_is_edited_in_place(place: Path) -> None:
    csv = (
        "ID,Number,Issued,Body,Own,Min,Brand,Website\n"
        "E-1,00124,,,true,1.5,Acme,www.new.example\n"
        "E-1,,2024-01-02,,,,Third,\n"
    )
    assert run(give(place, csv)) == 0
    assert contents(place)["one.yaml"] == (
        EXISTING.replace("'00123'", "'00124'")
        .replace("{name: Veritas}", "{selfReported: true}")
        .replace("www.acme.example", "www.new.example")
        .replace("name: Other", "name: Third")
    )


def test_an_element_without_a_row_is_removed(place: Path) -> None:
    assert run(give(place, "ID,Brand\nE-1,Acme\n")) == 0
    assert contents(place)["one.yaml"] == EXISTING.replace("    - name: Other\n", "")


def test_values_that_are_there_in_another_spelling_are_no_change(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv = "ID,Number,Issued,Min,Brand,Line\nE-1,00123,2.1.2024,1.500,Other,floor\nE-1,,,,Acme,\n"
    assert run(give(place, csv)) == 0
    assert contents(place)["one.yaml"] == EXISTING
    assert "Nothing to write: 1 manifest unchanged." in capsys.readouterr().out


def test_an_empty_cell_leaves_the_field_as_it_is(place: Path) -> None:
    assert run(give(place, "ID,Number,Brand,Line\nE-1,,,wall\n")) == 0
    assert contents(place)["one.yaml"] == EXISTING.replace("line: floor", "line: wall")


def test_a_dry_run_shows_everything_and_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = give(place, "ID,Number\nE-1,00999\nE-3,00111\n")
    assert run([*words, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert contents(place) == {"one.yaml": EXISTING}
    assert "-   certificateNumber: '00123' # from the body" in shown
    assert "+   certificateNumber: '00999' # from the body" in shown
    assert "+ metadata:" in shown
    assert "Would write 1 new manifest and 1 change of 1 manifest." in shown


def test_the_json_document_has_new_and_changed_manifests(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = give(place, "ID,Number\nE-1,00999\nE-3,00111\n")
    (place / "a.csv").write_text("ID,Number,Remark\nE-1,00999,x\nE-3,00111,y\n")
    assert run([*words, "--format", "json"]) == 0
    done = json.loads(capsys.readouterr().out)["import"]
    assert done["written"] is True
    assert [one["file"] for one in done["imported"]] == ["certifications/E-3.yaml"]
    assert done["imported"][0]["manifest"] == contents(place)["E-3.yaml"]
    assert [change["path"] for one in done["changed"] for change in one["changes"]] == ["spec.certificateNumber"]
    assert done["ignoredColumns"] == ["Remark"]


def test_rows_that_disagree_are_named_both(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv = "ID,Number,Brand,Website\nE-2,1a,B,w.example\nE-2,2a,B,v.example\n"
    other = " from another row of the same id: "
    assert refused(place, capsys, give(place, csv)) == [
        f"a.csv:3:2 rows-disagree B3 (Number): '2a' differs{other}row 2 has '1a' in B2 (Number).",
        f"a.csv:3:4 rows-disagree D3 (Website): 'v.example' differs{other}row 2 has 'w.example' in D2 (Website).",
    ]


def test_all_cells_of_all_rows_are_checked_in_one_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv = (
        "ID,Number,Issued,Own,Min,Website,Brand\n"
        "E-1,123,03/04/2025,yes,abc,www.a.example,\n"
        ",00001,soon,,,,\n"
        "1.0E+3,\xa0x,,,,a b,B\n"
    )
    assert [problem.rpartition(": ")[0][:40] for problem in refused(place, capsys, give(place, csv))] == [
        text[:40]
        for text in (
            "a.csv:2:2 cell-number B2 (Number)",
            "a.csv:2:3 cell-date C2 (Issued)",
            "a.csv:2:6 row-without-id F2 (Website)",
            "a.csv:3:3 cell-date C3 (Issued)",
            "a.csv:3:1 row-without-id A3 (ID)",
            "a.csv:4:1 cell-number A4 (ID)",
            "a.csv:4:2 cell-text B4 (Number)",
        )
    ]


def test_what_the_schema_refuses_is_reported_at_the_cell(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv = "ID,Own,Min,Website,Brand\nE-1,yes,abc,,\nE-2,,,a b,B\n"
    assert refused(place, capsys, give(place, csv)) == [
        "a.csv:2:2 wrong-value B2 (Own): 'yes' is not a valid value.",
        "a.csv:2:3 bad-format C2 (Min): 'abc' is not a valid number.",
        "a.csv:3:4 bad-format D3 (Website): 'a b' is not a valid URL.",
    ]


def test_both_options_of_a_choice_are_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (problem,) = refused(place, capsys, give(place, "ID,Body,Own\nE-2,Veritas,true\n"))
    assert "exactly-one" in problem


def test_an_edit_that_cannot_be_made_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = EXISTING.replace("'00123'", "&n '00123'").replace("{code: EPD}", "{code: *n}")
    (place / "certifications" / "one.yaml").write_text(text)
    (message,) = refused(place, capsys, give(place, "ID,Number\nE-0,00001\nE-1,00999\n"), status=1)
    assert "certifications/one.yaml cannot be edited" in message


def test_an_invalid_manifest_stops_the_import(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "certifications" / "two.yaml").write_text(EXISTING.replace("E-1", "E-2").replace("brands", "brand"))
    (problem,) = refused(place, capsys, give(place, "ID,Number\nE-2,00001\n"))
    assert problem.startswith("certifications/two.yaml:11:3 unknown-field")


def test_a_file_that_exists_and_is_no_manifest_of_the_id_is_kept(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "certifications" / "E-2.yaml").write_text(EXISTING.replace("E-1", "E-9"))
    (message,) = refused(place, capsys, give(place, "ID,Number\nE-0,00001\nE-2,00999\n"), status=1)
    assert "certifications/E-2.yaml already exists, and does not describe it. Nothing was written." in message


def test_without_a_project_an_existing_file_is_kept_and_init_is_named(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = give(place, "ID,Number\nE-2,00456\n")
    assert run(words) == 0
    (place / "trueup.yaml").unlink()
    assert run(words) == 1
    assert (
        "already exists, and without trueup.yaml, no manifest is read; start a project with trueup init. Nothing"
        in (capsys.readouterr().err)
    )


def test_a_target_is_named_by_the_map_or_by_a_column(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "trueup.yaml").write_text(
        PROJECT.replace("targets: {", "targets: {two: {platform: origin, sandbox: true}, ")
    )
    (place / "certifications" / "one.yaml").unlink()
    words = give(place, "ID,Number\nE-2,00456\n")
    (problem,) = refused(place, capsys, words)
    assert problem.startswith("a.csv:2:1 ")
    document = json.loads((place / "map.yaml").read_text())
    (place / "map.yaml").write_text(json.dumps({**document, "target": "two"}))
    (place / "trueup.yaml").write_text((place / "trueup.yaml").read_text().replace("/*.yaml", "/**/*.yaml"))
    assert run(words) == 0
    assert "target: two" in (place / "certifications" / "two" / "E-2.yaml").read_text()


def test_typed_cells_of_an_xlsx_file_are_read(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Workbook()
    for row in (["ID", "Number", "Issued", "Min", "Own"], ["E-2", "00456", date(2024, 2, 15), 2.5, True]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    words = give(place, "ID,Number,Issued,Min,Own\n")
    (place / "a.xlsx").write_bytes(out.getvalue())
    assert run([word.replace("a.csv", "a.xlsx") for word in words]) == 0
    capsys.readouterr()
    written = contents(place)["E-2.yaml"]
    assert "issueDate: 2024-02-15" in written
    assert "densityMin: 2.5" in written
    book.active["B2"] = 456
    book.save(place / "a.xlsx")
    (problem,) = refused(place, capsys, [word.replace("a.csv", "a.xlsx") for word in words])
    assert problem.startswith("a.xlsx:2:2 cell-number B2 (Number)")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--from", "a.csv"], "--from needs --map FILE."),
        (["--map", "map.yaml"], "need --from FILE."),
        (["--from", "none.csv", "--map", "map.yaml"], "The spreadsheet none.csv cannot be read: No such file"),
        (["--from", "a.csv", "--map", "none.yaml"], "The map none.yaml cannot be read: No such file"),
        (["--from", "a.ods", "--map", "map.yaml"], "the name of a spreadsheet ends in .csv or .xlsx"),
        (["E-1", "--from", "a.csv", "--map", "map.yaml"], "it takes no NAME"),
        (["--target", "origin", "--keep-going", "--from", "a.csv", "--map", "map.yaml"], "no --target and no --keep"),
        (["--from", "a.csv", "--map", "map.yaml", "--map-example"], "prints a new map, so it takes no --map."),
        (["--from", "a.csv", "--map", "map.yaml", "--sheet", "One"], "--sheet names a sheet of an xlsx file"),
        (["--from", "a.csv", "--map-example", "--sheet", "One"], "--sheet names a sheet of an xlsx file"),
        (["--lifecycle", "--from", "a.csv", "--map", "map.yaml"], "it takes no --lifecycle"),
    ],
)
def test_a_wrong_command_line_is_one_message(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    give(place, "ID,Number\nE-2,00456\n")
    (said,) = refused(place, capsys, ["import", *words], status=64)
    assert message in said


def test_a_map_example_of_an_export_needs_no_change(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--csv", "--out", "e.csv"]) == 0
    assert run(["import", "--from", "e.csv", "--map-example"]) == 0
    (place / "map.yaml").write_text(capsys.readouterr().out)
    assert run(["import", "--from", "e.csv", "--map", "map.yaml"]) == 0
    assert "Nothing to write: 1 manifest unchanged." in capsys.readouterr().out
    assert contents(place) == {"one.yaml": EXISTING}


def test_a_map_beside_the_manifests_is_no_manifest(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    give(place, "ID,Number\nE-2,00456\n")
    assert run(["validate", "map.yaml", "certifications"]) == 0
    (place / "map.yaml").write_text("apiVersion: trueup/v1\nkind: ColumnMap\nmanifests: Certification\ncolunms: {}\n")
    assert run(["validate", "map.yaml"]) == 3
    assert "map.yaml:4:1" in capsys.readouterr().out
