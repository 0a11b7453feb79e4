import json
from pathlib import Path

import pytest

from trueup.cli.exit_codes import Exit
from trueup.cli.main import run
from trueup.model.codes import CODES, codes_named


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["explain", *words]) == Exit.DONE
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.mark.parametrize("asked", ["not-private", "NOT-PRIVATE", " not-private ", "blocked[not-private]"])
def test_a_code_is_explained_as_it_was_printed(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = codes_named("not-private")
    out = " ".join(explained(capsys, asked).split())
    for text in ("not-private Findings of a plan, blocked", code.meaning, code.why, code.fix):
        assert text in out


def test_a_word_for_several_things_is_explained_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(capsys, "blocked")
    assert out.index("blocked  Verdicts of a plan") < out.index("blocked  Outcomes of an apply")


def test_an_exit_status_is_explained_without_markup(capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(capsys, "4")
    assert out.startswith("4  Exit statuses\n  Stale or unapproved: the live state, the")
    assert "*" not in out


def test_without_a_code_all_are_listed_by_group(capsys: pytest.CaptureFixture[str]) -> None:
    lines = explained(capsys).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == list(dict.fromkeys(c.group for c in CODES))
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == [c.name for c in CODES]


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_texts_keep_to_the_width_and_examples_stay_whole(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(len, explained(capsys).splitlines())) <= columns
    for code in CODES:
        lines = explained(capsys, code.name).splitlines()
        assert f"  Example  {code.example}" in lines
        assert all(len(line) <= columns for line in lines if not line.startswith("  Example"))


def test_json_is_the_one_document_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(explained(capsys, "stale", "--format", "json"))
    assert (document["command"], document["exitStatus"]) == ("explain", 0)
    (code,) = document["codes"]
    assert (code["code"], code["group"], code["level"]) == ("stale", "outcome", None)
    assert all(code[name] for name in ("means", "why", "do", "example"))
    assert len(json.loads(explained(capsys, "--format", "json"))["codes"]) == len(CODES)


def test_markdown_has_a_table_for_each_group(capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(capsys, "bad-date", "--format", "markdown")
    assert out.startswith("## Manifests\n\n| code | level | means | what to do | example |\n| --- |")
    assert explained(capsys, "--format", "markdown").count("\n## ") == len({code.group for code in CODES}) - 1


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("bad-dat", "Did you mean 'bad-date'?"),
        ("error[Bad-Dat]", "Did you mean 'bad-date'?"),
        ("", "Without CODE, trueup explain lists all."),
        ("999", "Without CODE, trueup explain lists all."),
        ("x" * 100_000, "Without CODE, trueup explain lists all."),
        ("\x1b[31mqqq", "Without CODE, trueup explain lists all."),
        ("*", "Without CODE, trueup explain lists all."),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_unknown_code_is_wrong_usage(asked: str, hint: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", asked, "--format", form]) == Exit.USAGE
    out, err = capsys.readouterr()
    message = json.loads(out)["error"]["message"] if form == "json" else err
    assert hint in message
    assert len(message) < 250
    assert "\x1b" not in message
    assert "Traceback" not in err
    assert form == "json" or not out


def test_two_codes_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "stale", "busy"]) == Exit.USAGE
    assert "busy" in capsys.readouterr().err


CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata: {{key: acme-tax}}
spec:
  creator: {{email: a@acme.example}}
  {}
"""
CERTIFICATION = """\
apiVersion: trueup/v1
kind: Certification
metadata: {{externalId: ACME-1}}
spec:
  {}
"""
PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  eu:
    platform: connect
    {}
"""
SHOWN = {
    CONNECTOR: "bad-key bad-merge null-value secret-in-url unknown-anchor unknown-tag unused-anchor yaml-syntax",
    CERTIFICATION: "bad-date bad-format bad-number duplicate-element",
    PROJECT: "secret-in-file wrong-value control-variable",
}


@pytest.mark.parametrize(("frame", "name"), [(frame, name) for frame, names in SHOWN.items() for name in names.split()])
def test_an_example_gives_the_diagnostic_that_it_explains(
    frame: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = codes_named(name)
    file = "trueup.yaml" if frame is PROJECT else "m.yaml"
    Path(file).write_text(frame.format(code.example.partition("  #")[0]))
    run(["validate", *([] if frame is PROJECT else [file]), "--format", "json"])
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (name, code.level) in {(one["code"], one["severity"]) for one in found}
