import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from trueup.cli.main import run
from unit.docs.pages import ROOT


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "quickstart"
    shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns(".trueup"))
    monkeypatch.chdir(folder)
    return folder


def test_a_plan_and_an_apply_are_also_written_to_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--report", "r.html", "--junit", "j.xml", "--quiet", "--format", "json"]
    assert run(["plan", "connectors/psp.yaml", *files]) == 0
    assert json.loads(capsys.readouterr().out)["exitStatus"] == 0
    assert "1 to create" in (place / "r.html").read_text()
    assert [case.get("name") for case in ET.parse("j.xml").iter("testcase")] == ["acme-psp", "valid"]
    assert run(["apply", "--yes", "connectors/psp.yaml", *files]) == 0
    assert "Applied 1" in (place / "r.html").read_text()


def test_problems_of_manifests_are_written_as_sarif_and_into_the_page(place: Path) -> None:
    (place / "connectors" / "psp.yaml").write_text("apiVersion: trueup/v1\nkind: Connector\nspec: {}\n")
    assert run(["validate", "--sarif", "s.sarif", "--report", "r.html"]) == 3
    results = json.loads((place / "s.sarif").read_text())["runs"][0]["results"]
    assert {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results} == {
        "connectors/psp.yaml"
    }
    assert "connectors/psp.yaml" in (place / "r.html").read_text()


def test_a_file_that_cannot_be_written_fails_the_run_and_hides_nothing(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plan", "connectors/psp.yaml", "--report", "nowhere/r.html", "--format", "json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["exitStatus"] == 1
    assert json.loads(printed.out)["plan"]["resources"]
    assert "nowhere/r.html cannot be written" in printed.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["plan", "--out", "trueup.yaml"], "trueup.yaml is the project file"),
        (["validate", "--sarif", "connectors/psp.yaml"], "connectors/psp.yaml is a manifest"),
        (["validate", "notes.yaml", "--report", "notes.yaml"], "notes.yaml is a manifest"),
        (["export", "--csv", "--out", "certifications/epd.yaml"], "certifications/epd.yaml is a manifest"),
        (["plan", "--report", "link.html"], "link.html is the project file"),
    ],
)
def test_a_result_does_not_replace_what_the_run_reads(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], what: str
) -> None:
    (place / "notes.yaml").write_text("# nothing\n")
    (place / "link.html").symlink_to("trueup.yaml")
    before = {file: file.read_bytes() for file in place.rglob("*.yaml")}
    assert run(words) == 64
    assert f"{what}, and a result would overwrite it. Name another file." in capsys.readouterr().err
    assert {file: file.read_bytes() for file in place.rglob("*.yaml")} == before
